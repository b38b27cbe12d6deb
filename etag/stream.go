package etag

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/apiconventions/apiconventions/internal/response"
)

// ReadFrom implements io.ReaderFrom. A regular file that cannot be held goes to the
// server, which can use sendfile. Any other source is copied.
func (t *tagger) ReadFrom(src io.Reader) (n int64, err error) {
	below, ok := t.rw.(io.ReaderFrom)
	if !ok || !response.IsRegularFile(src) {
		return io.Copy(writeOnly{t}, src)
	}
	if !t.Begun() {
		// One byte more than can be held.
		if n, err = io.CopyN(writeOnly{t}, src, int64(t.computer.limit)+1); err != nil {
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.phase == ended {
		return n, http.ErrHandlerTimeout
	}
	more, err := below.ReadFrom(src)
	return n + more, err
}

type writeOnly struct{ io.Writer }

// Flush implements http.Flusher.
func (t *tagger) Flush() { _ = t.FlushError() }

// FlushError is for http.ResponseController. A handler that flushes streams.
func (t *tagger) FlushError() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.release(); err != nil {
		return err
	}
	return http.NewResponseController(t.rw).Flush()
}

// Hijack is for http.ResponseController and for WebSocket libraries that ask for
// an http.Hijacker.
func (t *tagger) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.release(); err != nil {
		return nil, nil, err
	}
	return http.NewResponseController(t.rw).Hijack()
}

// Push implements http.Pusher.
func (t *tagger) Push(target string, o *http.PushOptions) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.rw.(http.Pusher); ok && t.phase != ended {
		return p.Push(target, o)
	}
	return http.ErrNotSupported
}

// CloseNotify implements http.CloseNotifier, which gin asserts of any writer.
func (t *tagger) CloseNotify() <-chan bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	//lint:ignore SA1019 what the writer below has must not be taken away
	if n, ok := t.rw.(http.CloseNotifier); ok && t.phase != ended {
		return n.CloseNotify()
	}
	closed := make(chan bool, 1)
	context.AfterFunc(t.request.Context(), func() { closed <- true })
	return closed
}

// SetReadDeadline is for http.ResponseController.
func (t *tagger) SetReadDeadline(at time.Time) error { return t.deadlines.SetRead(t.rw, at) }

// SetWriteDeadline is for http.ResponseController.
func (t *tagger) SetWriteDeadline(at time.Time) error { return t.deadlines.SetWrite(t.rw, at) }

// EnableFullDuplex is for http.ResponseController.
func (t *tagger) EnableFullDuplex() error { return t.deadlines.EnableFullDuplex(t.rw) }
