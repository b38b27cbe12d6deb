package response

import (
	"net"
	"net/http"
	"runtime/debug"
)

// Returned is called when the handler of a layer has returned, and not when it has
// panicked. An error response without a body then becomes a document.
func (x *Exchange) Returned() {
	switch {
	case x.Writer == nil:
	case x.first:
		x.returned = true
	default:
		x.settle()
	}
}

// settle decides what a held header becomes when the handler of a layer has returned
// that did not make the Writer.
func (w *Writer) settle() {
	if !w.unsettled.Load() || !w.calls.Enter() {
		return
	}
	replace := w.decide()
	status := w.status
	w.calls.Leave()
	if replace { // not inside a call: it calls the service's own mapping
		w.respond(w.documents(w.innermost.Load(), status))
	}
}

// End is deferred by each layer that entered the exchange, and does something only for
// the one that made the Writer. It ends the Writer. Then it completes the response, or
// breaks off the connection, and drains the content of a refused request. It records a
// panic and passes it on.
func (x *Exchange) End(d *Drain) {
	if !x.first {
		return
	}
	v := recover()
	w := x.Writer
	w.calls.End()
	w.deadlines.End()
	switch {
	case v == nil && w.returned:
		w.finish()
	case v == nil || v == http.ErrAbortHandler: // by identity, as net/http compares it
		w.aborted = true
	default:
		w.err = joined(w.err, &Panic{v, debug.Stack()})
	}
	broken := v != nil || w.broken()
	if broken && !w.late {
		w.breakOff()
	}
	if w.observer != nil {
		w.observer.End(w.outcome(broken || !w.returned))
	}
	w.removeForm()
	switch {
	case v != nil:
		panic(v)
	case broken && !w.late:
		panic(http.ErrAbortHandler)
	}
	w.drain(d)
}

// finish completes the response when the handler has returned. net/http then sends the
// header of a response without a body.
func (w *Writer) finish() {
	if w.decide() {
		w.sendDocument(w.documents(w.innermost.Load(), w.status))
	}
	if !w.hasBegun() {
		w.complete()
	}
}

// whole reports whether the client has, or will have, the whole response even if the
// handler stopped early: it has the declared length, or there is no body.
func (w *Writer) whole() bool {
	return w.began && !w.failed && (w.documented() || w.length >= 0 && w.written == w.length ||
		w.request.Method == http.MethodHead ||
		w.status == http.StatusNoContent || w.status == http.StatusNotModified)
}

// documented reports whether a document is the response, sent here or by an outer
// Writer. It is whole, whatever the handler writes after it.
func (w *Writer) documented() bool {
	return w.sealed || w.outer != nil && w.outer.documented()
}

// broken reports whether the connection has to be broken off, because the client
// would otherwise take what it has for a whole response.
func (w *Writer) broken() bool { return (w.aborted || w.failed) && !w.whole() }

// breakOff prepares for the panic on which net/http breaks off the connection. On
// HTTP/1.0, which nginx speaks to its upstreams by default, the end of the connection is
// the end of a response without a length. Such a client gets a reset instead.
func (w *Writer) breakOff() {
	if w.outer != nil {
		w.outer.Abort() // a recovery layer in between may recover the panic
	}
	if w.began && !w.hijacked && w.length < 0 && w.request.ProtoMajor == 1 && w.request.ProtoMinor == 0 {
		if conn, _, err := w.hijack(); err == nil {
			reset(conn)
		}
	}
}

// reset closes a connection so that the client gets an error.
func reset(conn net.Conn) {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		conn = t.NetConn()
	}
	if t, ok := conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = conn.Close()
}

// removeForm removes the files of a form that a handler parsed from a copy of the
// request. net/http does so for its own request only.
func (w *Writer) removeForm() {
	if f := w.innermost.Load().MultipartForm; f != nil && f != w.received.MultipartForm {
		_ = f.RemoveAll()
	}
}
