package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

var subjects = []subject{
	{name: "mux", program: bareMux, pattern: "GET /people/{id}"},
	{name: "chi", program: chiRouter, pattern: "/people/{id}", differs: differences{
		"no such method": {"chi has one line for each method", document(405, blank, "Allow: GET", "Allow: HEAD")},
	}},
	{name: "gorilla", program: gorillaMux, pattern: "/people/{id}"},
	{name: "gin", program: ginEngine, pattern: "/people/:id", differs: differences{
		"early hints": {"gin keeps every status until the first byte: the hint comes with the response, without its fields",
			response{200, []string{isText, "103 Link: "}, "late", "", false}},
	}},
	{name: "echo", program: echoRouter, pattern: "/people/:id", differs: differences{
		"no such method": {"echo answers OPTIONS itself", document(405, blank, "Allow: OPTIONS, GET, HEAD")},
	}},
	{name: "echo5", program: echo5Router, pattern: "/people/:id", differs: differences{
		"no such method": {"echo answers OPTIONS itself", document(405, blank, "Allow: OPTIONS, GET, HEAD")},
	}},
	{name: "huma", program: humaAPI, pattern: "GET /people/{id}", differs: differences{
		"write of bad JSON":          {humaWords, document(400, "/problems/invalid-request", writes)},
		"write of an unknown member": {humaWords, document(400, "/problems/invalid-request", writes)},
		"write of two values":        {humaWords, document(400, "/problems/invalid-request", writes)},
		"write of the wrong kind":    {humaWords, document(400, "/problems/invalid-request", writes)},
	}},
	{name: "oapi", program: oapiStrict, pattern: "GET /people/{id}"},
	{name: "oapi-list", program: oapiList, pattern: "GET /people/{id}"},
	{name: "connect", program: connectRPC, pattern: "/people.v1.People/Get", send: asRPC, every: withoutAccept, refuses: asRPCError, differs: differences{
		"read":                                  {rpcForm, rpcRead(ada, first)},
		"read of the named tenant":              {rpcForm, rpcRead(ada, first)},
		"read with the tag of the write":        {rpcForm, rpcRead(grace, third)},
		"write":                                 {rpcForm, rpc("{}", second)},
		"write again with the tag of the write": {rpcForm, rpc("{}", third)},
		"read as HEAD":                          {rpcHead, documentHead405},
		"HEAD, not modified":                    {rpcHead, documentHead405},
		"not acceptable":                        {"connect answers in the form of the request", rpcRead(ada, first)},
		"write of another type":                 {rpcTypes, document(415, blank, acceptPost, writes)},
		"write without a type":                  {rpcTypes, document(415, blank, acceptPost, writes)},
		"write without a condition":             {rpcErrors, rpcError(400, "failed_precondition", "Send If-Match.")},
		"write over another's change":           {rpcErrors, rpcError(409, "aborted", changed)},
		"write that loses the race":             {rpcErrors, rpcError(409, "aborted", changed)},
		"write that turns out too long":         {rpcErrors, rpcError(429, "resource_exhausted", "read first 1024 bytes of message: exceeded 1024 byte http.MaxBytesReader limit")},
		"write of bad JSON":                     {rpcErrors, rpcError(400, "invalid_argument", "unmarshal message: unmarshal into *structpb.Struct: proto: unexpected EOF")},
		"write of two values":                   {rpcErrors, rpcError(400, "invalid_argument", "unmarshal message: unmarshal into *structpb.Struct: proto: syntax error (line 1:26): unexpected token {")},
		"write of the wrong kind":               {rpcErrors, rpcError(400, "invalid_argument", "The request does not have the form that is needed here.")},
		"write of nothing valid":                {rpcErrors, rpcError(400, "invalid_argument", "The request does not have the form that is needed here.")},
		"write of an unknown member":            {"connect's JSON lets unknown members pass", rpc("{}", `Etag: "4…"`)},
	}},

	{name: "CORS", program: withCORS, pattern: "GET /people/{id}", every: varyFirst("Origin"), further: []exchange{
		{"preflight", request{method: "OPTIONS", path: "/people/7", header: []string{
			"Origin: https://app.example.com", "Access-Control-Request-Method: PUT", "Access-Control-Request-Headers: authorization,if-match",
		}}, response{status: 204, header: []string{
			"Access-Control-Allow-Headers: authorization,if-match", "Access-Control-Allow-Methods: PUT", allowOrigin,
		}}},
		{"preflight of a stranger", request{method: "OPTIONS", path: "/people/7", header: []string{
			"Origin: https://evil.example.com", "Access-Control-Request-Method: PUT",
		}}, document(403, blank)},
		{"read by a script", get("/people/7", editor, "Origin: https://app.example.com"),
			response{200, []string{private, isJSON, third, "Vary: Origin, X-Raet-Tenant-Id, Accept, Authorization", allowOrigin, expose}, grace, "", false}},
		{"no token, by a script", get("/people/7", "Origin: https://app.example.com"),
			document(401, "/problems/token-required", challenge, "Vary: Origin, Authorization", allowOrigin, expose)},
	}},
	{name: "CrossOriginProtection", program: withCrossOriginProtection, pattern: "GET /people/{id}", further: []exchange{
		{"write from another site", put(grace, editor, isJSON, "Sec-Fetch-Site: cross-site", "If-Match: {3}"), document(403, blank)},
	}},
	{name: "TimeoutHandler", program: withTimeout(time.Minute), pattern: "", differs: differences{
		"panic after the first byte": {"nothing is with the client yet", document(500, blank)},
		"stream":                     {"it cannot flush", response{200, []string{isText}, "first\nno flush", "", false}},
		"early hints": {"it keeps the first status until the end: the hint comes with the response, without its fields",
			response{200, []string{isText, "103 Link: "}, "late", "", false}},
		"trailer": {"it takes the field for one of the header, too",
			response{200, []string{isText, "X-Rows: 1", "trailer X-Rows: 1"}, "row", "", false}},
	}},
	{name: "httprate", program: withRateLimit(len(exchanges)), pattern: "GET /people/{id}", ignore: "X-Ratelimit-", further: []exchange{
		{"one too many", get("/empty"), document(429, blank, "Retry-After: 3600")},
	}},
	{name: "gzhttp", program: withGzip, pattern: "GET /people/{id}", every: varyFirst("Accept-Encoding"), differs: differences{
		"large":                      {"it is compressed", response{200, []string{isText, gzipped}, allWork, "", false}},
		"panic after the first byte": {"a flush begins to compress", response{200, []string{isText, gzipped}, "half", "", true}},
		"stream":                     {"a flush begins to compress", response{200, []string{isText, gzipped}, "first\nsecond", "", false}},
		"trailer": {"it keeps what is short, and takes the field for one of the header, too",
			response{200, []string{isText, "X-Rows: 1", "trailer X-Rows: 1"}, "row", "", false}},
	}, further: []exchange{
		{"large, with a tag", get("/large/tagged"),
			response{200, []string{isText, gzipped, `Etag: W/"daff493564aafde6fe25c02ec830c661.h"`, "Vary: Accept-Encoding"}, allWork, "", false}},
		{"large, not modified", get("/large/tagged", `If-None-Match: W/"daff493564aafde6fe25c02ec830c661.h"`),
			response{status: 304, header: []string{`Etag: W/"daff493564aafde6fe25c02ec830c661.h"`, "Vary: Accept-Encoding"}}},
	}},
	{name: "sentry", program: withSentry, pattern: "GET /people/{id}"},
	{name: "promhttp", program: withPromhttp, pattern: "GET /people/{id}"},
	{name: "otelhttp", program: withOtel(), pattern: "GET /people/{id}"},
}

