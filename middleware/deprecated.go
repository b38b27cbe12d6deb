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
	Sunset time.Time // when it will be gone; zero = not known

	Info   string // URI reference of what to use instead, and how; "" = none
	Policy string // URI reference of the service's policy of sunsets; "" = none
}

// Deprecated says of a route that it is phased out: every response from here
// inwards, errors and a panic's included, has Deprecation (RFC 9745), Sunset (RFC
// 8594) where there is one, and Link (RFC 8288) with the relations "deprecation" and
// "sunset" where there are links, beside other links. The access line has
// "deprecated" ([Record].Deprecated), so that the owner sees who still calls.
//
// It panics if o.Since is zero, o.Sunset is before it, or a link is no URI reference.
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
