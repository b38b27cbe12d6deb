package problem

import (
	"net/http"

	"github.com/apiconventions/apiconventions/internal/response"
)

// HandlerFunc is a handler that returns its error, if any, instead of writing
// it. ServeHTTP writes it with [Write]; where the handler has begun an answer,
// it breaks off the connection instead (it panics with http.ErrAbortHandler), as
// the chain does, unless the declared Content-Length was written in full.
type HandlerFunc func(http.ResponseWriter, *http.Request) error

// ServeHTTP implements http.Handler.
func (f HandlerFunc) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if k, ok := w.(response.Keeper); ok {
		f.serveKept(k, r)
		return
	}
	response.EnterBehind(w, r).Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			Write(w, r, err)
		}
	}))
}

// serveKept is for a writer that knows by itself whether the answer has begun.
func (f HandlerFunc) serveKept(k response.Keeper, r *http.Request) {
	rw := response.Of(k, r)
	if rw != nil {
		rw.Route(r)
	}
	if err := f(k, r); err != nil {
		Write(k, r, err)
	}
}
