// Package response holds the one http.ResponseWriter wrapper of the module.
package response

import (
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/apiconventions/apiconventions/internal/request"
)

// Writer is the http.ResponseWriter that all layers share. It has the abilities of the
// writer below: what the server cannot do returns http.ErrNotSupported. It records what
// has been sent, completes the header when it goes out, and makes problem documents of
// error responses.
//
// Its calls take turns, so that a goroutine that outlives its handler does not
// interfere with the layers. The Writer ends when the layer that made it has returned.
// From then on its methods return http.ErrHandlerTimeout, and Header an empty map. As
// with net/http, the header map is for one goroutine at a time, and must not be changed
// after the end.
type Writer struct {
	rw        http.ResponseWriter // the writer below
	header    http.Header         // of rw, which it also identifies
	calls     Calls
	deadlines Deadlines

	received  *http.Request                // by the layer that made the Writer
	request   *http.Request                // handed on by that layer
	innermost atomic.Pointer[http.Request] // handed on by the last layer; ServeMux sets its Pattern
	info      *request.Info                // of request

	outer   *Writer         // of the same request, behind a third-party wrapper; nil = none
	entry   http.Header     // success fields that were set before the first layer
	content *watchedContent // of the request; nil where the client cannot be sending it

	deadline atomic.Pointer[time.Time] // for reading, as the handler has set it; nil = it has not

	documents func(r *http.Request, status int) Document // set by Problems
	observer  Observer                                   // set by AccessLog

	// What the layers add to the header when it goes out.
	id       string   // X-Request-Id
	vary     []string // names of request fields
	varyRoom [2]string
	accepted string // Content-Type where the handler sets none
	caching  caching
	values   [3]string // of X-Request-Id, Vary and Cache-Control

	unusable func() bool // reports whether the connection cannot be used again; nil = it can

	held      *held       // error header that waits for its body; nil = none
	unsettled atomic.Bool // a header has been held, or a document has been due

	err  error // for the log
	rare *rare // nil until used

	status  int
	length  int64 // declared Content-Length once begun; -1 = none
	written int64 // bytes of the body
	onHEAD  int64 // bytes that the handler wrote on HEAD while the client was connected

	began    bool // the final header has been written
	sealed   bool // the response is a document; what the handler writes is not sent
	keepText bool // what the handler writes after that is kept for the log
	hijacked bool
	flushed  bool
	failed   bool // a write to the client has failed
	late     bool // the writer below has ended: there is nothing to break off
	aborted  bool // the response cannot be completed
	returned bool // the handler has returned
	limited  bool // the time for reading is limited until the end
}

// rare holds what few responses have.
type rare struct {
	success http.Header // fields for a success only
	fields  []field     // for every status

	deprecated bool     // the route is deprecated
	refusals   []string // of layers in report-only mode
	text       []byte   // beginning of an error text that is not sent, for the log
}

// makeRare returns w.rare, and makes it first where there is none.
func (w *Writer) makeRare() *rare {
	if w.rare == nil {
		w.rare = new(rare)
	}
	return w.rare
}

// Header implements http.ResponseWriter.
func (w *Writer) Header() http.Header {
	if w.calls.Ended() {
		return make(http.Header)
	}
	return w.header
}

// Unwrap is for http.ResponseController. The writer below must not be used after the
// end, like any writer of net/http.
func (w *Writer) Unwrap() http.ResponseWriter { return w.rw }

// WriteHeader implements http.ResponseWriter. An interim status (RFC 9110 §15.2) is
// sent at once and decides nothing. 101 is final.
func (w *Writer) WriteHeader(status int) {
	if w.writeHeader(status) {
		w.respond(w.documents(w.innermost.Load(), status))
	}
}

// writeHeader is WriteHeader without the document that replaces an error response. It
// reports whether there has to be one: to make it calls the service's own mapping, for
// which the lock must not be held.
func (w *Writer) writeHeader(status int) (replace bool) {
	if !w.calls.Enter() {
		return false
	}
	defer w.calls.Leave() // deferred: net/http panics for an invalid status
	switch interim := isInterim(status); {
	case w.sealed:
	case interim && !w.request.ProtoAtLeast(1, 1):
		// RFC 9110 §15.2: an HTTP/1.0 client would take it for the final response.
	case interim:
		w.rw.WriteHeader(status)
	case w.holds(): // a superfluous call
	case w.began, w.hijacked, status > 999:
		w.rw.WriteHeader(status) // which logs the mistake, or panics
	case status >= 400 && w.documents != nil:
		return w.writeErrorHeader(status)
	default:
		w.sendHeader(status)
	}
	return false
}

