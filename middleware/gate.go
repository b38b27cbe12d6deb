package middleware

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/apiconventions/apiconventions/problem"
)

// Gate keeps requests out for a time: while the service drains before it stops,
// or while a database is away. The zero value is open. Liveness and readiness
// routes belong outside of it. Two reasons to close are two gates, so that the
// end of one does not end the other.
//
// A Gate is safe for concurrent use and must not be copied after first use.
type Gate struct {
	closed atomic.Pointer[error] // the refusal, nil = open
}

// Close keeps requests out from now on: they are answered 503 with a
// Retry-After of after, in whole seconds, rounded up and at least 1 (RFC 9110
// §15.6.4, §10.2.3). Requests that are already in go on.
func (g *Gate) Close(after time.Duration) {
	refusal := problem.Prepare(problem.Unavailable(after, nil))
	g.closed.Store(&refusal)
}

// Open lets requests in again.
func (g *Gate) Open() { g.closed.Store(nil) }

// Handler is the middleware.
func (g *Gate) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refusal := g.closed.Load(); refusal != nil {
			problem.Write(w, r, *refusal)
			return
		}
		next.ServeHTTP(w, r)
	})
}
