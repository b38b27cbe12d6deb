package middleware

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/problem"
)

// Gate refuses all requests for a time, such as while a service is about to stop or a
// database is down. The zero value is open. Liveness and readiness routes belong outside
// of it. Use a gate for each reason, so that the end of one does not end another.
//
// A Gate is safe for concurrent use and must not be copied after first use.
type Gate struct {
	closed atomic.Pointer[closed] // nil = open
}

type closed struct {
	after    time.Duration
	draining bool
}

// Close refuses requests from now on: they get a 503 with the Retry-After after, in whole
// seconds, rounded up and at least 1 (RFC 9110 §15.6.4, §10.2.3). Requests that have
// passed the gate go on.
func (g *Gate) Close(after time.Duration) { g.closed.Store(&closed{after: after}) }

// Drain is Close for a service that is about to stop. The 503 also closes the connection
// (Connection: close, which is GOAWAY on HTTP/2), so that the client connects to another
// instance.
func (g *Gate) Drain(after time.Duration) { g.closed.Store(&closed{after: after, draining: true}) }

// Open lets requests in again.
func (g *Gate) Open() { g.closed.Store(nil) }

// Handler is the middleware.
func (g *Gate) Handler(next http.Handler) http.Handler {
	l := &layer.Layer{Name: "middleware.Gate", Check: g.check}
	return l.Middleware(next)
}

func (g *Gate) check(_ http.ResponseWriter, r *http.Request) (*http.Request, error) {
	c := g.closed.Load()
	if c == nil {
		return r, nil
	}
	e := problem.Unavailable(c.after, nil)
	if c.draining {
		e.Header.Set("Connection", "close")
	}
	return nil, e
}
