package conformance

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// A Service describes what the kit cannot find out by itself. It needs a Handler
// or a URL; everything else is optional, and what is not described is not
// checked. A description in a JSON file has the same fields.
type Service struct {
	// Handler is the service in this process. The kit serves it on a loopback
	// address by net/http.
	Handler http.Handler `json:"-"`

	// URL is the service elsewhere, with the prefix that all paths have, if any.
	URL string `json:"url,omitempty"`

	// HTTP2 sends all requests over HTTP/2, with prior knowledge where the URL is
	// http. Checks of what only HTTP/1.1 has are skipped.
	HTTP2 bool `json:"http2,omitempty"`

	// Proxy says that a reverse proxy stands before the service. What proxies
	// change in a request is then not checked.
	Proxy bool `json:"proxy,omitempty"`

	// Strict says that If-Match is read by the letter of RFC 9110: a failure is
	// 412 and not 409, and no tag passes to which a proxy has added something.
	Strict bool `json:"strict,omitempty"`

	// ReadOnly sends safe methods only (RFC 9110 §9.2.1).
	ReadOnly bool `json:"readOnly,omitempty"`

	// Only is a regular expression. Checks whose names it does not match are left
	// out.
	Only string `json:"only,omitempty"`

	Tokens Tokens `json:"tokens,omitzero"`

	// TenantHeader is the name of the request field that names the tenant. "" is
	// X-Raet-Tenant-Id.
	TenantHeader string `json:"tenantHeader,omitempty"`

	// Tenant is the tenant whose resources are described. OtherTenant is another
	// one, which Tokens.Multi grants and Tokens.Single does not.
	Tenant      string `json:"tenant,omitempty"`
	OtherTenant string `json:"otherTenant,omitempty"`

	// Origin is an origin whose scripts may call the service (CORS).
	Origin string `json:"origin,omitempty"`

	// Token is the request with which a client gets a token, by RFC 6749. Its
	// content is in no report.
	Token *Request `json:"token,omitempty"`

	Resources []Resource `json:"resources,omitempty"`
}

// Tokens are bearer tokens (RFC 6750). Reports have their names, $SINGLE, $MULTI
// and $UNSCOPED, and never their values.
type Tokens struct {
	Single   string `json:"single,omitempty"`   // grants Tenant alone, reads and changes
	Multi    string `json:"multi,omitempty"`    // grants several tenants
	Unscoped string `json:"unscoped,omitempty"` // grants Tenant, and may not change anything
}

// A Resource is one resource of Service.Tenant. Paths begin with "/" and may have
// a query.
type Resource struct {
	// Name is how reports call it. "" is Path.
	Name string `json:"name,omitempty"`

	Path    string `json:"path"`              // the resource, which is there
	Missing string `json:"missing,omitempty"` // a path of the same kind where nothing is
	Foreign string `json:"foreign,omitempty"` // a path of the same kind, of OtherTenant's record
	Moved   string `json:"moved,omitempty"`   // an old path, which redirects

	// Types are the media types of the resource. The first is that of a request
	// without Accept.
	Types []string `json:"types,omitempty"`

	// Ranges says that the first type is served in ranges (RFC 9110 §14).
	Ranges bool `json:"ranges,omitempty"`

	Change *Request `json:"change,omitempty"` // changes the resource
	Create *Request `json:"create,omitempty"` // makes another one like it
	Query  *Request `json:"query,omitempty"`  // queries it (RFC 10008)
}

// A Request describes a request with content. In Content, {n} stands for a
// number that is another one each time, so that two changes differ.
type Request struct {
	Method  string `json:"method,omitempty"` // "" is PUT for a change, QUERY for a query, else POST
	Path    string `json:"path,omitempty"`   // "" is the path of the resource
	Type    string `json:"type,omitempty"`
	Content string `json:"content,omitempty"`

	// Conditional says that the service refuses the change without a condition
	// (428).
	Conditional bool `json:"conditional,omitempty"`

	// Repeatable says that the service heeds Idempotency-Key.
	Repeatable bool `json:"repeatable,omitempty"`

	// Async says that the service heeds Prefer: respond-async (202).
	Async bool `json:"async,omitempty"`

	// Removable says that what the request creates can be removed with DELETE.
	Removable bool `json:"removable,omitempty"`

	// Limit is the greatest length of content in bytes that the service takes, 0
	// for unknown.
	Limit int64 `json:"limit,omitempty"`
}

// completed returns the description with its defaults, checked. It shares
// nothing with s that it changes.
func (s Service) completed() (Service, error) {
	if (s.Handler == nil) == (s.URL == "") {
		return s, errors.New("a service has a Handler or a URL")
	}
	if s.URL != "" {
		u, err := url.Parse(s.URL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" {
			return s, fmt.Errorf("%q is not the URL of a service", s.URL)
		}
		s.URL = strings.TrimSuffix(s.URL, "/")
	}
	if _, err := regexp.Compile(s.Only); err != nil {
		return s, err
	}
	s.TenantHeader = cmp.Or(s.TenantHeader, "X-Raet-Tenant-Id")
	var wrong []error
	path := func(what, p string) {
		if u, err := url.Parse(p); p != "" && (!strings.HasPrefix(p, "/") || err != nil || u.Host != "") {
			wrong = append(wrong, fmt.Errorf("%s: %q is not a path", what, p))
		}
	}
	request := func(what string, r *Request, method, p string) *Request {
		if r == nil {
			return nil
		}
		path(what, r.Path)
		c := *r
		c.Method, c.Path = cmp.Or(c.Method, method), cmp.Or(c.Path, p)
		return &c
	}
	s.Token = request("token", s.Token, http.MethodPost, "/")
	resources := make([]Resource, len(s.Resources))
	names := map[string]bool{}
	for i, r := range s.Resources {
		r.Name = cmp.Or(r.Name, r.Path)
		if r.Path == "" || names[r.Name] {
			wrong = append(wrong, fmt.Errorf("resource %d: every resource has a path and a name of its own", i+1))
		}
		names[r.Name] = true
		for _, p := range []string{r.Path, r.Missing, r.Foreign, r.Moved} {
			path(r.Name, p)
		}
		r.Change = request(r.Name, r.Change, http.MethodPut, r.Path)
		r.Create = request(r.Name, r.Create, http.MethodPost, r.Path)
		r.Query = request(r.Name, r.Query, "QUERY", r.Path)
		resources[i] = r
	}
	s.Resources = resources
	return s, errors.Join(wrong...)
}
