package middleware

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/http"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
)

// RequestID gives each request an id: the incoming X-Request-Id if it is one value of 1 to
// 128 visible ASCII characters, and otherwise 128 random bits in hexadecimal. The id is in
// X-Request-Id of the response, in every problem document (requestId) and in every line of
// the log (request_id). The client may have chosen it, so it proves nothing. A response
// from a shared cache has the id of the request for which it was stored. A request that is
// dispatched inside another one has the outer id, unless it has an X-Request-Id itself.
//
// The log lines have the trace_id of a valid W3C traceparent.
func RequestID(next http.Handler) http.Handler {
	l := &layer.Layer{Name: "middleware.RequestID", Decide: identify}
	return l.Middleware(next)
}

func identify(x layer.Exchange) (*http.Request, error) {
	id := x.Info.ID.Value() // set if the request is dispatched inside another one
	if v, ok := header.Value(x.R.Header["X-Request-Id"]); ok && validID(v) {
		id = v
	}
	if id == "" {
		id = newID()
	}
	if id != x.Info.ID.Value() {
		response.Set(&x, requestID, id)
	}
	x.SetID(id)
	if v, ok := header.Value(x.R.Header["Traceparent"]); ok {
		if trace := traceID(v); trace != "" && trace != traceOf(x.Info) {
			response.Set(&x, requestTrace, &trace)
		}
	}
	return x.R, nil
}

func requestID(i *request.Info) *request.Field[string]      { return &i.ID }
func requestTrace(i *request.Info) *request.Pointer[string] { return &i.TraceID }

// traceOf returns the trace id of the request, or "".
func traceOf(i *request.Info) string {
	if trace := i.TraceID.Get(); trace != nil {
		return *trace
	}
	return ""
}

// RequestIDFromContext returns the id that [RequestID] gave the request, for requests that
// the handler sends to other services. ok is false if there is none.
func RequestIDFromContext(ctx context.Context) (id string, ok bool) {
	if i := request.From(ctx); i != nil {
		return i.ID.Get()
	}
	return "", false
}

// validID reports whether id may be the id of a request.
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
	var id [2 * len(random)]byte
	hex.Encode(id[:], random[:])
	return string(id[:])
}
