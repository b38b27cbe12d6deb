package response

import (
	"slices"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// caching is what the layers tell caches about the response.
type caching struct {
	credentials bool // it depends on Authorization
	private     bool // it is for one tenant, unless the handler chose otherwise
	unnamed     bool // the request did not name the tenant, which the token has
	noStore     bool // it is not for caches, whatever the handler chose
}

// VaryAccept adds Accept to Vary. A response without a Content-Type gets mediaType,
// unless that is "".
func (w *Writer) VaryAccept(mediaType string) {
	if !w.calls.Enter() {
		return
	}
	defer w.calls.Leave()
	w.addVary("Accept")
	w.accepted = mediaType
	if strings.HasPrefix(mediaType, "text/") {
		w.accepted = "" // net/http recognizes text
	}
}

// addVary adds the name of a request field to Vary.
func (w *Writer) addVary(name string) {
	if !slices.Contains(w.vary, name) {
		if w.vary == nil {
			w.vary = w.varyRoom[:0]
		}
		w.vary = append(w.vary, name)
	}
}

// VaryAuthorization adds Authorization to Vary, unless the response is public.
func (w *Writer) VaryAuthorization() {
	if w.calls.Enter() {
		w.caching.credentials = true
		w.calls.Leave()
	}
}

// VaryTenant adds the tenant field name and Authorization to Vary, and makes the
// response private, no-cache where the handler sets nothing about caching.
//
// named reports whether the request named the tenant in that field. If it did not, a
// public response has Authorization in Vary too: the tenant is the token's.
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

// privateNoCache lets a browser store a response that it has to revalidate each time.
const privateNoCache = "private, no-cache"

// completeVary adds to Vary the request fields by which the layers decided, in one
// field line, since some caches heed only one. A public response may be shared between
// credentials (RFC 9110 §12.5.5), unless the tenant is that of the credentials.
func (w *Writer) completeVary(public bool) {
	var room [4]string
	names := append(room[:0], w.vary...)
	shared := public && !w.caching.unnamed
	if w.caching.credentials && !shared && !slices.Contains(names, "Authorization") {
		names = append(names, "Authorization")
	}
	if len(names) > 0 {
		w.header["Vary"] = w.value(1, header.Vary(w.header["Vary"], names...))
	}
}

// isAboutFields reports whether all directives are about certain fields, such as
// no-cache="Set-Cookie" of session middleware (RFC 9111 §5.2.2.4, §5.2.2.7). They
// choose nothing for the response as a whole.
func isAboutFields(control []string) bool {
	for directive := range header.Elements(control) {
		name, _, hasArgument := strings.Cut(directive, "=")
		if !hasArgument || !header.EqualFold(name, "no-cache") && !header.EqualFold(name, "private") {
			return false
		}
	}
	return true
}
