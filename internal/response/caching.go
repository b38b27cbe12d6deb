package response

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// privateNoCache is what an answer to one tenant says where the handler says
// nothing: a browser may keep it and must ask each time.
const privateNoCache = "private, no-cache"

// Private makes the answer private, no-cache where the handler chose nothing.
func (w *Writer) Private() { w.private = true }

// NoStore makes the answer no-store, whatever the handler chooses, with the
// Pragma that goes with it on answers that carry tokens (RFC 6749 §5.1).
func (w *Writer) NoStore() { w.noStore = true }

// IsNoStore reports whether NoStore has been called.
func (w *Writer) IsNoStore() bool { return w.noStore }

// complete says in the header what the layers want said. It runs when the
// header goes out, so that nothing that the handler sets is lost, and nothing
// that it overwrites is missing.
func (w *Writer) complete() {
	if w.echoed {
		w.Header()["X-Request-Id"] = w.State.IDLines()
	}
	if a := w.aside; a != nil && a.refused != nil && a.refused.Load() && w.request.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
	if !w.credentials && !w.private && !w.noStore && w.vary == undecided {
		return
	}
	h := w.Header()
	control := h["Cache-Control"]
	// A response that is public may be shared between credentials: that is what
	// the word asks for (RFC 9111 §5.2.2.9, RFC 9110 §12.5.5).
	public := !w.noStore && header.Contains(control, "public")
	w.setVary(h, public)
	switch {
	case w.noStore:
		w.values[1] = "no-store"
		h["Pragma"] = []string{"no-cache"}
	case w.private && strings.Join(control, "") == "":
		w.values[1] = privateNoCache
	case w.private && aboutFields(control):
		h["Cache-Control"] = append(control[:len(control):len(control)], privateNoCache)
		return
	default:
		return
	}
	h["Cache-Control"] = w.values[1:2:2]
}

// aboutFields reports whether all that is said is about certain fields of the
// answer, as session layers say no-cache="Set-Cookie" (RFC 9111 §5.2.2.4,
// §5.2.2.7): nothing has been chosen for the answer then.
func aboutFields(control []string) bool {
	for directive := range header.Elements(control) {
		name, _, argued := strings.Cut(directive, "=")
		if !argued || !header.EqualFold(name, "no-cache") && !header.EqualFold(name, "private") {
			return false
		}
	}
	return true
}
