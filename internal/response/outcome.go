package response

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/apiconventions/apiconventions/internal/header"
)

// Abort records that the answer cannot be completed.
func (w *Writer) Abort() { w.aborted = true }

// Finish ends the answer when the handler has returned: a held error that got
// no body becomes a document, and the header of an empty answer is completed,
// which net/http sends when the last handler has returned.
func (w *Writer) Finish() {
	switch {
	case w.holds() && w.request.Method == http.MethodHead:
		w.release()
	case w.holds():
		h := w.unhold()
		restore(w.Header(), h.header)
		w.replace(h.status)
	case !w.Begun():
		w.complete()
	}
}

// whole reports whether the client has, or will have, the whole answer although
// its handler stopped here: nothing is missing of the declared length, or there
// is no body to miss.
func (w *Writer) whole() bool {
	return w.began && !w.failed && (w.documented() || w.length >= 0 && w.written == w.length ||
		w.request.Method == http.MethodHead ||
		w.status == http.StatusNoContent || w.status == http.StatusNotModified)
}

// documented reports whether a document is the answer, here or behind a foreign
// writer: it is whole, whatever is written after it.
func (w *Writer) documented() bool {
	return w.sealed || w.aside != nil && w.aside.outer != nil && w.aside.outer.documented()
}

// Broken reports whether the connection has to be broken off, because the
// client would else take what it has for a whole answer.
func (w *Writer) Broken() bool { return (w.aborted || w.failed) && !w.whole() }

// BreakOff breaks off the connection, by the panic that net/http has for it. An
// HTTP/1.0 client, as nginx is one to its upstreams unless told otherwise, knows
// the end of an answer without a length by the end of the connection alone: it
// gets a reset instead.
func (w *Writer) BreakOff() {
	if a := w.aside; a != nil && a.outer != nil {
		a.outer.Abort() // a recovery layer in between may swallow the panic
	}
	if w.began && !w.hijacked && w.length < 0 && w.request.ProtoMajor == 1 && w.request.ProtoMinor == 0 {
		if conn, _, err := w.Hijack(); err == nil {
			if t, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
				conn = t.NetConn()
			}
			if t, ok := conn.(*net.TCPConn); ok {
				_ = t.SetLinger(0)
			}
			_ = conn.Close()
		}
	}
	panic(http.ErrAbortHandler)
}

// Outcome is what became of a request.
type Outcome struct {
	Pattern string // the route, "" = unknown
	Status  int    // as the client saw it, 0 = no header left
	Bytes   int64  // of the body
	Err     error  // the cause, nil = none
	Aborted bool   // the client or the server broke off
	Gone    bool   // it was the client, or a server that shuts down
}

// Outcome tells what has become of the request; panicked says that a panic is
// about to break off the connection.
func (w *Writer) Outcome(panicked bool) Outcome {
	broken := panicked || w.Broken()
	// A failure that was answered when the client had gone is most likely about that.
	unseen := w.status >= 500 && w.gone()
	o := Outcome{
		Pattern: w.routed.Pattern,
		Status:  int(w.status),
		Bytes:   w.written,
		Aborted: broken || unseen || !w.whole() && (w.length >= 0 && w.length != w.written || w.gone()),
	}
	o.Gone = o.Aborted && w.gone()
	if a := w.aside; a != nil {
		o.Err = a.err
		if o.Err == nil && a.text.Len() > 0 {
			o.Err = errors.New(a.text.String())
		}
	}
	switch {
	case w.hijacked:
		// What had begun has left with that.
		if w.status == 0 && upgrade(&w.request) {
			o.Status = http.StatusSwitchingProtocols
		}
	case unseen, broken && !w.flushed && w.written <= w.buffered():
		o.Status, o.Bytes = 0, 0
	case !w.began && !broken:
		o.Status = http.StatusOK // net/http is about to send it
	}
	return o
}

func (w *Writer) gone() bool { return w.request.Context().Err() == context.Canceled }

// buffered is how much of a body net/http keeps before the header leaves.
func (w *Writer) buffered() int64 {
	if w.request.ProtoMajor == 2 {
		return 4096
	}
	return 2048
}

// upgrade reports whether the client asked for another protocol (RFC 9110 §7.8).
func upgrade(r *http.Request) bool {
	return header.Contains(r.Header["Connection"], "upgrade") && len(r.Header["Upgrade"]) > 0
}
