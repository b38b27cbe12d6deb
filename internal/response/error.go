package response

import (
	"maps"
	"net/http"
	"strings"
)

// held is the header of an error response as the handler wrote it.
type held struct {
	status int
	header http.Header
}

func (w *Writer) holds() bool { return w.held != nil }

// writeErrorHeader decides what an error status becomes, and reports whether a
// document replaces it.
//
// A body with a type is the handler's. Without a type, or with the header of
// http.Error, whose text may be err.Error(), a document takes its place. A type
// alone is no body yet: http.ServeContent leaves that of the success on a 412
// without one. So a typed header is held until the first byte, or the end,
// decides.
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

// isHTTPError reports whether h has what http.Error sets.
func isHTTPError(h http.Header) bool {
	return h.Get("Content-Type") == "text/plain; charset=utf-8" &&
		strings.EqualFold(h.Get("X-Content-Type-Options"), "nosniff")
}

// seal stops the handler's body: a document of the status takes its place. The
// beginning of the text is kept for the log, unless it is compressed.
func (w *Writer) seal(status int) {
	w.held = nil
	w.sealed, w.status = true, status
	w.unsettled.Store(true)
	w.keepText = len(w.header["Content-Encoding"]) == 0
}

// release sends a held header as it was when it was held. As with net/http, what
// was set later does not count, unless as a trailer.
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

func restore(h, to http.Header) {
	clear(h)
	maps.Copy(h, to)
}

// decide is called when the handler has returned, and reports whether a document of
// w.status has to be made. It is for a held header without a byte of a body, but on
// HEAD, where GET might have written one (RFC 9110 §9.3.2), and where a goroutine
// that outlives the handler has not made one in time.
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
		w.headOfUnknown()
	}
	return false
}

// headOfUnknown responds to a HEAD for which nothing tells whether GET would have
// the handler's content or a document: it leaves out what would differ.
func (w *Writer) headOfUnknown() {
	status := w.held.status
	restore(w.header, w.held.header)
	w.held = nil
	resetHeader(w.header, w, status, false)
	w.header["Cache-Control"] = []string{"no-store"}
	w.sendHeader(status)
	w.sealed = true
}

// maxText is the length in bytes of an error text in the log.
const maxText = 1 << 10

// discard takes what follows a document, and keeps the beginning for the log.
func (w *Writer) discard(p []byte) int {
	if w.keepText {
		rare := w.rarely()
		rare.text = append(rare.text, p[:min(len(p), maxText-len(rare.text))]...)
	}
	return len(p)
}
