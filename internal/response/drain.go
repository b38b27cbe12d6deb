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

	// expectTime is how long a client that expects 100-continue is given to show
	// that it does not wait for it.
	expectTime = time.Second
)

// Drain bounds how many requests are read on after their refusal. The chain has
// one, in its outermost layer.
type Drain struct {
	requests atomic.Int32
}

// drain reads on, within bounds, when a refusal came before the content of its
// request. A client that is still sending, such as nginx, would otherwise find the
// connection reset, and make a 502 of the response that it never gets to see (RFC
// 9112 §9.6). net/http reads on by itself only where it keeps the connection, and
// not past 256 KiB. A server that cannot bound the time, or a third-party wrapper
// that does not pass on Flush, has a header of its own or hides the writer below, is left
// alone.
func (w *Writer) drain(d *Drain) {
	if d == nil || w.status < 300 || w.content == nil || w.hijacked || w.content.ended.Load() {
		return
	}
	defer d.requests.Add(-1)
	if d.requests.Add(1) > drainRequests {
		return
	}
	if !w.limited && !w.limitTime() || http.NewResponseController(w.rw).Flush() != nil {
		return
	}
	if !w.mayReceive() && !w.sends() {
		return
	}
	_, _ = io.CopyN(io.Discard, w.content, drainBytes)
}

// sends reports whether a client that expects 100-continue sends its content without
// it (RFC 9110 §10.1.1): most wait for a response, and then send nothing.
func (w *Writer) sends() bool {
	if setReadDeadline(w.rw, time.Now().Add(expectTime)) != nil {
		return false
	}
	n, err := w.content.Read(make([]byte, 1))
	return n > 0 && err == nil && w.limitTime()
}

// limitReading bounds the time for reading what is left of the content, for a call
// that may send the header of a refusal: net/http then reads up to 256 KiB within
// the call, without a deadline. It reports whether there is a bound to take back
// when the call is over, where the handler goes on.
func (w *Writer) limitReading() bool {
	return w.content != nil && w.status >= 300 && w.mayReceive() && w.limitTime()
}

// mayReceive reports whether the client may be sending content that nobody has
// read.
func (w *Writer) mayReceive() bool {
	return w.content != nil && !w.hijacked && w.content.waits(len(w.request.Header["Expect"]) > 0)
}

// limitTime sets the deadline for reading. It reports whether the server has one.
func (w *Writer) limitTime() bool {
	limit := time.Now().Add(drainTime)
	if t := w.readDeadline(); !t.IsZero() && t.Before(limit) {
		limit = t
	}
	return setReadDeadline(w.rw, limit) == nil
}

// unlimitTime puts the deadline back that limitTime has replaced. It is the one
// that a handler set through this Writer, or the server's.
func (w *Writer) unlimitTime() {
	_ = setReadDeadline(w.rw, w.readDeadline())
}

// readDeadline returns the deadline that the handler has set, or a new one of the
// server; zero is none. That of the server began a little earlier; nobody can ask
// for it.
func (w *Writer) readDeadline() time.Time {
	if t := w.deadline.Load(); t != nil {
		return *t
	}
	if s, ok := w.request.Context().Value(http.ServerContextKey).(*http.Server); ok && s.ReadTimeout > 0 {
		return time.Now().Add(s.ReadTimeout)
	}
	return time.Time{}
}
