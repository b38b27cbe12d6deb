package response

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/apiconventions/apiconventions/internal/header"
)

// Outcome is what became of a request.
type Outcome struct {
	Request *http.Request // innermost; its context has an Info
	Status  int           // as the client saw it; 0 = no header was sent
	Bytes   int64         // of the body
	Err     error         // the cause; nil = none
	Aborted bool          // the client or the server broke off
	Gone    bool          // the client broke off, or the server is shutting down

	Deprecated  bool     // the route is deprecated
	WouldRefuse []string // by layers in report-only mode, outermost first
}

// outcome returns what became of the request. panicked reports whether a panic is about
// to break off the connection.
func (w *Writer) outcome(panicked bool) Outcome {
	broken := panicked || w.broken()
	unseen := w.unseen()
	o := Outcome{
		Request: w.innermost.Load(),
		Status:  w.status,
		Bytes:   w.written,

		Err:     w.err,
		Aborted: broken || unseen || !w.whole() && (w.length >= 0 && w.length != w.written || w.disconnected()),
	}
	o.Gone = o.Aborted && w.disconnected()
	if rare := w.rare; rare != nil {
		o.Deprecated = rare.deprecated
		o.WouldRefuse = slices.DeleteFunc(rare.refusals, func(refusal string) bool { return refusal == "" })
		if o.Err == nil && len(rare.text) > 0 {
			o.Err = errors.New(string(bytes.TrimSuffix(rare.text, []byte("\n")))) // http.Error adds one
		}
	}
	switch {
	case w.hijacked:
		// A header that had begun was sent by the hijack.
		if w.status == 0 && isUpgrade(w.request) {
			o.Status = http.StatusSwitchingProtocols
		}
	case unseen, broken && !w.left():
		o.Status, o.Bytes = 0, 0
	case !w.began && !broken:
		o.Status = http.StatusOK // net/http is about to send it
	}
	return o
}

// unseen reports whether the client disconnected before it got a response. A 5xx is then
// most likely a consequence. A 4xx is not: the client may have closed only its half of
// the connection.
func (w *Writer) unseen() bool {
	return w.disconnected() && !w.hijacked && (w.status >= 500 || w.status < 400 && !w.left())
}

// left reports whether net/http has sent the header.
func (w *Writer) left() bool { return w.flushed || w.written+w.onHEAD > w.bufferSize() }

// disconnected reports whether the request's context was canceled.
func (w *Writer) disconnected() bool { return w.request.Context().Err() == context.Canceled }

// bufferSize is the length in bytes of a body that net/http buffers before it sends the
// header.
func (w *Writer) bufferSize() int64 {
	if w.request.ProtoMajor == 2 {
		return 4096
	}
	return 2048
}

// isUpgrade reports whether the client asked for another protocol (RFC 9110 §7.8).
func isUpgrade(r *http.Request) bool {
	return header.Contains(r.Header["Connection"], "upgrade") && len(r.Header["Upgrade"]) > 0
}
