package middleware

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/apiconventions/apiconventions/internal/layer"
)

// DeprecatedOptions configure [Deprecated]. They are read when the chain is built
// and not kept.
type DeprecatedOptions struct {
	Since  time.Time // when the route became, or will become, deprecated; required
	Sunset time.Time // when the route will stop working; zero = not known

	Info   string // URI reference of a page about the deprecation; "" = none
	Policy string // URI reference of the service's sunset policy; "" = none
}

// Deprecated announces that a route is phased out. Every response from here inwards,
// including errors and panics, has Deprecation (RFC 9745), Sunset (RFC 8594) where o has
// one, and Link (RFC 8288) with the relations "deprecation" and "sunset" for o.Info and
// o.Policy. The access line has "deprecated" ([Record].Deprecated), which tells who still
// uses the route.
//
// It panics if o.Since is zero, if o.Sunset is before it, or if o.Info or o.Policy is no
// URI reference.
func Deprecated(o DeprecatedOptions) func(http.Handler) http.Handler {
	switch {
	case o.Since.IsZero():
		panic("middleware: Deprecated without DeprecatedOptions.Since")
	case !o.Sunset.IsZero() && o.Sunset.Before(o.Since):
		panic("middleware: DeprecatedOptions.Sunset is before Since")
	}
	deprecation := "@" + strconv.FormatInt(o.Since.Unix(), 10) // RFC 9745 §2.1: a structured-field date
	var links []string
	for _, l := range [...]struct{ target, relation string }{{o.Info, "deprecation"}, {o.Policy, "sunset"}} {
		if l.target != "" {
			links = append(links, link(l.target, l.relation))
		}
	}
	l := &layer.Layer{Name: "middleware.Deprecated", Decide: func(x layer.Exchange) (*http.Request, error) {
		x.Deprecate()
		x.AddField("Deprecation", deprecation)
		if !o.Sunset.IsZero() {
			x.AddField("Sunset", o.Sunset.UTC().Format(http.TimeFormat))
		}
		for _, value := range links {
			x.AddField("Link", value)
		}
		return x.R, nil
	}}
	return l.Middleware
}

// link returns a value of Link (RFC 8288 §3).
func link(target, relation string) string {
	u, err := url.Parse(target)
	if err != nil || strings.ContainsAny(u.String(), `<>"`) {
		panic("middleware: DeprecatedOptions: no URI reference: " + target)
	}
	return "<" + u.String() + `>; rel="` + relation + `"`
}
