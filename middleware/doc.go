// Package middleware is net/http middleware for Content-Type and Accept negotiation,
// bearer tokens and scopes, request ids, access logs, panics, body limits and uniform
// error bodies (RFC 9457).
//
// Every middleware is a plain func(http.Handler) http.Handler, or a function that returns
// one, for alice, chi or a bare mux. All middleware is safe for concurrent use. A mistake
// in the arguments panics when the chain is built, and never on a request.
//
// # The order
//
//	edge, around the mux:  Default = RequestID → AccessLog → Problems → Recover
//	then, for everyone:    CORS → Gate.Handler → BodyLimit
//	per route:             Bearer → tenant.Require → RequireScope → ContentType → Accept → etag.Guard → handler
//
// A client is authorized before anything is decided about a resource: a 304 or a 409
// would tell a client without a token what exists. Compression goes outside the edge.
//
// The order is checked. Bearer, RequireScope, tenant.Require and Accept must not stand
// inside etag.Guard, and Bearer must not stand inside RequireScope or tenant.Require. All
// other orders are allowed.
//
//   - If the two layers stand in one chain of this module's layers, the constructor of the
//     outer one panics.
//   - If something stands between them, such as a mux, the first request that reaches the
//     inner layer gets a 500, and so does every later request to the outer one. Both names
//     are in the log. Until then a misplaced Guard responds 304 and 409.
//   - If something between them replaces the URL of the request, as http.StripPrefix does,
//     or changes its method, path or query, the mistake is not found: this looks like a
//     handler that forwards requests.
//
// # What the access line does not have
//
// The status is never an interim 1xx. It is 101 for an upgrade. If no header was sent, the
// line has no status, and the [Record] has 0: the client disconnected, or the connection
// was broken off. A 5xx to a request whose context was canceled counts as not sent.
//
// The pattern is http.Request.Pattern, or that of [SetPattern]. Third-party middleware that
// copies the request hides it, unless a layer of this module stands further in. Inside
// http.TimeoutHandler there is another request: its pattern and its tenant are not in the
// line. An error that is written there, or in a part of a batch, gets a line of its own.
//
// What happens further out is not in the line: the bytes of a compressor, the 503 of an
// http.TimeoutHandler around the edge, the write deadline of the server.
//
// # Writers
//
// The http.ResponseWriter that a handler gets has every interface of net/http's own. It
// ends when the handler has returned. A goroutine that still writes to it gets
// http.ErrHandlerTimeout and an empty header map. As with net/http, the header map must
// not be changed after the handler has returned. No layer adds a field to what a handler
// writes to a hijacked connection.
package middleware
