package response

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// What is read of the content of a refused request, for how long, and of how many
// requests at once.
const (
	drainBytes    = 32 << 20
	drainTime     = 5 * time.Second
	drainRequests = 64
)

// Drain bounds how many requests are read on after their refusal. The chain has
// one, in its outermost layer.
type Drain struct {
	requests atomic.Int32
}

// limitReading bounds the time for the rest of the content, for a response that
// may come before it has been read. net/http drains up to 256 KiB itself, within
// the write of the response and without a deadline.
func (w *Writer) limitReading() {
	if w.mayReceive() {
		w.setReadDeadline(w.drainTime())
	}
}

// mayReceive reports whether the client may be sending content that nobody has
// read.
func (w *Writer) mayReceive() bool {
	return w.content != nil && !w.hijacked && w.content.waits(len(w.request.Header["Expect"]) > 0)
}

func (w *Writer) drainTime() time.Duration {
	if s, ok := w.request.Context().Value(http.ServerContextKey).(*http.Server); ok && s.ReadTimeout > 0 {
		return min(drainTime, s.ReadTimeout)
	}
	return drainTime
}

// drain reads on, within bounds, when a refusal came before the content of its
// request. A client that is still sending, such as nginx, would otherwise find the
// connection reset, and make a 502 of the response that it never gets to see (RFC
// 9112 §9.6). A server that cannot bound the time, or a third-party wrapper that
// does not pass on Flush, is left alone.
func (w *Writer) drain(d *Drain) {
	if d == nil || w.status < 300 || !w.mayReceive() || !w.setReadDeadline(w.drainTime()) {
		return
	}
	defer d.requests.Add(-1)
	if d.requests.Add(1) > drainRequests {
		return
	}
	if http.NewResponseController(w.rw).Flush() == nil {
		_, _ = io.CopyN(io.Discard, w.content, drainBytes)
	}
}
