package response

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
)

// aside is what most requests do without.
type aside struct {
	outer *Writer     // the one that logs, where a foreign writer stands between
	entry http.Header // the success headers that were set before the first layer

	content *content     // of the request, where it may be left unread
	refused *atomic.Bool // whether it was too long; set by whoever reads it

	held *held           // an error header whose body decides what it becomes
	text strings.Builder // the beginning of an error text that is not sent, for the log
	log  bool            // that text is wanted
	err  error           // for the log
}

func (w *Writer) putAside() *aside {
	if w.aside == nil {
		w.aside = new(aside)
	}
	return w.aside
}

func (w *Writer) holds() bool { return w.aside != nil && w.aside.held != nil }

// unhold lets go of what is held.
func (w *Writer) unhold() *held {
	if w.aside == nil {
		return nil
	}
	h := w.aside.held
	w.aside.held = nil
	return h
}

// held is an error header as the handler wrote it.
type held struct {
	status int
	header http.Header
}

// Fail records an error for the log, behind those before it. Where no access
// line will tell it, in a part of a batch or behind http.TimeoutHandler, it gets
// a line of its own.
func (w *Writer) Fail(status int, err error) {
	a := w.putAside()
	switch {
	case a.outer != nil:
		a.outer.Fail(status, err)
	case !w.Logged && w.State.Logger != nil:
		w.State.Logger.Fail(&w.State, status, err)
	case a.err == nil:
		a.err = err
	default:
		a.err = errors.Join(a.err, err)
	}
}

// hadAtEntry reports whether a success header was set before the first layer.
func (w *Writer) hadAtEntry(key string) bool { return w.aside != nil && len(w.aside.entry[key]) > 0 }

// CloseIf closes an HTTP/1.1 connection with the answer if refused is set by the
// time its header goes out.
func (w *Writer) CloseIf(refused *atomic.Bool) { w.putAside().refused = refused }
