package response

import (
	"slices"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// caching is what the layers want said to caches.
type caching struct {
	credentials bool // the response depends on Authorization
	private     bool // it is for one tenant, unless the handler chose otherwise
	unnamed     bool // the request did not name a tenant: it was the token's
	noStore     bool // it is not for caches, whatever the handler chose
}

// VaryAccept adds Accept to the fields that the response depends on. A response
// without a Content-Type carries mediaType, if that is not "".
func (w *Writer) VaryAccept(mediaType string) {
	if !w.calls.Enter() {
		return
	}
	defer w.calls.Leave()
	w.addVary("Accept")
	w.accepted = mediaType
	if strings.HasPrefix(mediaType, "text/") {
		w.accepted = "" // net/http guesses text well enough
	}
}

func (w *Writer) addVary(name string) {
	if !slices.Contains(w.vary, name) {
		if w.vary == nil {
			w.vary = w.varyRoom[:0]
		}
		w.vary = append(w.vary, name)
	}
}

// VaryAuthorization says that the response depends on the credentials.
func (w *Writer) VaryAuthorization() {
	if w.calls.Enter() {
		w.caching.credentials = true
		w.calls.Leave()
	}
}

// VaryTenant makes the response private, no-cache where the handler chose nothing,
// and adds the field of the given name and the credentials to what it depends on.
// named says that the request has named the tenant in that field: what is public
// then depends on the credentials no further, unless another layer's tenant was
// theirs.
func (w *Writer) VaryTenant(name string, named bool) {
	if w.calls.Enter() {
		w.addVary(name)
		w.caching.credentials, w.caching.private = true, true
		w.caching.unnamed = w.caching.unnamed || !named
		w.calls.Leave()
	}
}

// NoStore makes the response no-store, whatever the handler chooses, with the
// Pragma that goes with it on responses that carry tokens (RFC 6749 §5.1).
func (w *Writer) NoStore() {
	if w.calls.Enter() {
		w.caching.noStore = true
		w.calls.Leave()
	}
}

// IsNoStore reports whether NoStore has been called.
func (w *Writer) IsNoStore() bool {
	if !w.calls.Enter() {
		return false
	}
	defer w.calls.Leave()
	return w.caching.noStore
}

// SetID has the response carry the request's id.
func (w *Writer) SetID(id string) {
	if w.calls.Enter() {
		w.id = id
		w.calls.Leave()
	}
}

type field struct{ name, value string }

// AddField has the response carry a value of a field, whatever its status, beside
// those that others have set.
func (w *Writer) AddField(name, value string) {
	if w.calls.Enter() {
		rare := w.rarely()
		rare.fields = append(rare.fields, field{name, value})
		w.calls.Leave()
	}
}

// CloseIf closes an HTTP/1.1 connection with the response if refused returns true
// when the header goes out.
func (w *Writer) CloseIf(refused func() bool) {
	if w.calls.Enter() {
		rare := w.rarely()
		rare.refused = append(rare.refused, refused)
		w.calls.Leave()
	}
}

// complete says in the header what the layers want said. It runs when the header
// goes out, so that nothing that the handler sets is lost, and nothing that it
// overwrites is missing.
func (w *Writer) complete() {
	h := w.header
	if w.id != "" {
		h["X-Request-Id"] = w.value(0, w.id)
	}
	if w.rare != nil {
		w.completeRare()
	}
	c := &w.caching
	control := h["Cache-Control"]
	w.completeVary(!c.noStore && header.Contains(control, "public"))
	switch {
	case c.noStore:
		h["Cache-Control"] = w.value(2, "no-store")
		h["Pragma"] = []string{"no-cache"}
	case !c.private:
	case strings.Join(control, "") == "":
		h["Cache-Control"] = w.value(2, privateNoCache)
	case isAboutFields(control):
		h["Cache-Control"] = append(slices.Clip(control), privateNoCache)
	}
}

func (w *Writer) completeRare() {
	h := w.header
	for _, f := range w.rare.fields {
		if !slices.Contains(h[f.name], f.value) {
			h[f.name] = append(slices.Clip(h[f.name]), f.value)
		}
	}
	for _, refused := range w.rare.refused {
		if w.request.ProtoMajor == 1 && refused() {
			h["Connection"] = []string{"close"}
		}
	}
}

// value returns a header value without an allocation of its own. Nobody can append
// to it in place.
func (w *Writer) value(i int, s string) []string {
	w.values[i] = s
	return w.values[i : i+1 : i+1]
}

// privateNoCache lets a browser keep a response, which it must ask about each time.
const privateNoCache = "private, no-cache"

// completeVary adds what the layers decided by to Vary, as one line: caches in use
// heed one line only. A public response may be shared between credentials (RFC 9110
// §12.5.5), unless they were what named the tenant.
func (w *Writer) completeVary(public bool) {
	var room [4]string
	names := append(room[:0], w.vary...)
	if w.caching.credentials && !(public && !w.caching.unnamed) {
		if !slices.Contains(names, "Authorization") {
			names = append(names, "Authorization")
		}
	}
	if len(names) > 0 {
		w.header["Vary"] = w.value(1, header.Vary(w.header["Vary"], names...))
	}
}

// isAboutFields reports whether all directives are about certain fields, as session
// middleware says no-cache="Set-Cookie" (RFC 9111 §5.2.2.4, §5.2.2.7): nothing has
// been chosen for the response then.
func isAboutFields(control []string) bool {
	for directive := range header.Elements(control) {
		name, _, argued := strings.Cut(directive, "=")
		if !argued || !header.EqualFold(name, "no-cache") && !header.EqualFold(name, "private") {
			return false
		}
	}
	return true
}
