package middleware

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"

	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
)

// RequestID gives each request an id: that of the incoming X-Request-Id if it is
// one field of 1 to 128 visible ASCII characters, else a new one of 128 random
// bits in hexadecimal. The id is in the answer's X-Request-Id, in every problem
// document (requestId) and in every log line (request_id). It is no secret and
// proves nothing: the client may have chosen it. An answer that a shared cache
// stores keeps the id of the request that fetched it. A request that is dispatched
// inside another one has the outer id, unless it brings its own.
//
// A valid W3C traceparent gives the log lines their trace_id.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := response.Enter(w, r)
		id := x.State.ID() // of the request in which this one is dispatched, if any
		if v := r.Header["X-Request-Id"]; len(v) == 1 && validID(v[0]) {
			id = v[0]
		}
		if id == "" {
			id = newID()
		}
		x.SetID(id)
		if v := r.Header["Traceparent"]; len(v) == 1 {
			x.State.TraceID = traceID(v[0])
		}
		x.Serve(next)
	})
}

// RequestIDFrom is the id that [RequestID] gave the request, for what the handler
// asks of other services in its turn, or "" where there is none.
func RequestIDFrom(ctx context.Context) string {
	if s := request.From(ctx); s != nil {
		return s.ID()
	}
	return ""
}

func validID(id string) bool {
	if len(id) < 1 || len(id) > 128 {
		return false
	}
	for i := 0; i < len(id); i++ {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return true
}

func newID() string {
	var random [16]byte
	binary.BigEndian.PutUint64(random[:8], rand.Uint64())
	binary.BigEndian.PutUint64(random[8:], rand.Uint64())
	var id [32]byte
	hex.Encode(id[:], random[:])
	return string(id[:])
}
