package problem

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/mediatype"
)

// Pages returns a handler that serves documentation at the URIs of the problem types: an
// index, a page for each type in [Types] and own, and openapi.json, an OpenAPI 3.1
// document of components for the $ref of the service's own document. Accept chooses
// between HTML and JSON.
//
// base is the base of the service's problem types, "" = "/problems/". The handler is
// mounted under its path, without http.StripPrefix:
//
//	mux.Handle("/problems/", problem.Pages("", outOfCredit))
//
// The pages are the same for everyone and need no token. They have an ETag, and
// If-None-Match gets a 304. They have no script and no external resource.
//
// Pages panics
//
//   - if base is not a URI reference with a path, or has a query or a fragment,
//   - if a type has no slug, status or title, or an example that cannot be marshaled,
//   - if a slug, without case and hyphens, is that of another type, the name of another
//     status ("not-found" on a 422), or "problem".
func Pages(base string, own ...*Type) http.Handler {
	if base == "" {
		base = defaultTypes
	}
	u, err := url.Parse(base)
	if err != nil || u.Path == "" || strings.ContainsAny(base, "?#") {
		panic("problem: Pages: the base has no path of its own: " + base)
	}
	if !strings.HasSuffix(base, "/") {
		base, u.Path = base+"/", u.Path+"/"
	}
	types := append(moduleTypes(), own...)
	names := map[string]int{"Problem": 0} // of components, and the status of which a type may have the name
	for _, s := range statuses {
		names[componentName(http.StatusText(s.status))] = s.status
	}
	for _, t := range types {
		if !isSlug(t.Slug) || t.Title == "" || t.Problem().status() != t.Status {
			panic("problem: Pages: a type without slug, status or title: " + t.Slug)
		}
		name := componentName(t.Slug)
		if status, taken := names[name]; taken && status != t.Status || name == "" {
			panic("problem: Pages: the slug gives the name of another component: " + t.Slug)
		}
		names[name] = 0
	}
	return &pages{path: u.Path, pages: makePages(base, types)}
}

// pages is the handler. It is not changed once it is made.
type pages struct {
	path  string
	pages map[string][]representation // by the rest of the path
}

// A representation is a page in one media type.
type representation struct {
	mediaType string
	tag       string
	body      []byte
}

func newRepresentation(mediaType string, body []byte) representation {
	sum := sha256.Sum256(append([]byte(mediaType+"\n"), body...))
	return representation{mediaType, `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`, body}
}

const (
	jsonType = "application/json"
	htmlType = "text/html; charset=utf-8"
)

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, found := strings.CutPrefix(r.URL.Path, p.path)
	representations := p.pages[name]
	if !found || representations == nil {
		Write(w, r, NotFound(nil))
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		e := Wrap(http.StatusMethodNotAllowed, nil)
		e.Header = http.Header{"Allow": {"GET, HEAD"}}
		Write(w, r, e)
		return
	}
	h := w.Header()
	h.Add("Vary", "Accept")
	offers := make([]string, len(representations))
	for i, d := range representations {
		offers[i] = d.mediaType
	}
	chosen := mediatype.Choose(r.Header["Accept"], offers)
	if chosen < 0 {
		e := Types.NotAcceptable.Problem()
		e.Extensions = map[string]any{"available": offers}
		Write(w, r, e)
		return
	}
	representations[chosen].serve(w, r)
}

// serve responds with the representation, or as the conditions of the request demand
// (RFC 9110 §13.2.2). There is no Last-Modified, and Range is ignored.
func (d representation) serve(w http.ResponseWriter, r *http.Request) {
	if values := r.Header["If-Match"]; len(values) > 0 && !lists(values, d.tag, false) {
		e := Types.PreconditionFailed.Problem()
		e.Extensions = map[string]any{"currentETag": d.tag}
		e.Header = http.Header{"Etag": {d.tag}}
		Write(w, r, e)
		return
	}
	h := w.Header()
	h.Set("ETag", d.tag)
	h.Set("Cache-Control", "no-cache")
	if lists(r.Header["If-None-Match"], d.tag, true) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", d.mediaType)
	h.Set("Content-Length", strconv.Itoa(len(d.body)))
	h.Set("X-Content-Type-Options", "nosniff")
	if d.mediaType == htmlType {
		h.Set("Content-Security-Policy", contentSecurityPolicy())
		h.Set("Referrer-Policy", "no-referrer")
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return
	}
	_, _ = w.Write(d.body)
}