const (
	gzipped     = "Content-Encoding: gzip"
	allowOrigin = "Access-Control-Allow-Origin: https://app.example.com"
	expose      = "Access-Control-Expose-Headers: accept,allow,etag,location,retry-after,www-authenticate,x-request-id"

	rpcForm    = "a procedure's response has the form of its protocol, and no other success than 200"
	rpcHead    = "connect knows GET and POST"
	rpcTypes   = "connect has several types, and names them in Accept-Post"
	rpcErrors  = "a handler's errors, and those of reading a message, have the form and the codes of the protocol"
	acceptPost = "Accept-Post: application/grpc, application/grpc+json, application/grpc+json; charset=utf-8, application/grpc+proto, " +
		"application/grpc-web, application/grpc-web+json, application/grpc-web+json; charset=utf-8, application/grpc-web+proto, " +
		"application/json, application/json; charset=utf-8, application/proto"
	changed = "The record is no longer as it was when it was read. Read it again. If it does not have your change yet, repeat the change with the record's current entity tag in If-Match."
)

var documentHead405 = document(405, "", "Allow: GET, POST", writes)

func rpc(body string, header ...string) response {
	return response{200, append(header, private, isJSON, writes, "Accept-Encoding: gzip"), body, "", false}
}

// rpcRead is of a procedure that is called with GET.
func rpcRead(body, tag string) response {
	return response{200, []string{tag, private, isJSON, "Vary: Accept-Encoding, X-Raet-Tenant-Id, Authorization", "Accept-Encoding: gzip"}, body, "", false}
}

