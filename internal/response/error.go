package response

import (
	"maps"
	"net/http"
	"strings"
)

// held is the header of an error response as the handler wrote it, until its body
// decides what it becomes.
type held struct {
	status int
	header http.Header
}

func (w *Writer) holds() bool { return w.held != nil }

// writeErrorHeader decides what an error status becomes, and reports whether a
// document replaces it.
//
// A body with a type of its own is left to the handler. A document replaces one without
// a type, or with the header of http.Error, whose text may be err.Error(). Where there
// is a type, there may still be no body: http.ServeContent leaves the type of the
// success on a 412 without one. So the header is held until the first byte or the end.
func (w *Writer) writeErrorHeader(status int) (replace bool) {
	typed := len(w.header["Content-Type"]) > 0 && w.header["Content-Type"][0] != ""
	if !typed || isHTTPError(w.header) {
		w.seal(status)
		return true
	}
	w.held = &held{status, w.header.Clone()}
	w.unsettled.Store(true)
	return false
}

// isHTTPError reports whether h is the header that http.Error sets.
func isHTTPError(h http.Header) bool {
	return h.Get("Content-Type") == "text/plain; charset=utf-8" &&
		strings.EqualFold(h.Get("X-Content-Type-Options"), "nosniff")
}

// seal keeps the handler's body from being sent, since a document of the status replaces
// it. The beginning of the body is kept for the log, unless it is compressed.
func (w *Writer) seal(status int) {
	w.held = nil
	w.sealed, w.status = true, status
	w.unsettled.Store(true)
	w.keepText = len(w.header["Content-Encoding"]) == 0
}

// release sends the held header. As with net/http, fields that were set after
// WriteHeader can only be trailers.
func (w *Writer) release() {
	asHeld := w.held
	w.held = nil
	late := w.header.Clone()
	restore(w.header, asHeld.header)
	w.sendHeader(asHeld.status)
	for name, values := range late {
		if _, sent := w.header[name]; !sent {
			w.header[name] = values
		}
	}
}

// restore makes h equal to to.
func restore(h, to http.Header) {
	clear(h)
	maps.Copy(h, to)
}

// decide is called when the handler has returned. It reports whether a document of
// w.status has to be made: for a held header without a body, or where a goroutine that
// outlives the handler has not made the document in time. On HEAD a held header may go
// out as it is, because GET may have a body (RFC 9110 §9.3.2).
func (w *Writer) decide() (replace bool) {
	if !w.holds() {
		return w.sealed && !w.began && !w.hijacked
	}
	length := declaredLength(w.held.header)
	switch {
	case w.request.Method != http.MethodHead, length == 0:
		status := w.held.status
		restore(w.header, w.held.header)
		w.seal(status)
		return true
	case length > 0:
		w.release()
	default:
		w.sendHeadOfEither()
	}
	return false
}

// sendHeadOfEither responds to a HEAD where GET would have either the handler's content
// or a document. It leaves out the fields in which the two differ.
func (w *Writer) sendHeadOfEither() {
	status := w.held.status
	restore(w.header, w.held.header)
	w.held = nil
	resetHeader(w.header, w, status, false)
	w.header["Cache-Control"] = []string{"no-store"}
	w.sendHeader(status)
	w.sealed = true
}

// maxText is the length in bytes of the longest error text in the log.
const maxText = 1 << 10

// discard is Write after a document: p is not sent, and its beginning kept for the log.
func (w *Writer) discard(p []byte) int {
	if w.keepText {
		rare := w.makeRare()
		rare.text = append(rare.text, p[:min(len(p), maxText-len(rare.text))]...)
	}
	return len(p)
}
