// Package response holds the one http.ResponseWriter wrapper of the module.
package response

import (
	"io"
	"net/http"
	"strconv"

	"github.com/apiconventions/apiconventions/internal/request"
)

// Writer is the wrapper that all layers share. It takes no ability away from
// the writer below and adds none: what the server cannot do answers
// http.ErrNotSupported. It knows what has gone out, says Vary and the cache
// rule of the route when the header goes out, and hands error answers to the
// layer that makes documents of them.
//
// Like any http.ResponseWriter it is for one goroutine at a time. It is never
// pooled.
type Writer struct {
	// State is what the layers know of the request.
	State request.State

	// Replace, if set, writes a document in place of an error answer that has
	// no body of its own; it calls Document.
	Replace func(w *Writer, status int)

	rw      http.ResponseWriter
	request http.Request  // as the first layer passed it on: here, to be no allocation of its own
	routed  *http.Request // as the last layer did, or got it: a mux has written the route into it

	header http.Header // rw's map: what identifies rw from a goroutine that may outlive it

	vary   *varyLine
	values [2]string // of Vary and Cache-Control, without an allocation of their own

	aside   *aside // what most requests do without, nil = nothing
	written int64
	length  int64 // the declared Content-Length once begun, -1 = none
	status  int16

	// Logged says that a layer writes the log line of this request.
	Logged bool

	echoed   bool // the answer says the request's id
	began    bool // the final header is on its way
	sealed   bool // a document has been written: what follows is not sent
	hijacked bool
	flushed  bool
	failed   bool // a write to the client has failed
	aborted  bool // a layer says that the answer cannot be completed

	credentials bool // the answer depends on Authorization
	private     bool // it is not for a shared cache unless the handler chose
	noStore     bool // it is for no cache at all, whatever the handler chose
}

// SetID gives the request its id, which the answer echoes.
func (w *Writer) SetID(id string) {
	w.State.SetID(id)
	w.echoed = true
}

// Header implements http.ResponseWriter.
func (w *Writer) Header() http.Header { return w.rw.Header() }

// Unwrap is for http.ResponseController: deadlines and full duplex.
func (w *Writer) Unwrap() http.ResponseWriter { return w.rw }

// Request is the request as the first layer passed it on.
func (w *Writer) Request() *http.Request { return &w.request }

// Begun reports whether the final header is on its way, by whomever, so that the
// answer can no longer become another one.
func (w *Writer) Begun() bool {
	return w.began || w.hijacked || w.aside != nil && w.aside.outer != nil && w.aside.outer.Begun()
}

// WriteHeader implements http.ResponseWriter. An interim status (RFC 9110
// §15.2) passes and decides nothing; 101 is final.
func (w *Writer) WriteHeader(status int) {
	switch {
	case w.sealed:
		return
	case status >= 100 && status < 200 && status != http.StatusSwitchingProtocols && !w.request.ProtoAtLeast(1, 1):
		return // RFC 9110 §15.2: never to an HTTP/1.0 client, which takes it for the answer
	case status < 200 && status != http.StatusSwitchingProtocols, status > 999,
		w.began, w.hijacked, w.holds():
		// Interim, or a mistake that net/http knows how to answer.
		if !w.holds() || status < 200 {
			w.rw.WriteHeader(status)
		}
	case status >= 400 && w.Replace != nil:
		w.errorHeader(status)
	default:
		w.begin(status)
		w.rw.WriteHeader(status)
	}
}

// begin notes that the header goes out with status, and completes it.
func (w *Writer) begin(status int) {
	w.complete()
	w.began, w.status, w.length = true, int16(status), -1
	if v := w.Header()["Content-Length"]; len(v) == 1 {
		if n, err := strconv.ParseInt(v[0], 10, 64); err == nil {
			w.length = n
		}
	}
}

// Write implements http.ResponseWriter.
func (w *Writer) Write(p []byte) (int, error) {
	if w.sealed {
		return w.discard(p), nil
	}
	if len(p) == 0 && w.holds() {
		return 0, nil // no byte yet: http.TimeoutHandler writes what it has, be it nothing
	}
	w.beginBody()
	n, err := w.rw.Write(p)
	w.wrote(int64(n), err)
	return n, err
}

// WriteString implements io.StringWriter.
func (w *Writer) WriteString(s string) (int, error) {
	sw, ok := w.rw.(io.StringWriter)
	if !ok || w.sealed || s == "" {
		return w.Write([]byte(s))
	}
	w.beginBody()
	n, err := sw.WriteString(s)
	w.wrote(int64(n), err)
	return n, err
}

// beginBody sends what has to go before the first byte of a body.
func (w *Writer) beginBody() {
	if w.holds() {
		w.release()
	}
	if !w.began && !w.hijacked {
		w.begin(http.StatusOK)
	}
}

func (w *Writer) wrote(n int64, err error) {
	if w.request.Method == http.MethodHead {
		return // there is no body to send, or to fail to: HTTP/2 says that with an error
	}
	w.written += n
	switch err {
	case nil, http.ErrBodyNotAllowed, http.ErrContentLength, http.ErrHijacked:
		// The handler's mistakes: the client gets what it was promised.
	default:
		w.failed = true
	}
}
