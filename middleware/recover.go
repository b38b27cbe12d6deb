package middleware

import (
	"fmt"
	"log"
	"net/http"
	"runtime/debug"

	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Recover answers a panic before the first byte with a 500 problem document;
// what the panic said and its stack go to the log alone, which is that of the
// http.Server where there is no AccessLog. After the first byte it breaks off the
// connection, so that no client takes half a body for a whole one, unless the
// declared length was written in full. http.ErrAbortHandler passes on.
func Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := response.Enter(w, r)
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler: // by identity, as net/http compares it
				x.Abort()
				x.BreakOff()
				panic(v)
			default:
				err := &panicError{value: v, stack: debug.Stack()}
				if !x.Logged && x.State.Logger == nil {
					logToServer(x.R, err)
				}
				problem.Write(x.W, x.R, err)
				if x.Broken() {
					x.BreakOff()
				}
			}
		}()
		x.Serve(next)
	})
}

// logToServer is what net/http would have done.
func logToServer(r *http.Request, err *panicError) {
	printf := log.Printf
	if s, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && s.ErrorLog != nil {
		printf = s.ErrorLog.Printf
	}
	printf("http: panic serving %s: %v\n%s", r.RemoteAddr, err.value, err.stack)
}

// panicError is the cause of the 500. It does not unwrap: whatever was thrown,
// the client gets a 500.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprint("panic: ", e.value) }
