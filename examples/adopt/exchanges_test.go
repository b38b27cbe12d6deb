package main

import (
	"net/http"
	"strings"
)

// exchange is a request, and what comes back.
type exchange struct {
	name    string
	request request
	want    response
}

type request struct {
	method, path string
	header       []string
	body         string
	chunked      bool // the length of the body is not said beforehand
}

// response is the whole of it: each header field but those of the connection and
// of the framing (Date, Content-Length, Connection), and X-Request-Id, which is
// always that of the request.
type response struct {
	status int
	header []string // "Name: value", in any order
	body   string   // without white space around it
	typ    string   // of a problem document, in place of its body
	broken bool     // the connection is broken off within the body
}

const (
	editor = "Authorization: Bearer editor" // one tenant, both scopes
	reader = "Authorization: Bearer reader" // one tenant, may not write
	many   = "Authorization: Bearer many"   // two tenants
	mine   = "X-Raet-Tenant-Id: 1234567"
	theirs = "X-Raet-Tenant-Id: 7654321"
	isJSON = "Content-Type: application/json"
	isText = "Content-Type: text/plain; charset=utf-8"

	private   = "Cache-Control: private, no-cache"
	reads     = "Vary: X-Raet-Tenant-Id, Accept, Authorization"
	writes    = "Vary: X-Raet-Tenant-Id, Authorization"
	challenge = `Www-Authenticate: Bearer realm="api"`

	// first and second are the tags of the record's versions, without what the
	// layers put into them, which is the same in all programs.
	first  = `Etag: "1…"`
	second = `Etag: "2…"`
	third  = `Etag: "3…"`
)

// document is a problem document, and header fields beside its own.
func document(status int, typ string, header ...string) response {
	return response{status: status, typ: typ, header: append(header,
		"Cache-Control: no-store", "Content-Type: application/problem+json", "X-Content-Type-Options: nosniff")}
}

// documentHead is the header of a document that says no more than its status.
func documentHead(status int) response { return document(status, "") }

func get(path string, header ...string) request {
	return request{method: "GET", path: path, header: header}
}

func head(path string, header ...string) request {
	return request{method: "HEAD", path: path, header: header}
}

func put(body string, header ...string) request {
	return request{method: "PUT", path: "/people/7", header: header, body: body}
}

const (
	blank = "about:blank"
	grace = `{"name":"Grace"}`
	ada   = `{"name":"Ada"}`
)

var tooLong = `{"name":"` + strings.Repeat("x", 1<<10) + `"}`

