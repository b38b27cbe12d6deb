package response

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/apiconventions/apiconventions/internal/request"
)

// Document is an error response: a problem document (RFC 9457), made but not yet
// sent.
type Document struct {
	Status int
	Header http.Header // further fields
	Body   []byte
	Err    error // for the log; nil = the status says it all
}

// Capture is a ResponseWriter that [Send] gives a document to, instead of sending
// it.
type Capture struct {
	http.ResponseWriter
	Document Document
}

// Keeper is a writer of this module: the Writer, or one that stands before it and
// keeps a response back, and takes it back when an error takes its place. Begun
// reports whether it is too late for that, and Abort has the connection broken off
// when the handler has returned.
type Keeper interface {
	http.ResponseWriter
	Begun() bool
	Abort()
}

// Send responds with d. Where the response has begun it is left as it is, and
// broken off at the end; d.Err is logged all the same.
func Send(w http.ResponseWriter, r *http.Request, d Document) {
	if c, ok := w.(*Capture); ok {
		c.Document = d
		return
	}
	rw := Of(w, r)
	if rw == nil {
		sendWithout(w, r, d)
		return
	}
	rw.fail(d)
	switch {
	case w == http.ResponseWriter(rw):
		rw.respond(d)
	case rw.Begun():
		rw.Abort()
	default:
		rw.respondThrough(w, d)
	}
}

// sendWithout responds to a request of which no Writer knows.
func sendWithout(w http.ResponseWriter, r *http.Request, d Document) {
	if info := request.From(r.Context()); d.Err != nil && info != nil {
		if logger, ok := info.Logger.Get(); ok {
			logger.Fail(r.Context(), d.Status, d.Err)
		}
	}
	if k, ok := w.(Keeper); ok && k.Begun() {
		k.Abort()
		return
	}
	d.setHeader(w.Header(), r, nil, true)
	d.write(w, r)
}

// respond sends the document as the whole response, or breaks off the one that has
// begun. What the handler writes after it is not sent.
func (w *Writer) respond(d Document) {
	if w.calls.Enter() {
		defer w.calls.Leave()
		w.document(d)
	}
}

func (w *Writer) document(d Document) {
	if w.began || w.hijacked || w.outer != nil && w.outer.Begun() {
		w.aborted = true
		return
	}
	w.held = nil
	d.setHeader(w.header, w.request, w, false)
	w.begin(d.Status)
	w.limited = w.limitReading() // to the end: nothing but the document is sent
	w.rw.WriteHeader(d.Status)
	if w.request.Method != http.MethodHead {
		n, err := w.rw.Write(d.Body)
		w.note(int64(n), err)
	}
	w.sealed = true
}

// respondThrough sends the document through the third-party writer front, which
// leads to w.
func (w *Writer) respondThrough(front http.ResponseWriter, d Document) {
	d.setHeader(front.Header(), w.request, w, isThirdParty(front, w))
	d.write(front, w.request)
}

// write sends header and body. On HEAD the body is left out (RFC 9110 §9.3.2).
func (d *Document) write(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(d.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(d.Body) // a Writer has noted the failure
	}
}

// setHeader makes h the header of the document.
func (d *Document) setHeader(h http.Header, r *http.Request, rw *Writer, keepCoding bool) {
	resetHeader(h, rw, d.Status, keepCoding)
	for name, values := range d.Header {
		setField(h, http.CanonicalHeaderKey(name), values)
	}
	v := [...]string{"application/problem+json", "no-store", "nosniff", strconv.Itoa(len(d.Body))} // one allocation
	h["Content-Type"], h["Cache-Control"], h["X-Content-Type-Options"] = v[0:1:1], v[1:2:2], v[2:3:3]
	// A compressor, in between or outside, changes the length.
	if len(h["Content-Encoding"]) > 0 {
		delete(h, "Content-Length")
	} else {
		h["Content-Length"] = v[3:]
	}
	if (d.Status == http.StatusRequestEntityTooLarge || d.Status == http.StatusRequestTimeout) && r.ProtoMajor == 1 {
		// As net/http does for content that it does not read (RFC 9110 §15.5.9, §15.5.14).
		h["Connection"] = []string{"close"}
	}
}

// setField sets a further field. What describes the document, and the
// connection, is not an error's to say.
func setField(h http.Header, name string, values []string) {
	switch name {
	case "Vary", "Set-Cookie":
		h[name] = append(slices.Clip(h[name]), values...)
	case "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Trailer", "X-Request-Id":
	case "Connection":
		if len(values) == 1 && values[0] == "close" {
			h[name] = []string{"close"}
		}
	default:
		h[name] = slices.Clone(values)
	}
}

// Fail records an error for the log.
func (w *Writer) Fail(status int, err error) { w.fail(Document{Status: status, Err: err}) }

// fail records d.Err, behind what is there. Where no access line will have it, in
// a part of a batch, behind http.TimeoutHandler or after the end, it gets a line of
// its own.
func (w *Writer) fail(d Document) {
	switch {
	case d.Err == nil || w.recordError(d.Err):
	case w.outer != nil:
		w.outer.fail(d)
	default:
		if logger, ok := w.info.Logger.Get(); ok {
			logger.Fail(w.request.Context(), d.Status, d.Err)
		}
	}
}

// recordError reports whether the observer will get err.
func (w *Writer) recordError(err error) bool {
	if !w.calls.Enter() {
		return false
	}
	defer w.calls.Leave()
	if w.observer != nil {
		w.err = joined(w.err, err)
	}
	return w.observer != nil
}

func joined(err, more error) error {
	if err == nil {
		return more
	}
	return errors.Join(err, more)
}

// Begun reports whether the final header is on its way, by whomever, so that the
// response can no longer become another one.
func (w *Writer) Begun() bool {
	if !w.calls.Enter() {
		return true
	}
	defer w.calls.Leave()
	return w.began || w.hijacked || w.outer != nil && w.outer.Begun()
}

// Abort records that the response cannot be completed.
func (w *Writer) Abort() {
	if w.calls.Enter() {
		w.aborted = true
		w.calls.Leave()
	}
}