// sendHeader sends the final header.
func (w *Writer) sendHeader(status int) {
	w.begin(status)
	if w.limitReading() {
		defer w.unlimitTime()
	}
	w.rw.WriteHeader(status)
}

// isInterim reports whether another header follows one of this status. A status
// below 100, which is invalid, counts as interim: net/http panics for it.
func isInterim(status int) bool {
	return status < 200 && status != http.StatusSwitchingProtocols
}

// begin completes the header and records that it goes out with status.
func (w *Writer) begin(status int) {
	w.dropUnlessSuccess(status)
	w.complete()
	w.began, w.status, w.length = true, status, declaredLength(w.header)
}

// declaredLength returns the Content-Length in h, -1 = none.
func declaredLength(h http.Header) int64 {
	if v := h["Content-Length"]; len(v) == 1 {
		if n, err := strconv.ParseInt(v[0], 10, 64); err == nil && n >= 0 {
			return n
		}
	}
	return -1
}

// Write implements http.ResponseWriter.
func (w *Writer) Write(p []byte) (int, error) {
	if !w.calls.Enter() {
		return 0, http.ErrHandlerTimeout
	}
	defer w.calls.Leave()
	if w.sealed {
		return w.discard(p), nil
	}
	if len(p) == 0 && w.holds() {
		return 0, nil // http.TimeoutHandler writes a body even if it is empty
	}
	w.beginBody(len(p))
	if w.limitReading() {
		defer w.unlimitTime()
	}
	n, err := w.rw.Write(p)
	return w.wrote(n, err, len(p))
}

// WriteString implements io.StringWriter.
func (w *Writer) WriteString(s string) (int, error) {
	sw, ok := w.rw.(io.StringWriter)
	if !ok || s == "" {
		return w.Write([]byte(s))
	}
	if !w.calls.Enter() {
		return 0, http.ErrHandlerTimeout
	}
	defer w.calls.Leave()
	if w.sealed {
		return w.discard([]byte(s)), nil
	}
	w.beginBody(len(s))
	if w.limitReading() {
		defer w.unlimitTime()
	}
	n, err := sw.WriteString(s)
	return w.wrote(n, err, len(s))
}

// beginBody prepares for a write of size bytes of the body: it sends a held header and
// completes the header of an implicit 200.
func (w *Writer) beginBody(size int) {
	if w.holds() {
		w.release()
	}
	if !w.began && !w.hijacked {
		if size > 0 {
			w.setAccepted()
		}
		w.begin(http.StatusOK)
	}
	// Before the write, because on HTTP/2 the context ends when the header has left.
	if w.request.Method == http.MethodHead && !w.disconnected() {
		w.onHEAD += int64(size)
	}
}

// setAccepted sets the Content-Type that Accept has chosen where net/http would guess
// one from the first bytes.
func (w *Writer) setAccepted() {
	if w.accepted == "" || len(w.header["Content-Encoding"]) > 0 {
		return
	}
	if _, typed := w.header["Content-Type"]; !typed {
		w.header["Content-Type"] = []string{w.accepted}
	}
}

// wrote records the result of a write of size bytes to the writer below, and returns
// the result for the handler.
func (w *Writer) wrote(n int, err error, size int) (int, error) {
	if w.request.Method == http.MethodHead && !w.hijacked {
		// There is no body that a write could fail to send. HTTP/2 returns an error.
		return size, nil
	}
	w.note(int64(n), err)
	return n, err
}

// note counts bytes of the body and records a failure. Mistakes of the handler are no
// failures: the client gets what the header declares.
func (w *Writer) note(n int64, err error) {
	w.written += n
	switch err {
	case nil, http.ErrBodyNotAllowed, http.ErrContentLength, http.ErrHijacked:
	case http.ErrHandlerTimeout:
		w.failed, w.late = true, true
	default:
		w.failed = true
	}
}

// SetDocuments sets the function that makes the document for an error response of
// the given status.
func (w *Writer) SetDocuments(documents func(*http.Request, int) Document) {
	if w.calls.Enter() {
		w.documents = documents
		w.calls.Leave()
	}
}

// Innermost returns the request that was handed on by the last layer.
func (w *Writer) Innermost() *http.Request { return w.innermost.Load() }

// Request returns the request that was handed on by the layer that made the Writer.
func (w *Writer) Request() *http.Request { return w.request }
