package response

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

const (
	drainBytes    = 32 << 20        // of one request, at most
	drainTime     = 5 * time.Second // for one request, at most
	drainRequests = 64              // at the same time, at most

	// expectTime is how long to wait for content of a client that expects
	// 100-continue, which may send it without waiting for the 100.
	expectTime = time.Second
)

// Drain bounds how many refused requests are drained at the same time. The outermost
// layer of a chain has the one that counts.
type Drain struct {
	requests atomic.Int32
}

// drain reads the rest of the content of a request that was refused before it arrived.
// Otherwise a client that is still sending, such as nginx, finds the connection reset,
// does not see the response, and makes a 502 of it (RFC 9112 §9.6). net/http drains only
// where it keeps the connection, and at most 256 KiB.
//
// drain does nothing where the time cannot be bounded, or where a third-party wrapper
// does not pass on Flush, has a header map of its own or hides the writer below.
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
	if !w.mayReceive() && !w.sendsUnasked() {
		return
	}
	_, _ = io.CopyN(io.Discard, w.content, drainBytes)
}

// sendsUnasked reports whether a client that expects 100-continue sends its content
// without it (RFC 9110 §10.1.1). Most wait, and send nothing after a refusal.
func (w *Writer) sendsUnasked() bool {
	if setReadDeadline(w.rw, time.Now().Add(expectTime)) != nil {
		return false
	}
	n, err := w.content.Read(make([]byte, 1))
	return n > 0 && err == nil && w.limitTime()
}

// limitReading limits the time for reading the rest of the content, before a call that
// may send the header of a refusal: within that call net/http drains up to 256 KiB
// itself, without a deadline. It reports whether the caller has to call unlimitTime
// after the call, since the handler goes on.
func (w *Writer) limitReading() bool {
	return w.content != nil && w.status >= 300 && w.mayReceive() && w.limitTime()
}

// mayReceive reports whether the client may be sending content that has not been read.
func (w *Writer) mayReceive() bool {
	return w.content != nil && !w.hijacked && w.content.isArriving(len(w.request.Header["Expect"]) > 0)
}

// limitTime sets the deadline for reading. It reports whether the server lets it.
func (w *Writer) limitTime() bool {
	limit := time.Now().Add(drainTime)
	if t := w.readDeadline(); !t.IsZero() && t.Before(limit) {
		limit = t
	}
	return setReadDeadline(w.rw, limit) == nil
}

// unlimitTime restores the deadline that limitTime has replaced.
func (w *Writer) unlimitTime() {
	_ = setReadDeadline(w.rw, w.readDeadline())
}

// readDeadline returns the deadline that the handler has set, or the server's; zero is
// none. The server's is a little later than it was: net/http does not tell when it began.
func (w *Writer) readDeadline() time.Time {
	if t := w.deadline.Load(); t != nil {
		return *t
	}
	if s, ok := w.received.Context().Value(http.ServerContextKey).(*http.Server); ok && s.ReadTimeout > 0 {
		return time.Now().Add(s.ReadTimeout)
	}
	return time.Time{}
}
