package problem

import (
	"net/http"

	"github.com/apiconventions/apiconventions/internal/response"
)

// HandlerFunc is a handler that returns its error instead of writing it. A nil *Error
// is no error.
//
// ServeHTTP writes the error with [Write]. Where the response has begun, it panics with
// http.ErrAbortHandler instead, which breaks off the connection, unless the declared
// Content-Length was written in full.
type HandlerFunc func(http.ResponseWriter, *http.Request) error

// ServeHTTP implements http.Handler.
func (f HandlerFunc) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := response.EnterBehind(w, r)
	defer x.End(nil)
	if err := f(x.W, x.R); !isNil(err) {
		Write(x.W, x.R, err)
	}
	x.Returned()
}
