package response

import (
	"maps"
	"net/http"
	"strings"
)

// textLimit bounds what is kept for the log of an error text that is not sent.
const textLimit = 1 << 10

// errorHeader decides what an error status becomes. A body that the handler
// typed is the handler's own. Without a type, or with that of http.Error, whose
// text may be err.Error(), a document takes its place. A type alone is no body
// yet: whoever set it may have meant it for the success, as a handler does that
// then calls http.ServeContent and gets its bodyless 412; so the header is held
// until the first byte, or the end, decides. On HEAD no byte ever comes, and a
// declared type or length stands for the body.
func (w *Writer) errorHeader(status int) {
	h := w.Header()
	typed := len(h["Content-Type"]) > 0 && h["Content-Type"][0] != ""
	sized := len(h["Content-Length"]) > 0 && h["Content-Length"][0] != "0"
	if fromHTTPError(h) || !typed && !(sized && w.request.Method == http.MethodHead) {
		w.replace(status)
		return
	}
	w.putAside().held = &held{status, h.Clone()}
}

// fromHTTPError knows the two headers that http.Error sets.
func fromHTTPError(h http.Header) bool {
	return h.Get("Content-Type") == "text/plain; charset=utf-8" &&
		strings.EqualFold(h.Get("X-Content-Type-Options"), "nosniff")
}

// replace lets the document take the place of the answer that the handler is
// about to write.
func (w *Writer) replace(status int) {
	w.unhold()
	w.putAside().log = len(w.Header()["Content-Encoding"]) == 0 // compressed, it tells the log nothing
	w.Replace(w, status)
	w.sealed = true
}

// release sends a held header as it was when it was held. As with net/http, what
// was set later does not count, unless as a trailer.
func (w *Writer) release() {
	asHeld := w.unhold()
	h := w.Header()
	late := h.Clone()
	restore(h, asHeld.header)
	w.begin(asHeld.status)
	w.rw.WriteHeader(asHeld.status)
	h = w.Header()
	for k, v := range late {
		if _, sent := h[k]; !sent {
			h[k] = v
		}
	}
}

func restore(h, to http.Header) {
	clear(h)
	maps.Copy(h, to)
}

// Document writes a whole answer in one piece. What the handler writes after it
// is not sent. On HEAD the body is left out (RFC 9110 §9.3.2).
func (w *Writer) Document(status int, body []byte) {
	w.unhold()
	w.begin(status)
	w.rw.WriteHeader(status)
	if w.request.Method != http.MethodHead {
		n, err := w.rw.Write(body)
		w.wrote(int64(n), err)
	}
	w.sealed = true
}

// discard takes what follows a document, and keeps the beginning for the log.
func (w *Writer) discard(p []byte) int {
	if a := w.aside; a != nil && a.log {
		a.text.Write(p[:min(len(p), textLimit-a.text.Len())])
	}
	return len(p)
}
