package response

import (
	"net/http"
	"slices"
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

// varyLine is what the layers so far decide by, as one line, with and without
// Authorization.
type varyLine struct {
	before        *varyLine
	names         []string // the last one is Authorization
	with, without string
}

// undecided is the line before the first layer.
var undecided = &varyLine{names: []string{"Authorization"}, with: "Authorization"}

func (v *Vary) after(before *varyLine) *varyLine {
	if l := v.last.Load(); l != nil && l.before == before {
		return l
	}
	decided := len(before.names) - 1
	names := slices.Concat(before.names[:decided], []string{v.name}, before.names[decided:])
	l := &varyLine{
		before:  before,
		names:   names,
		with:    header.Vary(nil, names...),
		without: header.Vary(nil, names[:decided+1]...),
	}
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
	own, names := w.vary.without, w.vary.names[:len(w.vary.names)-1]
	if w.credentials && !public {
		own, names = w.vary.with, w.vary.names
	}
	if own == "" {
		return
	}
	theirs, size := h["Vary"], 0
	for _, line := range theirs {
		size += len(line)
	}
	switch {
	case size > mergedVary:
		// The header of an answer without a byte is completed by each layer.
		if theirs[len(theirs)-1] != own {
			h["Vary"] = append(theirs[:len(theirs):len(theirs)], own)
		}
		return
	case len(theirs) > 0:
		own = header.Vary(theirs, names...)
	}
	w.values[0] = own
	h["Vary"] = w.values[0:1:1]
}
