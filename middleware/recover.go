package middleware

import (
	"log"
	"net/http"
	"runtime/debug"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Recover responds to a panic with a 500 problem document. The value of the panic and its
// stack go only to the log, which is that of the http.Server if there is no AccessLog.
// After the first byte, Recover breaks off the connection, so that no client takes half a
// body for a whole one, unless the declared length was written in full. It does not
// recover http.ErrAbortHandler.
func Recover(next http.Handler) http.Handler { return recoverLayer().Middleware(next) }

func recoverLayer() *layer.Layer {
	return &layer.Layer{Name: "middleware.Recover", Around: func(x layer.Exchange, next http.Handler) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler: // by identity, as net/http compares it
				x.Abort()
				panic(v)
			default:
				err := &response.Panic{Value: v, Stack: debug.Stack()}
				if !x.Observed() && x.Info.Logger.Value() == nil {
					logToServer(x.R, err)
				}
				problem.Write(x.W, x.R, err)
			}
		}()
		next.ServeHTTP(x.W, x.R)
	}}
}

// logToServer logs a panic as net/http does.
func logToServer(r *http.Request, err *response.Panic) {
	printf := log.Printf
	if s, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && s.ErrorLog != nil {
		printf = s.ErrorLog.Printf
	}
	printf("http: panic serving %s: %v\n%s", r.RemoteAddr, err.Value, err.Stack)
}