// lists reports whether the tag is in a list of entity tags, or the list is "*".
// A weak comparison (RFC 9110 §8.8.3.2) lets W/ before the tag pass.
func lists(values []string, tag string, weak bool) bool {
	return header.AnyTag(values, func(element string) bool {
		return element == "*" || element == tag || weak && element == "W/"+tag
	})
}

//go:embed pages.html
var pagesHTML string

//go:embed pages.css
var pagesCSS string

// contentSecurityPolicy allows the style sheet in the page and nothing else.
func contentSecurityPolicy() string {
	sum := sha256.Sum256([]byte(pagesCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// A page is a page as the template and the JSON have it.
type page struct {
	URI     string       `json:"type"`
	Title   string       `json:"title"`
	Status  int          `json:"status"`
	Detail  string       `json:"detail"`
	Meaning string       `json:"meaning,omitempty"`
	Action  string       `json:"action,omitempty"`
	Members []pageMember `json:"members,omitempty"`
	Header  []pageMember `json:"header,omitempty"`
	Example jsonText     `json:"example"`
	Slug    string       `json:"-"`
	Phrase  string       `json:"-"`
}

type pageMember struct {
	Name    string   `json:"name"`
	Meaning string   `json:"meaning"`
	Example jsonText `json:"example"`
	Shown   string   `json:"-"`
}

// jsonText is a value in JSON.
type jsonText string

func (j jsonText) MarshalJSON() ([]byte, error) { return []byte(j), nil }

// Indented returns the value indented, for the template.
func (j jsonText) Indented() string { return strings.TrimSuffix(string(encodeIndented(j)), "\n") }

func makePages(base string, types []*Type) map[string][]representation {
	templates := template.Must(template.New("").Parse(pagesHTML))
	html := func(name string, data any) representation {
		var b bytes.Buffer
		err := templates.ExecuteTemplate(&b, name, map[string]any{"Style": template.CSS(pagesCSS), "Data": data})
		if err != nil {
			panic("problem: Pages: " + err.Error())
		}
		return newRepresentation(htmlType, b.Bytes())
	}
	pages := map[string][]representation{"openapi.json": {newRepresentation(jsonType, openAPI(base, types))}}
	var all []page
	for _, t := range types {
		p := newPage(base, t)
		all = append(all, p)
		pages[t.Slug] = []representation{newRepresentation(jsonType, encodeIndented(p)), html("type", p)}
	}
	byStatus := slices.Clone(all)
	slices.SortStableFunc(byStatus, func(p, q page) int { return p.Status - q.Status })
	pages[""] = []representation{
		newRepresentation(jsonType, encodeIndented(map[string]any{"types": byStatus, "openapi": base + "openapi.json"})),
		html("index", byStatus),
	}
	return pages
}

func newPage(base string, t *Type) page {
	p := page{
		URI: base + t.Slug, Title: t.Title, Status: t.Status, Detail: t.Problem().detail(t.Status), Meaning: t.Meaning, Action: t.Action,
		Example: jsonText(example(base, t)),
		Slug:    t.Slug, Phrase: http.StatusText(t.Status),
	}
	for _, m := range t.Members {
		value, _ := encode(m.Example) // example has encoded it
		p.Members = append(p.Members, pageMember{m.Name, m.Meaning, jsonText(value), string(value)})
	}
	for _, f := range t.Header {
		value, err := encode(f.Example)
		text, ok := f.Example.(string)
		if err != nil || !ok {
			panic("problem: Pages: the example of a header field is no string: " + f.Name)
		}
		p.Header = append(p.Header, pageMember{f.Name, f.Meaning, jsonText(value), text})
	}
	return p
}
