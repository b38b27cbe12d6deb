package response

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/apiconventions/apiconventions/internal/request"
)

// Document is a problem document (RFC 9457) that has not been sent yet.
type Document struct {
	Status int
	Header http.Header // further fields
	Body   []byte
	Err    error // for the log; nil = none beyond the status
}

// Capture is a ResponseWriter that keeps the document that [Send] would otherwise send.
type Capture struct {
	http.ResponseWriter
	Document Document
}

// Keeper is a writer of this module: the Writer, or a writer in front of it that keeps
// the response back and drops it when an error response replaces it.
type Keeper interface {
	http.ResponseWriter

	// Begun reports whether it is too late to replace the response.
	Begun() bool

	// Abort breaks off the connection when the handler has returned.
	Abort()
}

// Send responds with d, and records d.Err for the log. A response that has begun is
// broken off at the end instead.
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

// sendWithout is Send for a w that leads to no Writer.
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

// respond sends d as the whole response, or breaks off the one that has begun. What the
// handler writes after it is not sent.
func (w *Writer) respond(d Document) {
	if w.calls.Enter() {
		defer w.calls.Leave()
		w.sendDocument(d)
	}
}

// sendDocument is respond for a caller that is inside or after the end.
func (w *Writer) sendDocument(d Document) {
	if w.hasBegun() {
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

// respondThrough sends d through front, a writer that leads to w.
func (w *Writer) respondThrough(front http.ResponseWriter, d Document) {
	d.setHeader(front.Header(), w.request, w, isThirdParty(front, w))
	d.write(front, w.request)
}

// write sends the header, and the body unless the method is HEAD (RFC 9110 §9.3.2).
func (d *Document) write(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(d.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(d.Body) // a Writer has noted the failure
	}
}

// setHeader makes h the header of the document. rw and keepCoding are those of
// resetHeader.
func (d *Document) setHeader(h http.Header, r *http.Request, rw *Writer, keepCoding bool) {
	resetHeader(h, rw, d.Status, keepCoding)
	for name, values := range d.Header {
		setField(h, http.CanonicalHeaderKey(name), values)
	}
	v := [...]string{"application/problem+json", "no-store", "nosniff", strconv.Itoa(len(d.Body))} // one allocation
	h["Content-Type"], h["Cache-Control"], h["X-Content-Type-Options"] = v[0:1:1], v[1:2:2], v[2:3:3]
	// A compressor, in between or further out, changes the length.
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

// setField sets a further field of a document, unless the field is about the document
// itself or the connection. Connection: close is allowed.
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

// fail records d.Err after earlier errors. An error that no access line will have gets a
// line of its own: in a part of a batch, behind http.TimeoutHandler, or after the end.
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

// recordError records err for the observer, and reports whether there is one to get it.
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

// joined returns err and more as one error. err may be nil.
func joined(err, more error) error {
	if err == nil {
		return more
	}
	return errors.Join(err, more)
}

// Begun reports whether the final header has been written, here or by an outer Writer,
// so that no other response can take its place.
func (w *Writer) Begun() bool {
	if !w.calls.Enter() {
		return true
	}
	defer w.calls.Leave()
	return w.hasBegun()
}

// hasBegun is Begun for a caller that is inside or after the end.
func (w *Writer) hasBegun() bool {
	return w.began || w.hijacked || w.outer != nil && w.outer.Begun()
}

// Abort records that the response cannot be completed. At the end the connection is
// broken off, unless the client has the whole response.
func (w *Writer) Abort() {
	if w.calls.Enter() {
		w.aborted = true
		w.calls.Leave()
	}
}
