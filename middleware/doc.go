// Package middleware is net/http middleware for Content-Type and Accept negotiation,
// bearer tokens and scopes, request ids, access logs, panics, body limits and uniform
// error bodies (RFC 9457).
//
// Every middleware is a plain func(http.Handler) http.Handler, or makes one, so
// that alice, chi and a bare mux take it alike. All middleware is safe for concurrent
// use. A mistake in its arguments panics when the chain is built, never on a request.
//
// # The order
//
//	edge, around the mux:  Default = RequestID → AccessLog → Problems → Recover
//	then, for everyone:    CORS → Gate.Handler → BodyLimit
//	per route:             Bearer → tenant.Require → RequireScope → ContentType → Accept → etag.Guard → handler
//
// Nothing is decided about a resource before the client is known to be allowed
// to ask: a 304 or a 409 would tell a client without a token what exists. Compression
// goes outside the edge.
//
// The order is checked: what decides who asks, for whom, and which representation
// stands outside etag.Guard. Bearer, RequireScope, tenant.Require and Accept must not
// stand inside a Guard, and Bearer not inside RequireScope or tenant.Require. All other
// orders are allowed. Where the wrong layer is in the chain of this module's layers
// that a constructor wraps, it panics. Where something hides it, such as a mux, the
// first request that gets to the inner layer is answered 500, and so is every request
// that reaches the outer one from then on; both names are in the log. Until then a
// Guard in the wrong place still answers 304 and 409. A layer between the two that
// gives the request another URL, as http.StripPrefix does, or another method, path or
// query, hides them for good: it cannot be told from a handler that forwards.
//
// # What the access line does not have
//
// The status is never an interim 1xx. It is 101 for an upgrade. Where no header left
// there is none in the line, and 0 in the [Record]: the client disconnected first, or
// the connection was broken off. A 5xx for a request whose context was canceled counts
// as that, too.
//
// The pattern is http.Request.Pattern, or what [SetPattern] said. Third-party
// middleware that copies the request hides it, unless a layer of this module runs
// further in and responds to the same request. Inside http.TimeoutHandler there is
// another request: pattern and tenant found there are not in the line, and an error
// that is written there, or in a part of a batch, gets a line of its own.
//
// What happens further out is not in the line: a compressor's bytes, the 503 of an
// http.TimeoutHandler around the edge, a server's write deadline.
//
// # Writers
//
// The http.ResponseWriter that a handler gets has every interface that net/http's own
// has. When the handler has returned it has ended: a goroutine that still writes to it
// gets http.ErrHandlerTimeout, and an empty header map. A header map that a handler got
// before must not be changed after it, as with net/http. What a handler writes to a
// connection that it has hijacked is its own: no layer adds a field to that.
package middleware
