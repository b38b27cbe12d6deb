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
func (w *Writer) ReadFrom(src io.Reader) (n int64, err error) {
	rf, ok := w.rw.(io.ReaderFrom)
	if !ok || w.sealed || w.holds() {
		return io.Copy(writeOnly{w}, src)
	}
	if !w.began {
		// Whoever is below may begin before it reads.
		n, err = io.CopyN(writeOnly{w}, src, sniffed)
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return n, err
		}
	}
	more, err := rf.ReadFrom(src)
	w.wrote(more, nil) // err may be the source's; a client that left cancels the context
	return n + more, err
}

// sniffed is how much net/http reads to find the type of a content.
const sniffed = 512

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
	if !w.began && !w.hijacked {
		w.begin(http.StatusOK)
	}
	w.wrote(0, err)
	return err
}

// Hijack is for http.ResponseController and for WebSocket libraries that ask
// for an http.Hijacker.
func (w *Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.holds() {
		w.release()
	}
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
