package middleware

import (
	"net/http"
	"slices"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/mediatype"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/problem"
)

// ContentType lets a request with content through, before the handler, when its
// Content-Type is one of types: a media type ("application/json"), all of a type
// ("image/*"), all with a structured suffix ("application/*+json", of which
// application/json is none), or anything that is a media type ("*/*"). Type and
// subtype have no case. Parameters of the request do not matter unless the entry
// names them: "text/csv;charset=utf-8" demands that one, quoted or not; values
// have case, but for those of charset.
//
// Everything else is refused:
//
//   - 415 "unsupported-media-type" (RFC 9110 §15.5.16) when the type is not in
//     the list, or there is none. The list is in Accept-Patch for PATCH (RFC 5789
//     §2.2, without patterns), in Accept-Query for QUERY (RFC 10008 §3), in Accept for
//     other methods, and in the document's member "accept".
//   - 415 with Accept-Encoding: identity, and without the other two (RFC 9110
//     §12.5.3), when the content has a Content-Encoding other than identity. A
//     layer that decodes belongs outside and takes the field out of the request.
//   - 400 "invalid-request" on QUERY without a Content-Type (RFC 10008 §2), also
//     without content; when there are two Content-Type lines, or the one is
//     malformed (RFC 9110 §8.3.1), or it is multipart without the boundary that
//     RFC 2046 §5.1.1 demands, or with one that readers read differently: twice,
//     in a form of RFC 2231 (boundary*), or with a backslash.
//
// A request without content is not checked, whatever its Content-Type: one with
// Content-Length 0, without a body, with a body that turns out to be empty, or a
// CONNECT, also that of a WebSocket over HTTP/2 (RFC 8441).
//
// Where the length is unknown, and the request would be refused otherwise, the layer
// looks for a first byte, for one second: what comes later is content. It does not
// look where the client waits for a 100 (Continue), which HTTP/1.1 tells. Nothing
// else of the body is read: what the content really is remains for the handler to
// see.
//
// It panics if types is empty, or one of them is malformed or has a parameter named
// q.
func ContentType(types ...string) func(http.Handler) http.Handler {
	if len(types) == 0 {
		panic("middleware: ContentType without a media type")
	}
	c := newContentTypes(slices.Clone(types))
	l := &layer.Layer{Name: "middleware.ContentType"}
	l.Check = func(w http.ResponseWriter, r *http.Request) (*http.Request, error) {
		if hasContent(r) {
			err := c.check(r.Method, r.Header["Content-Type"], r.Header["Content-Encoding"])
			if err == nil {
				return r, nil
			}
			if next, empty := peek(r); !empty {
				return next, err
			}
		}
		if r.Method == request.MethodQuery && len(r.Header["Content-Type"]) == 0 {
			return r, invalidContentType("QUERY needs a Content-Type.") // RFC 10008 §2
		}
		return r, nil
	}
	l.Report = func(x layer.Exchange) (*http.Request, error) { return l.Check(x.W, x.R) }
	return l.Middleware
}

// contentTypes is what a route takes.
type contentTypes struct {
	types    []string
	patterns []mediatype.Pattern
	verbatim []string // of types, those that match themselves to the byte

	accept      string
	acceptPatch string // media types; a pattern is none (RFC 5789 §2.2)
	acceptQuery string // RFC 10008 §3
}

func newContentTypes(types []string) *contentTypes {
	c := &contentTypes{types: types, patterns: make([]mediatype.Pattern, len(types)), accept: strings.Join(types, ", ")}
	for i, t := range types {
		p, ok := mediatype.ParsePattern(t)
		if !ok {
			panic("middleware: ContentType: not a media type: " + t)
		}
		c.patterns[i] = p
		if p.Verbatim() {
			c.verbatim = append(c.verbatim, t)
		}
	}
	var concrete []string
	for i, p := range c.patterns {
		if !p.HasWildcard() {
			concrete = append(concrete, types[i])
		}
	}
	c.acceptPatch = strings.Join(concrete, ", ")
	c.acceptQuery = mediatype.AcceptQuery(c.patterns)
	return c
}

// check returns why content with these fields is refused, or nil.
func (c *contentTypes) check(method string, types, codings []string) error {
	if len(types) == 1 && len(codings) == 0 && slices.Contains(c.verbatim, types[0]) {
		return nil // as most are: what needs no reading is not read
	}
	switch len(types) {
	case 0:
		if method == request.MethodQuery {
			return invalidContentType("QUERY needs a Content-Type.") // RFC 10008 §2
		}
		return c.unsupported(method)
	case 1:
	default:
		return invalidContentType("There must be one Content-Type.")
	}
	switch t, ok := mediatype.Parse(types[0]); {
	case !ok:
		return invalidContentType("The Content-Type is malformed.")
	case !c.match(t):
		return c.unsupported(method)
	case t.IsMultipart() && !t.HasBoundary():
		return invalidContentType("A multipart Content-Type needs one boundary of 1 to 70 allowed characters.")
	case encoded(codings):
		return unsupported("Accept-Encoding", "identity", "The content must not have a Content-Encoding.", nil)
	}
	return nil
}

// unsupported is the 415 for a type that is not taken.
func (c *contentTypes) unsupported(method string) error {
	field, value := "Accept", c.accept
	switch method {
	case http.MethodPatch:
		field, value = "Accept-Patch", c.acceptPatch
	case request.MethodQuery:
		field, value = "Accept-Query", c.acceptQuery
	}
	return unsupported(field, value, "", map[string]any{"accept": slices.Clone(c.types)})
}

func unsupported(field, value, detail string, extensions map[string]any) error {
	e := problem.Types.UnsupportedMediaType.Problem()
	if detail != "" {
		e.Detail = detail
	}
	e.Extensions = extensions
	if value != "" {
		e.Header = http.Header{field: {value}}
	}
	return e
}

func invalidContentType(detail string) error {
	e := problem.Invalid()
	e.Detail = detail
	return e
}

func (c *contentTypes) match(t mediatype.Type) bool {
	for i := range c.patterns {
		if c.patterns[i].Match(t) {
			return true
		}
	}
	return false
}

// encoded reports whether there is a content coding. Identity is none.
func encoded(lines []string) bool {
	for coding := range header.Elements(lines) {
		if !header.EqualFold(coding, "identity") {
			return true
		}
	}
	return false
}
