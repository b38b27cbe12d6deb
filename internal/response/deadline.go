package response

import (
	"net/http"
	"reflect"
	"sync"
	"time"
)

// Deadlines sets the deadlines of a writer until the writer ends: after the end,
// net/http panics on HTTP/2. It does not wait for [Calls], since a deadline has to bound
// the call that is inside.
type Deadlines struct {
	mu    sync.Mutex
	ended bool
}

// do calls set, unless the writer has ended.
func (d *Deadlines) do(set func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended {
		return http.ErrHandlerTimeout
	}
	return set()
}

// SetRead sets w's deadline for reading.
func (d *Deadlines) SetRead(w http.ResponseWriter, t time.Time) error {
	return d.do(func() error { return http.NewResponseController(w).SetReadDeadline(t) })
}

// SetWrite sets w's deadline for writing.
func (d *Deadlines) SetWrite(w http.ResponseWriter, t time.Time) error {
	return d.do(func() error { return http.NewResponseController(w).SetWriteDeadline(t) })
}

// EnableFullDuplex lets w read and write at the same time.
func (d *Deadlines) EnableFullDuplex(w http.ResponseWriter) error {
	return d.do(http.NewResponseController(w).EnableFullDuplex)
}

// End waits for the call that sets a deadline, if there is one, and lets no other in.
func (d *Deadlines) End() {
	d.mu.Lock()
	d.ended = true
	d.mu.Unlock()
}

// SetReadDeadline is for http.ResponseController.
func (w *Writer) SetReadDeadline(t time.Time) error {
	err := w.deadlines.SetRead(w.rw, t)
	if err == nil {
		w.deadline.Store(&t)
	}
	return err
}

// SetWriteDeadline is for http.ResponseController.
func (w *Writer) SetWriteDeadline(t time.Time) error { return w.deadlines.SetWrite(w.rw, t) }

// EnableFullDuplex is for http.ResponseController.
func (w *Writer) EnableFullDuplex() error { return w.deadlines.EnableFullDuplex(w.rw) }

// setReadDeadline sets the deadline for reading of the server's writer, which w is,
// unwraps to, or embeds. Some third-party wrappers are older than Unwrap. A recorder has a
// header map of its own, and what it records is not the response of the connection.
func setReadDeadline(w http.ResponseWriter, t time.Time) error {
	for {
		var below http.ResponseWriter
		switch w := w.(type) {
		case interface{ SetReadDeadline(time.Time) error }:
			return w.SetReadDeadline(t)
		case interface{ Unwrap() http.ResponseWriter }:
			below = w.Unwrap()
		default:
			below = embedded(w)
		}
		if below == nil || !isSameMap(w.Header(), below.Header()) {
			return http.ErrNotSupported
		}
		w = below
	}
}

var responseWriter = reflect.TypeFor[http.ResponseWriter]()

// embedded returns the http.ResponseWriter that the struct w embeds, or nil.
func embedded(w http.ResponseWriter) http.ResponseWriter {
	v := reflect.Indirect(reflect.ValueOf(w))
	if v.Kind() != reflect.Struct {
		return nil
	}
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.Anonymous && field.IsExported() && field.Type.Implements(responseWriter) {
			if inner, ok := v.Field(i).Interface().(http.ResponseWriter); ok {
				return inner
			}
		}
	}
	return nil
}
