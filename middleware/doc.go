// Package middleware is the chain: net/http middleware that makes a service
// keep the house's API conventions.
//
// Every middleware is a plain func(http.Handler) http.Handler, or makes one, so
// that alice, chi and a bare mux take it alike. The order matters:
//
//	edge, around the mux:  Default = RequestID → AccessLog → Problems → Recover
//	then, for everyone:    CORS → Gate.Handler → BodyLimit
//	per route:             Bearer → tenant.Require → RequireScope → ContentType → Accept → etag.Guard → handler
//
// Nothing is decided about a resource before the client is known to be allowed
// to ask: a 304 or a 409 would tell a stranger what exists. Compression goes
// outside the edge.
//
// What a handler writes to a connection that it has hijacked (an upgrade to
// WebSocket, in most libraries) is its own: no layer adds a field to that.
//
// All middleware is safe for concurrent use. A mistake in its arguments panics
// when the chain is built, never on a request.
package middleware
