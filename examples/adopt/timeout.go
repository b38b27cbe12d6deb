package main

import (
	"net/http"
	"time"
)

// withTimeout gives the router a time to respond. Its 503 becomes a document. The
// handler's response is kept back whole, so a route that streams, flushes or sends
// much has no place in it. It hides route and tenant from the access line: a
// deadline in the request's context, which a handler returns as its error, does
// not.
func withTimeout(d time.Duration) program {
	return func(s *service) http.Handler {
		mux := newMux(s)
		mux.HandleFunc("GET /slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		return s.edge(mux, func(next http.Handler) http.Handler { return http.TimeoutHandler(next, d, "") }, limit)
	}
}
