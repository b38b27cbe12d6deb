package middleware

import (
	"net/http"

	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Problems turns every error answer of what it wraps into a problem document
// (RFC 9457), with no help from the handler: ServeMux's 404 and 405 (with
// Allow), http.Error of any status from 400 on, whose text goes to the log (the
// first 1 KiB, unless somebody in between has compressed it) and not to the client,
// and every other answer from 400 on whose body has no
// declared type: a bare WriteHeader, http.ServeContent's 412 and 416 (with
// Content-Range), http.TimeoutHandler's 503. A handler's error answer with a
// type of its own is left alone, unless it has just the two headers that
// http.Error sets; on HEAD a declared type or length is the mark of one. Answers
// below 400 pass untouched and without delay, interim ones (1xx), streams and
// upgrades included.
//
// It gives problem.Write the base of the problem types and the service's Map,
// and breaks off the connection (it panics with http.ErrAbortHandler) when an
// answer is broken: an error after the first byte. On HTTP/1.0 a broken answer of
// unknown length ends in a reset. Who dispatches a request inside a request gets
// the panic, too, and recovers it.
//
// Of the options it reads Types and Map. A Problems within another is fine: its
// options count from there on. It panics if o.Types is no URI reference.
func Problems(o *Options) func(http.Handler) http.Handler {
	opts := o.copied()
	problems := &request.Problems{Types: opts.Types, Map: opts.Map}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			x := response.Enter(w, r)
			x.Replace = replace
			x.State.Problems = problems
			x.Serve(next)
			x.Finish()
			if x.Broken() {
				x.BreakOff()
			}
		})
	}
}

func replace(w *response.Writer, status int) {
	problem.Write(w, w.Request(), problem.Wrap(status, nil))
}
