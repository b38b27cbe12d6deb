package response

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
)

// ReadFrom implements io.ReaderFrom, so that the server below can use sendfile.
// Like the server's own it begins the answer with the first byte: a source that
// fails at once still lets an error answer out.
func (w *Writer) ReadFrom(src io.Reader) (int64, error) {
	rf, ok := w.rw.(io.ReaderFrom)
	if !ok || w.sealed || w.holds() {
		return io.Copy(writeOnly{w}, src)
	}
	if w.began {
		n, err := rf.ReadFrom(src)
		w.wrote(n, nil) // err may be the source's; a client that left cancels the context
		return n, err
	}
	w.complete()
	n, err := int64(1), error(nil) // as far as is known, if src panics
	defer func() {
		if n > 0 {
			w.begin(http.StatusOK)
			w.wrote(n, nil)
		}
	}()
	n, err = rf.ReadFrom(src)
	return n, err
}

type writeOnly struct{ io.Writer }

// Flush implements http.Flusher.
func (w *Writer) Flush() { _ = w.FlushError() }

// FlushError is for http.ResponseController.
func (w *Writer) FlushError() error {
	switch {
	case w.holds():
		w.release()
	case w.sealed && !w.began:
		return nil // nobody is there to flush to
	case !w.Begun():
		w.complete()
	}
	err := http.NewResponseController(w.rw).Flush()
	if errors.Is(err, http.ErrNotSupported) {
		return err
	}
	w.flushed = true
	if !w.Begun() {
		w.begin(http.StatusOK)
	}
	w.failed = w.failed || err != nil
	return err
}

// Hijack is for http.ResponseController and for WebSocket libraries that ask
// for an http.Hijacker.
func (w *Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.rw).Hijack()
	if err == nil {
		w.hijacked = true
	}
	return conn, rw, err
}

// Push implements http.Pusher.
func (w *Writer) Push(target string, o *http.PushOptions) error {
	if p, ok := w.rw.(http.Pusher); ok {
		return p.Push(target, o)
	}
	return http.ErrNotSupported
}
