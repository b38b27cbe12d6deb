package middleware

import (
	"io"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// BodyLimit refuses request content of more than n bytes with a 413 "content-too-large"
// (RFC 9110 §15.5.14). It refuses a larger Content-Length before the handler runs. Where
// the length is not declared, a read past the limit returns an *http.MaxBytesError, for
// which problem.Write sends the same 413. A response that has not begun by then closes
// the connection on HTTP/1.1. A handler's own http.MaxBytesReader cannot close it behind
// the chain, since it looks for the writer of net/http.
//
// Other errors of a read are problems as well. problem.Write responds 408 where the
// content does not arrive within the server's deadline (RFC 9110 §15.5.9), and 400
// "invalid-request" where it is broken off or malformed. errors.Is finds the original
// error. A handler that responds to such errors itself, as httputil.ReverseProxy does
// with 502, has to pass them to problem.Write instead.
//
// The limit is on the bytes that arrive, which may be compressed. A second BodyLimit
// inside a layer that decodes them limits the decoded bytes.
//
// Of two limits the smaller one applies. A route with a larger limit than others must not
// be inside theirs. 0 admits no content. It panics if n is negative.
func BodyLimit(n int64) func(http.Handler) http.Handler {
	if n < 0 {
		panic("middleware: BodyLimit of " + strconv.FormatInt(n, 10) + " bytes")
	}
	l := &layer.Layer{Name: "middleware.BodyLimit"}
	l.Decide = func(x layer.Exchange) (*http.Request, error) {
		switch {
		case x.R.Method == http.MethodConnect: // a tunnel, which has no content (RFC 9110 §9.3.6)
			return x.R, nil
		case x.R.ContentLength > n:
			return nil, problem.TooLarge(n, nil)
		case x.R.Body == nil, x.R.Body == http.NoBody:
			return x.R, nil
		}
		counted := &countedBody{ReadCloser: x.R.Body}
		x.CloseIf(func() bool { return counted.n.Load() > n })
		r := x.R.WithContext(x.R.Context())
		r.Body = http.MaxBytesReader(nil, counted, n)
		return r, nil
	}
	l.Report = func(x layer.Exchange) (*http.Request, error) {
		body := x.R.Body
		switch {
		case x.R.Method == http.MethodConnect:
			return x.R, nil
		case x.R.ContentLength > n:
			return x.R, problem.TooLarge(n, nil)
		case body == nil, body == http.NoBody:
			return x.R, nil
		}
		report := x.ReportLater()
		r := x.R.WithContext(x.R.Context())
		r.Body = response.InsideMaxBytesReader(body, &reportedBody{body: body, left: n, report: func() {
			report(layer.Refusal(problem.TooLarge(n, nil)))
		}})
		return r, nil
	}
	return l.Middleware
}

// reportedBody calls report when more is read than the limit admits.
type reportedBody struct {
	body   io.ReadCloser
	left   int64  // bytes up to the limit
	report func() // nil once called
}

func (b *reportedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.left -= int64(n)
	if b.left < 0 && b.report != nil {
		b.report()
		b.report = nil
	}
	return n, err
}

func (b *reportedBody) Close() error { return b.body.Close() }

// countedBody counts the bytes that are read, so that the response can close the
// connection if they are too many. http.MaxBytesReader does so only for net/http's own
// writer.
type countedBody struct {
	io.ReadCloser
	n atomic.Int64
}

func (b *countedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n.Add(int64(n))
	if err != nil && err != io.EOF {
		err = layer.ContentError(err)
	}
	return n, err
}
