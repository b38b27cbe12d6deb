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
	// Types is the base of the problem types, a URI reference to which their slugs
	// are joined, such as "https://api.example.com/problems". "" is "/problems/".
	Types string

	// Map turns the service's own errors into problems, or returns nil for those
	// that it does not know:
	//
	//	func(err error) error {
	//		if errors.Is(err, sql.ErrNoRows) {
	//			return problem.NotFound(err)
	//		}
	//		return nil
	//	}
	//
	// It is asked before problem.From, for every error: the chain's own problems
	// (the mux's 404, Bearer's 401) as well. It must be safe for concurrent use.
	Map func(error) error
}

// Problems turns every error response of what it wraps into a problem document
// (RFC 9457), with no help from the handler: ServeMux's 404 and 405 (with
// Allow), http.Error of any status from 400 on, and every other response from 400
// on that has no body of a declared type: a bare WriteHeader, http.ServeContent's
// 412 and 416 (with Content-Range), http.TimeoutHandler's 503. The text of
// http.Error goes to the log (the first 1 KiB, unless something in between has
// compressed it) and not to the client.
//
// A handler's error response with a body and a type of its own is left alone. On
// HEAD a declared length other than 0 stands for the body; where nothing tells
// what GET would send, the response has neither Content-Type nor Content-Length.
// Responses below 400 pass untouched and without delay, interim ones (1xx),
// streams and upgrades included.
//
// Problems gives [problem.Write] the base of the problem types and the service's
// Map. A response that an error meets after its first byte is broken off: the
// outermost layer panics with http.ErrAbortHandler. On HTTP/1.0 a broken response
// of unknown length ends in a reset. Whoever dispatches a request inside a request
// gets the panic, too, and recovers it.
//
// A Problems inside another is fine: its options count from there on. It panics if
// o.Types is no URI reference.
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

// documentOf makes the document that takes the place of an error response.
func documentOf(r *http.Request, status int) response.Document {
	var c response.Capture
	problem.Write(&c, r, problem.Wrap(status, nil))
	return c.Document
}

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
