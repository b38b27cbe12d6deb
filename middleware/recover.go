package middleware

import (
	"log"
	"net/http"
	"runtime/debug"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Recover answers a panic before the first byte with a 500 problem document;
// what the panic said and its stack go to the log alone, which is that of the
// http.Server where there is no AccessLog. After the first byte it breaks off the
// connection, so that no client takes half a body for a whole one, unless the
// declared length was written in full. http.ErrAbortHandler passes on.
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

// logToServer is what net/http would have done.
func logToServer(r *http.Request, err *response.Panic) {
	printf := log.Printf
	if s, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && s.ErrorLog != nil {
		printf = s.ErrorLog.Printf
	}
	printf("http: panic serving %s: %v\n%s", r.RemoteAddr, err.Value, err.Stack)
}