// exchanges are the conventions, in the order in which they are sent. {1} and {2}
// in a request are the tags that the service gave the record's versions.
var exchanges = []exchange{
	{"read", get("/people/7", editor), response{200, []string{private, isJSON, first, reads}, ada, "", false}},
	{"read as HEAD", head("/people/7", editor), response{200, []string{private, isJSON, first, reads}, "", "", false}},
	{"read, not modified", get("/people/7", editor, "If-None-Match: {1}"), response{status: 304, header: []string{private, first, reads}}},
	{"HEAD, not modified", head("/people/7", editor, "If-None-Match: {1}"), response{status: 304, header: []string{private, first, reads}}},
	{"read with another If-Match", get("/people/7", editor, `If-Match: "0"`), document(412, "/problems/precondition-failed", first, reads)},
	{"read of the named tenant", get("/people/7", many, mine), response{200, []string{private, isJSON, first, reads}, ada, "", false}},

	{"no such path", get("/nowhere"), document(404, blank)},
	{"no such path as HEAD", head("/nowhere"), documentHead(404)},
	{"no such method", request{method: "DELETE", path: "/error"}, document(405, blank, "Allow: GET, HEAD")},
	{"no token", get("/people/7"), document(401, "/problems/token-required", challenge, "Vary: Authorization")},
	{"bad token", get("/people/7", "Authorization: Bearer bad"), document(401, "/problems/token-invalid", challenge+`, error="invalid_token"`, "Vary: Authorization")},
	{"two tokens", get("/people/7", editor, reader), document(400, "/problems/invalid-request", challenge+`, error="invalid_request"`, "Vary: Authorization")},
	{"no token, but a tag", get("/people/7", "If-None-Match: {1}"), document(401, "/problems/token-required", challenge, "Vary: Authorization")},
	{"key server down", get("/people/7", "Authorization: Bearer keyserver-down"), document(503, blank, "Retry-After: 5", "Vary: Authorization")},
	{"tenant not named", get("/people/7", many), document(400, "/problems/tenant-required", writes)},
	{"tenant not granted", get("/people/7", editor, theirs), document(403, "/problems/tenant-not-granted", writes)},
	{"record of another tenant", get("/people/7", many, theirs), document(404, blank, reads)},
	{"no such record", get("/people/9", editor), document(404, blank, reads)},
	{"not acceptable", get("/people/7", editor, "Accept: text/html"), document(406, "/problems/not-acceptable", reads)},

	{"write without the scope", put(grace, reader, isJSON, "If-Match: {1}"),
		document(403, "/problems/insufficient-scope", challenge+`, error="insufficient_scope", scope="people:write"`, writes)},
	{"write of another type", put(grace, editor, "Content-Type: text/plain", "If-Match: {1}"),
		document(415, "/problems/unsupported-media-type", "Accept: application/json", writes)},
	{"write without a type", put(grace, editor, "If-Match: {1}"),
		document(415, "/problems/unsupported-media-type", "Accept: application/json", writes)},
	{"write without a condition", put(grace, editor, isJSON), document(428, "/problems/precondition-required", writes)},
	{"write over another's change", put(grace, editor, isJSON, `If-Match: "0"`), document(409, "/problems/record-changed", first, writes)},
	{"write that loses the race", put(`{"name":"Edsger"}`, editor, isJSON, "If-Match: {1}"), document(409, "/problems/record-changed", writes)},
	{"write that is too long", put(tooLong, editor, isJSON, "If-Match: {1}"), document(413, "/problems/content-too-large")},
	{"write that turns out too long", request{"PUT", "/people/7", []string{editor, isJSON, "If-Match: {1}"}, tooLong, true},
		document(413, "/problems/content-too-large", writes)},
	{"write of bad JSON", put(`{"name":`, editor, isJSON, "If-Match: {1}"), document(400, "/problems/invalid-request", writes)},
	{"write of two values", put(grace+grace, editor, isJSON, "If-Match: {1}"), document(400, "/problems/invalid-request", writes)},
	{"write of the wrong kind", put(`{"name":1}`, editor, isJSON, "If-Match: {1}"), document(400, "/problems/invalid-request", writes)},
	{"write of nothing valid", put(`{"name":""}`, editor, isJSON, "If-Match: {1}"), document(400, "/problems/invalid-request", writes)},
	{"write", put(grace, editor, isJSON, "If-Match: {1}"), response{status: 204, header: []string{private, second, writes}}},
	{"write again with the tag of the write", put(grace, editor, isJSON, "If-Match: {2}"), response{status: 204, header: []string{private, third, writes}}},
	{"read with the tag of the write", get("/people/7", editor, "If-None-Match: {1}"), response{200, []string{private, isJSON, third, reads}, grace, "", false}},
	{"write of an unknown member", put(`{"name":"Grace","nmae":1}`, editor, isJSON, "If-Match: {3}"), document(400, "/problems/invalid-request", writes)},

	{"panic before the first byte", get("/panic"), document(500, blank)},
	{"panic after the first byte", get("/half"), response{200, []string{isText}, "half", "", true}},
	{"http.Error", get("/error"), document(503, blank)},
	{"http.Error as HEAD", head("/error"), documentHead(503)},
	{"a bare status", get("/bare"), document(410, blank)},
	{"a handler's own error", get("/own"), response{418, []string{isJSON}, `{"teapot":true}`, "", false}},
	{"nothing written", get("/empty"), response{status: 200}},
	{"stream", get("/stream"), response{200, []string{isText}, "first\nsecond", "", false}},
	{"range", get("/range", "Range: bytes=2-4"), response{206, []string{isText, "Accept-Ranges: bytes", "Content-Range: bytes 2-4/10"}, "234", "", false}},
	{"range beyond the end", get("/range", "Range: bytes=20-"), document(416, blank, "Content-Range: bytes */10")},
	{"early hints", get("/early"), response{200, []string{isText, "103 Link: </style.css>; rel=preload"}, "late", "", false}},
	{"trailer", get("/trailer"), response{200, []string{isText, "trailer X-Rows: 1"}, "row", "", false}},
	{"large", get("/large"), response{200, []string{isText}, allWork, "", false}},
}

// differences are what a program does otherwise than the table, and why.
type differences map[string]struct {
	why  string
	want response
}

// subject is a program under test.
type subject struct {
	name    string
	program program
	pattern string                  // the route of the first exchange in its access line
	send    func(*http.Request)     // makes the request what the program's clients send
	every   func(*response)         // what the layer adds to every response
	refuses func(*response, string) // the form of a refusal, of which the string is the document
	ignore  string                  // the prefix of fields that are not compared, for what they have changes
	differs differences
	further []exchange
}
