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

// BodyLimit refuses request content of more than n bytes with a 413
// "content-too-large" (RFC 9110 §15.5.14): before the handler when
// Content-Length says so; else the handler's read past the limit fails with an
// *http.MaxBytesError, which problem.Write answers with the same 413. On
// HTTP/1.1 an answer that has not begun by then closes the connection. Behind the
// chain a handler's own http.MaxBytesReader cannot do that: it closes for
// net/http's writer alone.
//
// A read that fails otherwise is no fault of the service's, and problem.Write
// answers its error so: content that comes too slowly for the server's deadline 408
// (RFC 9110 §15.5.9), content that is broken off or malformed 400 "invalid-request".
// errors.Is finds what it was. A handler that answers such errors by itself, as
// httputil.ReverseProxy does with a 502, has to leave that to problem.Write.
//
// The bytes are those that arrive: compressed content counts as compressed. A
// second BodyLimit inside a layer that decodes it counts what comes out.
//
// Of two limits the smaller one holds: a route that takes more than others needs
// its own limit in place of theirs, not within it. It panics if n is negative; 0
// admits no content.
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

// reportedBody reports when more is read than the limit admits.
type reportedBody struct {
	body   io.ReadCloser
	left   int64
	report func() // nil = done
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

// countedBody counts what is read, so that the response can close the connection
// when it was too much. http.MaxBytesReader would do that itself, but from whatever
// goroutine reads, and for net/http's own writer alone.
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