func rpcError(status int, code, text string) response {
	body := `{"code":"` + code + `"}`
	if text != "" {
		body = `{"code":"` + code + `","message":"` + text + `"}`
	}
	return response{status, []string{private, isJSON, writes, "Accept-Encoding: gzip"}, body, "", false}
}

// asRPCError is for a refusal of a procedure's layers: the protocol's error, with
// the header of the document. Those for everyone know no procedure.
func asRPCError(want *response, doc string) {
	if !slices.ContainsFunc(want.header, func(line string) bool { return strings.HasPrefix(line, "Vary: ") }) {
		return
	}
	var members struct{ Title, Detail string }
	if err := json.Unmarshal([]byte(doc), &members); err != nil {
		panic(err)
	}
	code := connectCodes[want.status]
	body, _ := json.Marshal(struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}{code.String(), cmp.Or(members.Detail, members.Title)})
	want.typ, want.body = "", string(body)
	want.header = append(slices.DeleteFunc(slices.Clone(want.header), func(line string) bool {
		return line == "Content-Type: application/problem+json"
	}), isJSON)
	if want.status == http.StatusPreconditionFailed {
		want.status = http.StatusBadRequest // failed_precondition is that
	}
}

// withoutAccept is for a program that has no Accept layer.
func withoutAccept(want *response) {
	for i, line := range want.header {
		if line == reads {
			want.header[i] = writes
		}
	}
}

const humaWords = "huma checks bodies against its schema, and says what is wrong in its own words"

// varyFirst is for a layer that has a Vary of its own, which Vary goes out as one line with
// that of this module's layers.
func varyFirst(name string) func(*response) {
	return func(want *response) {
		for i, line := range want.header {
			if theirs, ok := strings.CutPrefix(line, "Vary: "); ok {
				want.header[i] = "Vary: " + name + ", " + theirs
				return
			}
		}
		want.header = append(want.header, "Vary: "+name)
	}
}

// asRPC makes the table's request for a record what a connect client sends: the
// record's id and the content are the message.
func asRPC(r *http.Request) {
	id, ok := strings.CutPrefix(r.URL.Path, "/people/")
	if !ok {
		return
	}
	if r.Method != http.MethodPut {
		r.URL.Path = "/people.v1.People/Get"
		r.URL.RawQuery = url.Values{"connect": {"v1"}, "encoding": {"json"}, "message": {`{"id":"` + id + `"}`}}.Encode()
		return
	}
	r.Method, r.URL.Path = http.MethodPost, "/people.v1.People/Put"
	content, _ := io.ReadAll(r.Body)
	content = bytes.Replace(content, []byte("{"), []byte(`{"id":"`+id+`",`), 1)
	if r.ContentLength > 0 {
		r.ContentLength = int64(len(content))
	}
	r.Body = io.NopCloser(bytes.NewReader(content))
	r.GetBody = nil
}
