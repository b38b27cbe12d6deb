package response

import (
	"github.com/apiconventions/apiconventions/internal/header"
)

// caching is what the layers want said about caches on every answer of the
// route, whatever the handler sets.
type caching struct {
	names      []string // for Vary
	credential bool     // Authorization decided, too
	private    bool     // answers are not for a shared cache unless the handler chose
	noStore    bool     // answers are for no cache at all, whatever the handler chose

	room [4]string // for names

	vary, control [1]string // the header values, without an allocation of their own
}

// privateNoCache is what an answer to one tenant says where the handler says
// nothing: a browser may keep it and must ask each time.
const privateNoCache = "private, no-cache"

// Vary adds a request header field to those that the answer depends on.
func (w *Writer) Vary(name string) {
	c := &w.caching
	if name == "Authorization" {
		c.credential = true
		return
	}
	if c.names == nil {
		c.names = c.room[:0]
	}
	c.names = append(c.names, name)
}

// Private makes the answer private, no-cache where the handler chose nothing.
func (w *Writer) Private() { w.caching.private = true }

// NoStore makes the answer no-store, whatever the handler chooses, with the
// Pragma that goes with it on answers that carry tokens (RFC 6749 §5.1).
func (w *Writer) NoStore() { w.caching.noStore = true }

// complete says in the header what the layers want said. It runs when the
// header goes out, so that nothing that the handler sets is lost, and nothing
// that it overwrites is missing.
func (w *Writer) complete() {
	c := &w.caching
	if !c.credential && !c.private && !c.noStore && len(c.names) == 0 {
		return
	}
	h := w.Header()
	if c.noStore {
		c.control[0] = "no-store"
		h["Cache-Control"], h["Pragma"] = c.control[:1:1], []string{"no-cache"}
	}
	names, control := c.names, h["Cache-Control"]
	// A response that is public may be shared between credentials: that is what
	// the word asks for (RFC 9111 §5.2.2.9, RFC 9110 §12.5.5).
	if c.credential && !header.Contains(control, "public") {
		names = append(names, "Authorization")
	}
	if c.private && len(control) == 0 {
		c.control[0] = privateNoCache
		h["Cache-Control"] = c.control[:1:1]
	}
	if len(names) > 0 {
		c.vary[0] = header.Vary(h["Vary"], names...)
		h["Vary"] = c.vary[:1:1]
	}
}
