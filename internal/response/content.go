package response

import (
	"io"
	"math"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/apiconventions/apiconventions/internal/request"
)

// content is that of a request which may be answered before it has been read. A
// handler that http.TimeoutHandler has abandoned may be reading it meanwhile, and
// may wait in Read for as long as the client likes: so begun and ended are read
// without the lock.
type content struct {
	io.ReadCloser
	mu    sync.Mutex // one Read at a time, for bodies such as that of http.MaxBytesReader
	begun atomic.Bool
	ended atomic.Bool
}

// Read implements io.Reader.
func (c *content) Read(p []byte) (int, error) {
	c.begun.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.ReadCloser.Read(p)
	if err != nil {
		c.ended.Store(true)
	}
	return n, err
}

// waits reports whether a client may be sending what is left. A client that
// expects 100-continue sends nothing until the handler reads.
func (c *content) waits(expects bool) bool {
	return !c.ended.Load() && (c.begun.Load() || !expects)
}

// watchContent prepares r, the request that is handed on, for reading on after a
// refusal. That is for the outermost layer under net/http to do, on HTTP/1: HTTP/2
// can say that no more is wanted.
func (w *Writer) watchContent(r *http.Request) {
	if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody || r.ProtoMajor != 1 ||
		request.From(w.received.Context()) != nil || r.Context().Value(http.ServerContextKey) == nil {
		return
	}
	w.content = &content{ReadCloser: r.Body}
	r.Body = InsideMaxBytesReader(r.Body, w.content)
}

// InsideMaxBytesReader returns body, which reads from old. If old is what
// http.MaxBytesReader returned, so is the result: http.Request.ParseForm lifts its
// own limit for that type alone.
func InsideMaxBytesReader(old, body io.ReadCloser) io.ReadCloser {
	if reflect.TypeOf(old) == maxBytesReader {
		return http.MaxBytesReader(nil, body, math.MaxInt64)
	}
	return body
}

var maxBytesReader = reflect.TypeOf(http.MaxBytesReader(nil, http.NoBody, 0))
