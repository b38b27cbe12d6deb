package problem

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

//go:generate go test -run ^TestOpenAPIFile$ -update .

// object is a JSON object of the OpenAPI document.
type object = map[string]any

// exampleID is the request id in examples.
const exampleID = "328e72489be3a27f61cbae8b466d8aad"

// openAPI returns an OpenAPI 3.1 document that has only components, for the $ref of a
// service's own document: schemas and responses of the types and statuses, the header
// fields of requests and responses, and the bearer scheme.
func openAPI(base string, types []*Type) []byte {
	schemas := object{"Problem": problemSchema()}
	responses := object{}
	for _, s := range statuses {
		var own []*Type
		for _, t := range types {
			if t.Status == s.status {
				own = append(own, t)
			}
		}
		responses[componentName(http.StatusText(s.status))] = statusResponse(base, s, own)
	}
	for _, t := range types {
		name := componentName(t.Slug)
		schemas[name] = typeSchema(base, t)
		if responses[name] == nil { // otherwise it is that of the status, which has this type
			responses[name] = object{
				"description": t.Meaning,
				"headers":     responseHeaders(t.Header),
				"content":     documentContent(object{"schema": ref("schemas", name), "example": example(base, t)}),
			}
		}
	}
	return encodeIndented(object{
		"openapi": "3.1.0",
		"info": object{
			"title":       "API conventions",
			"version":     "1.0.0",
			"description": "Components for the OpenAPI document of a service that adopts the conventions: problem documents (RFC 9457), responses, header fields, and the bearer scheme.",
			"license":     object{"name": "MIT", "identifier": "MIT"},
		},
		"components": object{
			"schemas":         schemas,
			"responses":       responses,
			"headers":         headerComponents(),
			"parameters":      parameterComponents(),
			"securitySchemes": object{"Bearer": object{"type": "http", "scheme": "bearer", "description": "An access token in the Authorization field (RFC 6750 §2.1)."}},
		},
	})
}

// encodeIndented is json.MarshalIndent, but does not escape "<", ">" and "&".
func encodeIndented(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		panic("problem: " + err.Error()) // the example of a type cannot be marshaled
	}
	return b.Bytes()
}

