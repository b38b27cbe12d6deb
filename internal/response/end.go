package response

import (
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
)

// Panic is the cause of the 500 that a panic becomes. It does not unwrap: whatever
// was thrown, the client gets a 500.
type Panic struct {
	Value any
	Stack []byte
}

// Error implements error.
func (p *Panic) Error() string { return fmt.Sprint("panic: ", p.Value) }

// PanicIn returns the panic that err is, wraps or joins, or nil. It is errors.As
// without reflection: most errors have none.
func PanicIn(err error) *Panic {
	for err != nil {
		switch e := err.(type) {
		case *Panic:
			return e
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, err := range e.Unwrap() {
				if p := PanicIn(err); p != nil {
					return p
				}
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}

// Returned is called when the handler of a layer has returned: an error response
// without a body becomes a document.
func (x *Exchange) Returned() {
	switch {
	case x.Writer == nil:
	case x.first:
		x.returned = true
	default:
		x.settle()
	}
}

// settle decides what a held header becomes, when the handler of a layer further in
// has returned.
func (w *Writer) settle() {
	if !w.unsettled.Load() || !w.calls.Enter() {
		return
	}
	replace := w.decide()
	status := w.status
	w.calls.Leave()
	if replace { // which calls the service's own mapping
		w.respond(w.documents(w.innermost.Load(), status))
	}
}

// End is deferred by the layer that entered the exchange. For all but the one that
// made the Writer it does nothing. That one ends the Writer, completes the
// response, or breaks off the connection, and reads on where the response came
// before the content of the request. A panic is recorded and goes on.
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

// finish ends the response when the handler has returned: net/http sends the
// header of a response without a body when the last handler has returned.
func (w *Writer) finish() {
	if w.decide() {
		w.document(w.documents(w.innermost.Load(), w.status))
	}
	if !w.began && !w.hijacked && (w.outer == nil || !w.outer.Begun()) {
		w.complete()
	}
}

// whole reports whether the client has, or will have, the whole response although
// its handler stopped here: nothing is missing of the declared length, or there is
// no body to miss.
func (w *Writer) whole() bool {
	return w.began && !w.failed && (w.documented() || w.length >= 0 && w.written == w.length ||
		w.request.Method == http.MethodHead ||
		w.status == http.StatusNoContent || w.status == http.StatusNotModified)
}

// documented reports whether a document is the response, here or behind a
// third-party wrapper: it is whole, whatever is written after it.
func (w *Writer) documented() bool {
	return w.sealed || w.outer != nil && w.outer.documented()
}

// broken reports whether the connection has to be broken off, because the client
// would otherwise take what it has for a whole response.
func (w *Writer) broken() bool { return (w.aborted || w.failed) && !w.whole() }

// breakOff prepares for the panic on which net/http breaks off the connection. An
// HTTP/1.0 client, as nginx is one to its upstreams unless told otherwise, knows the
// end of a response without a length by the end of the connection alone: it gets a
// reset.
func (w *Writer) breakOff() {
	if w.outer != nil {
		w.outer.Abort() // a recovery layer in between may swallow the panic
	}
	if w.began && !w.hijacked && w.length < 0 && w.request.ProtoMajor == 1 && w.request.ProtoMinor == 0 {
		if conn, _, err := w.hijack(); err == nil {
			reset(conn)
		}
	}
}

// reset closes a connection so that the client sees an error.
func reset(conn net.Conn) {
	if t, ok := conn.(interface{ NetConn() net.Conn }); ok { // TLS
		conn = t.NetConn()
	}
	if t, ok := conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = conn.Close()
}

// removeForm removes the files of a form that was parsed from the request that was
// handed on, as net/http does for its own.
func (w *Writer) removeForm() {
	if f := w.innermost.Load().MultipartForm; f != nil && f != w.received.MultipartForm {
		_ = f.RemoveAll()
	}
}
