package middleware

import (
	"net/http"
	"slices"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/mediatype"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/problem"
)

// ContentType refuses a request with content whose Content-Type is none of types. A type
// is a media type ("application/json"), all subtypes ("image/*"), all subtypes with a
// structured suffix ("application/*+json", without application/json), or any media type
// ("*/*"). Case does not matter in type and subtype. A parameter matters only if the entry
// has it: "text/csv;charset=utf-8" demands that charset, quoted or not. Case matters in
// values, except in those of charset.
//
//   - 415 "unsupported-media-type" (RFC 9110 §15.5.16) if the type is none of types, or
//     there is none. The response has types in the member "accept", and in Accept, or in
//     Accept-Patch for PATCH (RFC 5789 §2.2, without patterns) and Accept-Query for QUERY
//     (RFC 10008 §3).
//   - 415 with Accept-Encoding: identity (RFC 9110 §12.5.3) and without these, if the
//     content has a Content-Encoding other than identity. A layer that decodes stands
//     outside, and deletes the field from the request.
//   - 400 "invalid-request" if there are several values, a malformed one (RFC 9110
//     §8.3.1), or a multipart type without a boundary of RFC 2046 §5.1.1. A boundary is
//     also refused where readers differ: twice, as boundary* (RFC 2231), or with a
//     backslash. QUERY needs a Content-Type even without content (RFC 10008 §2).
//
// Otherwise a request without content is not checked: one with Content-Length 0, with an
// empty body of unknown length, or a CONNECT, also with a WebSocket over HTTP/2 (RFC 8441).
//
// ContentType reads nothing of the content, except where the length is unknown and it
// would refuse the request. Then it waits one second for a first byte, unless the client
// expects 100-continue. Content that arrives later counts as content.
//
// It panics if types is empty, or if a type is malformed or has a parameter named q.
func ContentType(types ...string) func(http.Handler) http.Handler {
	if len(types) == 0 {
		panic("middleware: ContentType without a media type")
	}
	c := newContentTypes(slices.Clone(types))
	l := &layer.Layer{Name: "middleware.ContentType"}
	l.Check = func(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
		if hasContent(r) {
			err := c.check(r.Method, r.Header["Content-Type"], r.Header["Content-Encoding"])
			if err == nil {
				return r, nil
			}
			if next, empty := peek(r); !empty {
				return next, err
			}
		}
		if r.Method == request.MethodQuery && len(r.Header["Content-Type"]) == 0 {
			return r, invalidContentType("QUERY needs a Content-Type.") // RFC 10008 §2
		}
		return r, nil
	}
	l.Report = func(x layer.Exchange) (*http.Request, error) { return l.Check(x.W, x.R) }
	return l.Middleware
}

// contentTypes are the types of a ContentType, and the fields that list them.
type contentTypes struct {
	types    []string
	patterns []mediatype.Pattern
	verbatim []string // the types that match a field with the same bytes

	accept      string
	acceptPatch string // media types; a pattern is none (RFC 5789 §2.2)
	acceptQuery string // RFC 10008 §3
}

func newContentTypes(types []string) *contentTypes {
	c := &contentTypes{types: types, patterns: make([]mediatype.Pattern, len(types)), accept: strings.Join(types, ", ")}
	for i, t := range types {
		p, ok := mediatype.ParsePattern(t)
		if !ok {
			panic("middleware: ContentType: not a media type: " + t)
		}
		c.patterns[i] = p
		if p.Verbatim() {
			c.verbatim = append(c.verbatim, t)
		}
	}
	var concrete []string
	for i, p := range c.patterns {
		if !p.HasWildcard() {
			concrete = append(concrete, types[i])
		}
	}
	c.acceptPatch = strings.Join(concrete, ", ")
	c.acceptQuery = mediatype.AcceptQuery(c.patterns)
	return c
}

// check returns why content with these fields is refused, or nil.
func (c *contentTypes) check(method string, types, codings []string) error {
	if len(types) == 1 && len(codings) == 0 && slices.Contains(c.verbatim, types[0]) {
		return nil // the usual request needs no parsing
	}
	switch len(types) {
	case 0:
		if method == request.MethodQuery {
			return invalidContentType("QUERY needs a Content-Type.") // RFC 10008 §2
		}
		return c.unsupportedType(method)
	case 1:
	default:
		return invalidContentType("There must be one Content-Type.")
	}
	switch t, ok := mediatype.Parse(types[0]); {
	case !ok:
		return invalidContentType("The Content-Type is malformed.")
	case !c.match(t):
		return c.unsupportedType(method)
	case t.IsMultipart() && !t.HasBoundary():
		return invalidContentType("A multipart Content-Type needs one boundary of 1 to 70 allowed characters.")
	case encoded(codings):
		return unsupported("Accept-Encoding", "identity", "The content must not have a Content-Encoding.", nil)
	}
	return nil
}

// unsupportedType returns the 415 for another type.
func (c *contentTypes) unsupportedType(method string) error {
	field, value := "Accept", c.accept
	switch method {
	case http.MethodPatch:
		field, value = "Accept-Patch", c.acceptPatch
	case request.MethodQuery:
		field, value = "Accept-Query", c.acceptQuery
	}
	return unsupported(field, value, "", map[string]any{"accept": slices.Clone(c.types)})
}

// unsupported returns a 415 with a header field, unless its value is "". The detail "" is
// that of the type.
func unsupported(field, value, detail string, extensions map[string]any) error {
	e := problem.Types.UnsupportedMediaType.Problem()
	if detail != "" {
		e.Detail = detail
	}
	e.Extensions = extensions
	if value != "" {
		e.Header = http.Header{field: {value}}
	}
	return e
}

func invalidContentType(detail string) error {
	e := problem.Invalid()
	e.Detail = detail
	return e
}

func (c *contentTypes) match(t mediatype.Type) bool {
	for i := range c.patterns {
		if c.patterns[i].Match(t) {
			return true
		}
	}
	return false
}

// encoded reports whether Content-Encoding has a coding other than identity.
func encoded(values []string) bool {
	for coding := range header.Elements(values) {
		if !header.EqualFold(coding, "identity") {
			return true
		}
	}
	return false
}
