package response

import (
	"net/http"
	"sync/atomic"

	"github.com/apiconventions/apiconventions/internal/header"
)

// Vary is a request header field that a layer decides by. It is made with the
// chain, and safe for concurrent use.
//
// Caches in use heed one line of Vary only, so the names of all layers go out
// as one. The layers of a route come in the same order each time: each one
// remembers the line that it has last made of the one before, which saves every
// request an allocation.
type Vary struct {
	name string
	last atomic.Pointer[varyLine]
}

// NewVary is for a layer that decides by the field of the given name.
func NewVary(name string) *Vary { return &Vary{name: name} }

// varyLine is the value of a Vary field, with and without Authorization.
type varyLine struct {
	before        *varyLine
	names         []string
	with, without string
}

func (v *Vary) after(before *varyLine) *varyLine {
	if l := v.last.Load(); l != nil && l.before == before {
		return l
	}
	l := &varyLine{before: before}
	if before != nil {
		l.names = append(l.names, before.names...)
	}
	l.names = append(l.names, v.name)
	l.without = header.Vary(nil, l.names...)
	l.with = header.Vary([]string{l.without}, "Authorization")
	v.last.Store(l)
	return l
}

// Vary adds v to the fields that the answer depends on.
func (w *Writer) Vary(v *Vary) { w.vary = v.after(w.vary) }

// VaryAuthorization says that the answer depends on the credentials, unless it
// is public.
func (w *Writer) VaryAuthorization() { w.credentials = true }

// mergedVary is the length in bytes up to which the Vary that the handler and
// others have set is made one line with ours. A longer one is in no use, for it
// does not pass a proxy (nginx reads 4 or 8 KiB of header), and costs no copy.
const mergedVary = 4 << 10

// setVary completes Vary by the fields that the layers decided by.
func (w *Writer) setVary(h http.Header, public bool) {
	theirs, size := h["Vary"], 0
	for _, line := range theirs {
		size += len(line)
	}
	if size > mergedVary {
		// The header of an answer without a byte is completed by each layer.
		if own := w.varyOn(nil, public); own != "" && theirs[len(theirs)-1] != own {
			h["Vary"] = append(theirs[:len(theirs):len(theirs)], own)
		}
		return
	}
	if line := w.varyOn(theirs, public); line != "" {
		w.values[0] = line
		h["Vary"] = w.values[0:1:1]
	}
}

// varyOn is their line with our names, or "" if there are none.
func (w *Writer) varyOn(theirs []string, public bool) (line string) {
	credentials := w.credentials && !public
	switch {
	case w.vary == nil && !credentials:
		return ""
	case len(theirs) == 0 && w.vary == nil:
		return "Authorization"
	case len(theirs) == 0 && credentials:
		return w.vary.with
	case len(theirs) == 0:
		return w.vary.without
	}
	var names []string
	if w.vary != nil {
		names = append(names, w.vary.names...)
	}
	if credentials {
		names = append(names, "Authorization")
	}
	return header.Vary(theirs, names...)
}
