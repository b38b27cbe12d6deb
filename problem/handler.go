package problem

import "net/http"

// HandlerFunc is a handler that returns its error, if any, instead of writing
// it. ServeHTTP writes it with [Write].
type HandlerFunc func(http.ResponseWriter, *http.Request) error

// ServeHTTP implements http.Handler.
func (f HandlerFunc) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := f(w, r); err != nil {
		Write(w, r, err)
	}
}
