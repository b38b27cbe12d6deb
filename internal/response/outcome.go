package response

import (
	"errors"
	"net/http"

	"github.com/apiconventions/apiconventions/internal/header"
)

// Abort records that the client does not get the whole answer.
func (w *Writer) Abort() { w.aborted = true }

// Finish ends the answer when the handler has returned: a held error that got
// no body becomes a document, and the header of an empty answer is completed.
func (w *Writer) Finish() {
	switch {
	case w.holds() && w.request.Method == http.MethodHead:
		w.release()
	case w.holds():
		h := w.unhold()
		restore(w.Header(), h.header)
		w.replace(h.status)
	case !w.began && !w.hijacked && !w.aborted:
		w.begin(http.StatusOK) // net/http sends it when the last handler has returned
	}
}

// Whole reports whether the client has, or will have, the whole answer although
// its handler stopped here: nothing is missing of the declared length, or there
// is no body to miss.
func (w *Writer) Whole() bool {
	return w.began && (w.length >= 0 && w.written == w.length ||
		w.request.Method == http.MethodHead ||
		w.status == http.StatusNoContent || w.status == http.StatusNotModified)
}

// Broken reports whether the connection has to be broken off, because the
// client would else take what it has for a whole answer.
func (w *Writer) Broken() bool { return w.aborted && !w.Whole() }

// Outcome is what became of a request.
type Outcome struct {
	Pattern string // the route, "" = unknown
	Status  int    // as the client saw it, 0 = no header left
	Bytes   int64  // of the body
	Err     error  // the cause, nil = none
	Aborted bool   // the client or the server broke off
}

// unsent is how much of a body net/http keeps before the header leaves: the
// smaller of what HTTP/1.1 (2048) and HTTP/2 (4096) hold.
const unsent = 2048

// Outcome tells what has become of the request; panicked says that a panic is
// about to break off the connection.
func (w *Writer) Outcome(panicked bool) Outcome {
	broken := panicked || w.Broken()
	o := Outcome{
		Pattern: w.routed.Pattern,
		Status:  int(w.status),
		Bytes:   w.written,
		Aborted: broken || !w.Whole() && (w.length > w.written || w.request.Context().Err() != nil),
	}
	if t := w.trouble; t != nil {
		o.Err = t.err
		if o.Err == nil && t.unsent.Len() > 0 {
			o.Err = errors.New(t.unsent.String())
		}
	}
	switch {
	case w.hijacked && w.status == 0:
		if upgrade(w.request) {
			o.Status = http.StatusSwitchingProtocols
		}
	case broken && !w.flushed && w.written <= unsent:
		o.Status, o.Bytes = 0, 0
	}
	return o
}

// upgrade reports whether the client asked for another protocol (RFC 9110 §7.8).
func upgrade(r *http.Request) bool {
	return header.Contains(r.Header["Connection"], "upgrade") && len(r.Header["Upgrade"]) > 0
}
