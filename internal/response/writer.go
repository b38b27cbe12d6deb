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

// Writer is the http.ResponseWriter that all layers share. It takes no ability
// away from the writer below and adds none: what the server cannot do is
// http.ErrNotSupported. It knows what has gone out, completes the header when it
// goes out, and makes problem documents of error responses.
//
// Its calls take turns, so that a goroutine which outlives its handler does not meet
// the layers. When the layer that made the Writer has returned it has ended: its
// methods return http.ErrHandlerTimeout, and Header an empty map. The header map is
// for one goroutine at a time, as with net/http, and one that a handler got before
// the end must not be changed after it.
type Writer struct {
	rw        http.ResponseWriter
	header    http.Header // of rw; it identifies rw, too
	calls     Calls
	deadlines Deadlines

	received  *http.Request                // by the layer that made the Writer
	request   *http.Request                // handed on by that layer
	innermost atomic.Pointer[http.Request] // handed on by the last layer; ServeMux sets its Pattern
	info      *request.Info                // of request

	outer   *Writer     // behind third-party middleware, for a Writer in front of it
	entry   http.Header // success fields that were set before the first layer
	content *content    // of the request; nil where the client cannot be sending it

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

	held      *held       // error header whose body decides what it becomes
	unsettled atomic.Bool // there is or was one, or a document is to be made

	err  error // for the log
	rare *rare // nil = nothing of it

	status  int
	length  int64 // declared Content-Length once begun; -1 = none
	written int64

	onHEAD int64 // bytes that the handler wrote on HEAD while the client was there

	began    bool // the final header has been written
	sealed   bool // a document is the response; what follows is not sent
	keepText bool // what follows is kept for the log
	hijacked bool
	flushed  bool
	failed   bool // a write to the client has failed
	late     bool // the writer below has ended: there is nothing to break off
	aborted  bool // the response cannot be completed
	returned bool // the handler has
	limited  bool // the time for reading is, to the end
}

// rare is what few responses have.
type rare struct {
	success http.Header   // fields that are for a success only
	fields  []field       // that the response carries, whatever its status
	refused []func() bool // whether the connection cannot be used again

	deprecated bool     // the route is
	refusals   []string // that layers in report-only mode would have made
	text       []byte   // beginning of an error text that is not sent, for the log
}

// rarely returns what few responses have, to add to it.
func (w *Writer) rarely() *rare {
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

// Unwrap is for http.ResponseController. The writer below is the server's, whose
// contract holds for it: it must not be used after the end.
func (w *Writer) Unwrap() http.ResponseWriter { return w.rw }

// WriteHeader implements http.ResponseWriter. An interim status (RFC 9110
// §15.2) passes and decides nothing; 101 is final.
func (w *Writer) WriteHeader(status int) {
	if w.writeHeader(status) {
		w.respond(w.documents(w.innermost.Load(), status))
	}
}

// writeHeader is WriteHeader, but for the document that takes the place of an
// error response: making it calls the service's own mapping.
func (w *Writer) writeHeader(status int) (replace bool) {
	if !w.calls.Enter() {
		return false
	}
	defer w.calls.Leave() // net/http panics for a status that is none
	switch interim := isInterim(status); {
	case w.sealed:
	case interim && !w.request.ProtoAtLeast(1, 1):
		// RFC 9110 §15.2: an HTTP/1.0 client would take it for the final response.
	case interim, status > 999 && !w.holds():
		w.rw.WriteHeader(status)
	case w.began, w.hijacked, w.holds():
		if !w.holds() {
			w.rw.WriteHeader(status) // which logs the mistake
		}
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
// below 100 is none.
func isInterim(status int) bool {
	return status < 200 && status != http.StatusSwitchingProtocols
}

// begin notes that the header goes out with status, and completes it.
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
		return 0, nil // no byte yet: http.TimeoutHandler writes what it has, be it nothing
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

// beginBody sends what has to go before the first write, of size bytes, of a body.
func (w *Writer) beginBody(size int) {
	if w.holds() {
		w.release()
	}
	if !w.began && !w.hijacked {
		if size > 0 {
			w.sniff()
		}
		w.begin(http.StatusOK)
	}
	// Asked before the write: on HTTP/2 the context ends when the header has left.
	if w.request.Method == http.MethodHead && !w.disconnected() {
		w.onHEAD += int64(size)
	}
}

// sniff sets the Content-Type that Accept has chosen where net/http would guess
// one by the first bytes. It guesses text well enough.
func (w *Writer) sniff() {
	if w.accepted == "" || len(w.header["Content-Encoding"]) > 0 {
		return
	}
	if _, typed := w.header["Content-Type"]; !typed {
		w.header["Content-Type"] = []string{w.accepted}
	}
}

// wrote notes the result of writing size bytes to the writer below, and returns
// what the handler gets.
func (w *Writer) wrote(n int, err error, size int) (int, error) {
	if w.request.Method == http.MethodHead && !w.hijacked {
		// There is no body that a write could fail to send. HTTP/2 returns an error.
		return size, nil
	}
	w.note(int64(n), err)
	return n, err
}

// note counts bytes of the body. The handler's mistakes are no failures: the
// client gets what it was promised.
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

// Observer is told what has become of a request, at its end.
type Observer interface{ End(Outcome) }

// Observe sets the observer. It reports whether there was none.
func (w *Writer) Observe(o Observer) bool {
	if !w.calls.Enter() {
		return false
	}
	defer w.calls.Leave()
	if w.observer != nil {
		return false
	}
	w.observer = o
	return true
}

// Observed reports whether the request has an observer.
func (w *Writer) Observed() bool {
	if !w.calls.Enter() {
		return false
	}
	defer w.calls.Leave()
	return w.observer != nil
}

// Deprecate says for the log that the route is deprecated.
func (w *Writer) Deprecate() {
	if outer := w.enclosing(); outer != nil && !w.Observed() {
		outer.Deprecate()
	}
	if w.calls.Enter() {
		w.rarely().deprecated = true
		w.calls.Leave()
	}
}

// ReportRefusal says for the log that a layer in report-only mode would have refused
// the request.
func (w *Writer) ReportRefusal(refusal string) { w.ReportLater()(refusal) }

// ReportLater is ReportRefusal for a layer that finds it out while the handler runs:
// the refusal stands where the layer does in the list, also in that of the Writer
// further out where this one has no observer. What it returns may be called once, from
// any goroutine.
func (w *Writer) ReportLater() func(refusal string) {
	further := func(string) {}
	if outer := w.enclosing(); outer != nil && !w.Observed() {
		further = outer.ReportLater() // this one may still get an observer
	}
	if !w.calls.Enter() {
		return further
	}
	defer w.calls.Leave()
	rare := w.rarely()
	at := len(rare.refusals)
	rare.refusals = append(rare.refusals, "")
	return func(refusal string) {
		further(refusal)
		if w.calls.Enter() {
			defer w.calls.Leave()
			rare.refusals[at] = refusal
		}
	}
}

// enclosing returns the Writer further out of the same request, behind
// http.TimeoutHandler or another third-party wrapper, or nil.
func (w *Writer) enclosing() *Writer {
	info := request.From(w.received.Context())
	if info == nil {
		return nil
	}
	outer, ok := info.Response.(*Writer)
	if !ok || outer.request.URL != w.received.URL {
		return nil // a request that is dispatched inside another one
	}
	return outer
}

// Innermost returns the request that was handed on by the last layer.
func (w *Writer) Innermost() *http.Request { return w.innermost.Load() }

// Request returns the request that was handed on by the layer that made the Writer.
func (w *Writer) Request() *http.Request { return w.request }
