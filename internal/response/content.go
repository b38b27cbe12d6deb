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

// watchedContent is the content of a request, which may be refused before its content
// has been read. A handler that http.TimeoutHandler has abandoned may be waiting in Read
// meanwhile, so begun and ended are read without the lock.
type watchedContent struct {
	io.ReadCloser
	mu    sync.Mutex // one Read at a time, for bodies such as that of http.MaxBytesReader
	begun atomic.Bool
	ended atomic.Bool
}

// Read implements io.Reader.
func (c *watchedContent) Read(p []byte) (int, error) {
	c.begun.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.ReadCloser.Read(p)
	if err != nil {
		c.ended.Store(true)
	}
	return n, err
}

// isArriving reports whether the client may be sending what is left. One that expects
// 100-continue sends nothing until the handler reads.
func (c *watchedContent) isArriving(expects bool) bool {
	return !c.ended.Load() && (c.begun.Load() || !expects)
}

// watchContent watches the content of r, the request that is handed on, so that it can
// be drained after a refusal. Only the outermost layer under net/http does so, and only
// on HTTP/1: an HTTP/2 server can tell the client to stop.
func (w *Writer) watchContent(r *http.Request) {
	if r.ContentLength == 0 || r.Body == nil || r.Body == http.NoBody || r.ProtoMajor != 1 ||
		request.From(w.received.Context()) != nil || r.Context().Value(http.ServerContextKey) == nil {
		return
	}
	w.content = &watchedContent{ReadCloser: r.Body}
	r.Body = InsideMaxBytesReader(r.Body, w.content)
}

// InsideMaxBytesReader returns body, which reads from old. Where old comes from
// http.MaxBytesReader, it returns body in another one: http.Request.ParseForm lifts its
// own limit for that type alone.
func InsideMaxBytesReader(old, body io.ReadCloser) io.ReadCloser {
	if IsMaxBytesReader(old) {
		return http.MaxBytesReader(nil, body, math.MaxInt64)
	}
	return body
}

// IsMaxBytesReader reports whether http.MaxBytesReader returned body.
func IsMaxBytesReader(body io.ReadCloser) bool { return reflect.TypeOf(body) == maxBytesReader }

var maxBytesReader = reflect.TypeOf(http.MaxBytesReader(nil, http.NoBody, 0))
