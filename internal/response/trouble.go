package response

import (
	"errors"
	"net/http"
	"strings"
)

// trouble is what is kept of an error. Most requests have none.
type trouble struct {
	held   *held           // an error header whose body decides what it becomes
	unsent strings.Builder // the beginning of an error text that is not sent, for the log
	text   bool            // that text is wanted
	err    error           // for the log
}

func (w *Writer) troubled() *trouble {
	if w.trouble == nil {
		w.trouble = new(trouble)
	}
	return w.trouble
}

func (w *Writer) holds() bool { return w.trouble != nil && w.trouble.held != nil }

// unhold lets go of what is held.
func (w *Writer) unhold() *held {
	if w.trouble == nil {
		return nil
	}
	h := w.trouble.held
	w.trouble.held = nil
	return h
}

// held is an error header as the handler wrote it.
type held struct {
	status int
	header http.Header
}

// Fail records an error for the log: the first one, which is the nearest to the
// cause, and after it what is not yet part of it.
func (w *Writer) Fail(err error) {
	switch t := w.troubled(); {
	case t.err == nil:
		t.err = err
	case !errors.Is(t.err, err):
		t.err = errors.Join(t.err, err)
	}
}