// componentName returns "RecordChanged" for "record-changed" and for "Record Changed".
func componentName(s string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(s, func(c rune) bool { return c == '-' || c == ' ' }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

func ref(kind, name string) object { return object{"$ref": "#/components/" + kind + "/" + name} }

// documentContent returns the OpenAPI content of a response with a problem document.
func documentContent(media object) object { return object{"application/problem+json": media} }

// problemSchema returns the schema of every document (RFC 9457 §3.1).
func problemSchema() object {
	return object{
		"type":        "object",
		"description": "A problem document (RFC 9457). A client tells problems apart by type, and ignores members that it does not know.",
		"required":    []string{"type", "title", "status", "detail"},
		"properties": object{
			"type":      object{"type": "string", "format": "uri-reference", "description": "The type of the problem. Where it is about:blank, the status says it all."},
			"title":     object{"type": "string", "description": "The name of the type, or of the status."},
			"status":    object{"type": "integer", "minimum": 400, "maximum": 599, "description": "The status code of the response."},
			"detail":    object{"type": "string", "description": "What is wrong with this request, for people."},
			"instance":  object{"type": "string", "format": "uri-reference", "description": "The name of this occurrence, where it has one."},
			"requestId": object{"type": "string", "description": "The id under which the log of the service has the request."},
		},
	}
}

func typeSchema(base string, t *Type) object {
	properties := object{"type": object{"const": base + t.Slug}}
	for _, m := range t.Members {
		s := schemaOf(m.Example)
		s["description"] = m.Meaning
		properties[m.Name] = s
	}
	return object{
		"title":       t.Title,
		"description": t.Meaning + "\n\n" + t.Action,
		"allOf":       []any{ref("schemas", "Problem"), object{"type": "object", "properties": properties}},
	}
}

// schemaOf returns the schema of values such as the example.
func schemaOf(example any) object {
	encoded, err := encode(example)
	if err != nil {
		panic("problem: " + err.Error())
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var value any
	_ = decoder.Decode(&value) // it has just been encoded
	return schemaOfValue(value)
}

func schemaOfValue(value any) object {
	switch v := value.(type) {
	case string:
		return object{"type": "string"}
	case bool:
		return object{"type": "boolean"}
	case json.Number:
		if _, err := v.Int64(); err == nil {
			return object{"type": "integer"}
		}
		return object{"type": "number"}
	case []any:
		if len(v) == 0 {
			return object{"type": "array"}
		}
		return object{"type": "array", "items": schemaOfValue(v[0])}
	case map[string]any:
		properties := object{}
		for name, value := range v {
			properties[name] = schemaOfValue(value)
		}
		return object{"type": "object", "properties": properties}
	}
	return object{} // null may be anything
}

// example returns a document of the type with all its members.
func example(base string, t *Type) json.RawMessage {
	e := t.Problem()
	e.Detail = e.detail(t.Status)
	e.Extensions = make(map[string]any)
	for _, m := range t.Members {
		e.Extensions[m.Name] = m.Example
	}
	document, err := e.append(nil, base, exampleID)
	if err != nil {
		panic(err.Error())
	}
	return document
}

func statusResponse(base string, s statusComponent, types []*Type) object {
	plain, _ := New(s.status, statusDetail(s.status)).append(nil, base, exampleID) // it has no extensions
	examples := object{"about-blank": object{"summary": http.StatusText(s.status), "value": json.RawMessage(plain)}}
	schema, kinds := ref("schemas", "Problem"), []any(nil)
	fields := s.header
	for _, t := range types {
		kinds = append(kinds, ref("schemas", componentName(t.Slug)))
		examples[t.Slug] = object{"summary": t.Title, "value": example(base, t)}
		fields = append(fields[:len(fields):len(fields)], t.Header...)
	}
	if len(kinds) > 0 {
		schema = object{"anyOf": append(kinds, schema)}
	}
	return object{
		"description": statusDetail(s.status),
		"headers":     responseHeaders(fields),
		"content":     documentContent(object{"schema": schema, "examples": examples}),
	}
}

// responseHeaders describes the given fields and those of every document. Of two fields
// of one name the first counts.
func responseHeaders(fields []Member) object {
	headers := object{"X-Request-Id": ref("headers", "X-Request-Id"), "Cache-Control": ref("headers", "No-Store")}
	for _, f := range fields {
		if headers[f.Name] == nil {
			headers[f.Name] = headerComponent(f.Meaning, f.Example)
		}
	}
	return headers
}

func headerComponent(meaning string, example any) object {
	return object{"description": meaning, "schema": schemaOf(example), "example": example}
}

func headerComponents() object {
	return object{
		"ETag":         headerComponent("The entity tag of the representation, for If-None-Match and If-Match (RFC 9110 §8.8.3).", `"7"`),
		"X-Request-Id": headerComponent("The id under which the log of the service has the request.", exampleID),
		"Vary":         headerComponent("The header fields of the request that the response depends on (RFC 9110 §12.5.5).", "X-Raet-Tenant-Id, Accept, Authorization"),
		"No-Store":     headerComponent("No cache stores the response.", "no-store"),
	}
}

// A statusComponent is a status that a response component describes.
type statusComponent struct {
	status int
	header []Member
}

// statuses are those that the packages of this module respond with.
var statuses = []statusComponent{
	{http.StatusBadRequest, nil},
	{http.StatusUnauthorized, []Member{{"WWW-Authenticate", "How to authenticate (RFC 9110 §11.6.1).", `Bearer realm="api"`}}},
	{http.StatusForbidden, nil},
	{http.StatusNotFound, nil},
	{http.StatusMethodNotAllowed, []Member{{"Allow", "The methods that the resource supports (RFC 9110 §10.2.1).", "GET, HEAD"}}},
	{http.StatusNotAcceptable, nil},
	{http.StatusRequestTimeout, nil},
	{http.StatusConflict, nil},
	{http.StatusPreconditionFailed, nil},
	{http.StatusRequestEntityTooLarge, nil},
	{http.StatusUnsupportedMediaType, nil},
	{http.StatusRequestedRangeNotSatisfiable, []Member{{"Content-Range", "The length of the content (RFC 9110 §14.4).", "bytes */47022"}}},
	{http.StatusUnprocessableEntity, nil},
	{http.StatusPreconditionRequired, nil},
	{http.StatusTooManyRequests, retryAfter},
	{http.StatusInternalServerError, nil},
	{http.StatusServiceUnavailable, retryAfter},
}

var retryAfter = []Member{{"Retry-After", "After how many seconds to try again (RFC 9110 §10.2.3).", "5"}}

func parameterComponents() object {
	parameter := func(name, meaning, example string) object {
		return object{"name": name, "in": "header", "description": meaning, "schema": object{"type": "string"}, "example": example}
	}
	required := func(p object) object {
		p["required"] = true
		return p
	}
	return object{
		"TenantId": parameter("X-Raet-Tenant-Id", "The tenant that the request is for. It may be left out with a token of one tenant.", "1234567"),
		"IfMatch":  parameter("If-Match", "Change the record only if it still has this entity tag (RFC 9110 §13.1.1).", `"7"`),
		"RequiredIfMatch": required(parameter("If-Match",
			"Change the record only if it still has this entity tag (RFC 9110 §13.1.1). A change without a condition is refused.", `"7"`)),
		"IfNoneMatch":            parameter("If-None-Match", "Respond with 304 if the representation still has this entity tag. With * on a change: make the record only if there is none (RFC 9110 §13.1.2).", `"7"`),
		"IfModifiedSince":        parameter("If-Modified-Since", "Respond with 304 if the representation has not changed since this date (RFC 9110 §13.1.3).", "Wed, 21 Oct 2015 06:28:00 GMT"),
		"IfUnmodifiedSince":      parameter("If-Unmodified-Since", "Change the record only if it has not changed since this date (RFC 9110 §13.1.4).", "Wed, 21 Oct 2015 06:28:00 GMT"),
		"Range":                  parameter("Range", "The part of the content to respond with (RFC 9110 §14.2).", "bytes=0-1023"),
		"IfRange":                parameter("If-Range", "Heed Range only if the representation still has this entity tag (RFC 9110 §13.1.5).", `"7"`),
		"NoCache":                required(parameter("Cache-Control", "A request for a token must have the directive no-cache (RFC 9111 §5.2.1.4).", "no-cache")),
		"RequestId":              parameter("X-Request-Id", "An id for the request. The response and the log of the service have it.", exampleID),
		"Traceparent":            parameter("Traceparent", "The trace that the request belongs to (W3C Trace Context).", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
		"IdempotencyKey":         parameter("Idempotency-Key", "A key for this request alone, which its repetitions have as well.", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
		"RequiredIdempotencyKey": required(parameter("Idempotency-Key", "A key for this request alone, which its repetitions have as well. A request without one is refused.", "8e03978e-40d5-43dd-bc93-6894a57f9324")),
	}
}
