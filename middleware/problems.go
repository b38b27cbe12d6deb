package middleware

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// ProblemsOptions configure [Problems]. The zero value, like nil, is the default.
// They are read when the chain is built and not kept.
type ProblemsOptions struct {
	// Types is the base of the problem types: a URI reference to which a slug is
	// joined, such as "https://api.example.com/problems". "" is "/problems/".
	Types string

	// Map returns the problem of a service's own error, or nil for an error that it
	// does not know:
	//
	//	func(err error) error {
	//		if errors.Is(err, sql.ErrNoRows) {
	//			return problem.NotFound(err)
	//		}
	//		return nil
	//	}
	//
	// It is called before problem.From for every error, including the problems of the
	// chain, such as the mux's 404 and Bearer's 401. It must be safe for concurrent
	// use.
	Map func(error) error
}

// Problems makes a problem document (RFC 9457) of every error response that has no body
// with a Content-Type of its own: ServeMux's 404 and 405 (with Allow), http.Error, a bare
// WriteHeader from 400 on, http.ServeContent's 412 and 416 (with Content-Range), and
// http.TimeoutHandler's 503. The text of http.Error goes to the log and not to the client:
// its first 1 KiB, unless something in between has compressed it.
//
// An error response with a body and a Content-Type of its own is left alone. On HEAD, a
// declared length other than 0 counts as a body. If nothing tells what GET would send,
// the response has neither Content-Type nor Content-Length. Responses below 400 pass
// unchanged and without delay, including interim ones (1xx), streams and upgrades.
//
// Problems sets the base of the problem types and the Map for [problem.Write]. A response
// that fails after its first byte is broken off: the outermost layer panics with
// http.ErrAbortHandler. On HTTP/1.0 a response of unknown length ends with a reset. A
// handler that dispatches requests inside a request has to recover that panic.
//
// The options of a Problems inside another one count from there on. It panics if o.Types
// is no URI reference.
func Problems(o *ProblemsOptions) func(http.Handler) http.Handler {
	problems := o.problems()
	l := &layer.Layer{Name: "middleware.Problems", Decide: func(x layer.Exchange) (*http.Request, error) {
		x.SetDocuments(documentOf)
		response.Set(&x, requestProblems, problems)
		return x.R, nil
	}}
	return l.Middleware
}

func requestProblems(i *request.Info) *request.Pointer[request.Problems] { return &i.Problems }

// documentOf returns the document that replaces an error response.
func documentOf(r *http.Request, status int) response.Document {
	var c response.Capture
	problem.Write(&c, r, problem.Wrap(status, nil))
	return c.Document
}

// problems checks the options. o may be nil.
func (o *ProblemsOptions) problems() *request.Problems {
	if o == nil {
		return new(request.Problems)
	}
	types := o.Types
	if _, err := url.Parse(types); err != nil {
		panic("middleware: ProblemsOptions.Types is no URI reference: " + types)
	}
	if types != "" && !strings.ContainsRune("/#:=?&", rune(types[len(types)-1])) {
		types += "/"
	}
	return &request.Problems{Types: types, Map: o.Map}
}
