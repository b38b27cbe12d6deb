package response

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
)

// ReadFrom implements io.ReaderFrom. A regular file goes to the server, which can use
// sendfile. Any other source is copied, since its Read may block while other calls wait.
// The response begins with the first byte, so that a source that fails at once can still
// become an error response.
func (w *Writer) ReadFrom(src io.Reader) (n int64, err error) {
	below, ok := w.rw.(io.ReaderFrom)
	if !ok || !IsRegularFile(src) {
		return io.Copy(writeOnly{w}, src)
	}
	// One byte by itself: the writer below may send the header before it reads.
	n, err = io.CopyN(writeOnly{w}, src, 1)
	if err != nil {
		if err == io.EOF {
			err = nil
		}
		return n, err
	}
	if !w.calls.Enter() {
		return n, http.ErrHandlerTimeout
	}
	defer w.calls.Leave()
	if w.sealed || w.request.Method == http.MethodHead {
		more, err := io.Copy(io.Discard, src)
		return n + more, err
	}
	if w.limitReading() {
		defer w.unlimitTime()
	}
	more, err := below.ReadFrom(src)
	w.note(more, nil) // err may be the file's; a client that disconnects cancels the context
	return n + more, err
}

type writeOnly struct{ io.Writer }

// IsRegularFile reports whether net/http sends src with sendfile.
func IsRegularFile(src io.Reader) bool {
	if limited, ok := src.(*io.LimitedReader); ok {
		src = limited.R
	}
	file, ok := src.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode().IsRegular()
}

// Flush implements http.Flusher.
func (w *Writer) Flush() { _ = w.FlushError() }

// FlushError is for http.ResponseController.
func (w *Writer) FlushError() error {
	if !w.calls.Enter() {
		return http.ErrHandlerTimeout
	}
	defer w.calls.Leave()
	switch {
	case w.holds():
		w.release()
	case w.sealed && !w.began:
		return nil
	case !w.began && !w.hijacked:
		w.complete()
	}
	if w.limitReading() {
		defer w.unlimitTime()
	}
	err := http.NewResponseController(w.rw).Flush()
	if errors.Is(err, http.ErrNotSupported) {
		return err
	}
	w.flushed = true
	if !w.began && !w.hijacked {
		w.begin(http.StatusOK)
	}
	if w.request.Method != http.MethodHead {
		w.note(0, err)
	}
	return err
}

// Hijack implements http.Hijacker, for http.ResponseController and WebSocket libraries.
func (w *Writer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if !w.calls.Enter() {
		return nil, nil, http.ErrHandlerTimeout
	}
	defer w.calls.Leave()
	if w.holds() {
		w.release()
	}
	return w.hijack()
}

// hijack is Hijack for a caller that is inside or after the end.
func (w *Writer) hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.rw).Hijack()
	if err == nil {
		w.hijacked = true
	}
	return conn, rw, err
}

// Push implements http.Pusher.
func (w *Writer) Push(target string, o *http.PushOptions) error {
	if !w.calls.Enter() {
		return http.ErrHandlerTimeout
	}
	defer w.calls.Leave()
	if p, ok := w.rw.(http.Pusher); ok {
		return p.Push(target, o)
	}
	return http.ErrNotSupported
}

// CloseNotify implements http.CloseNotifier, which gin asserts of any writer. The
// context of the request stands in for a writer below that has none.
func (w *Writer) CloseNotify() <-chan bool {
	if w.calls.Enter() {
		defer w.calls.Leave()
		//lint:ignore SA1019 what the writer below has must not be taken away
		if n, ok := w.rw.(http.CloseNotifier); ok {
			return n.CloseNotify()
		}
	}
	closed := make(chan bool, 1)
	context.AfterFunc(w.request.Context(), func() { closed <- true })
	return closed
}
