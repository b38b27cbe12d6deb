package tenant

import (
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
)

// Options configure [Require]. The zero value, like nil, is the default. They are read
// when the chain is built and not kept.
type Options struct {
	// Header is the name of the tenant field, in any case. "" is [Header].
	Header string

	// Hide makes the response 404 instead of 403: the same 404 as for a resource that
	// does not exist.
	Hide bool

	// Valid reports whether a value is a tenant id, in place of the rule of the
	// package. Under any rule the empty string, a value of dots alone and one with a
	// comma are malformed. Valid gets values of any length, and must be safe for
	// concurrent use.
	Valid func(string) bool
}

// rule checks the options and returns the rule that they make. o may be nil.
func (o *Options) rule() *rule {
	ru := &rule{header: Header, valid: validID}
	if o == nil {
		return ru
	}
	ru.hide = o.Hide
	if o.Header != "" {
		if !header.IsToken(o.Header) {
			panic("tenant: Options.Header is no field name: " + o.Header)
		}
		ru.header = http.CanonicalHeaderKey(o.Header)
		switch ru.header {
		case "Host", "Transfer-Encoding", "Trailer", "Content-Length":
			panic("tenant: Options.Header: net/http keeps " + ru.header + " elsewhere than in the header")
		}
	}
	if valid := o.Valid; valid != nil {
		ru.valid = func(id string) bool { return !isDots(id) && !strings.Contains(id, ",") && valid(id) }
	}
	return ru
}

// Require decides, by the rule of the package, which tenant a request acts for, and
// refuses the request with 400, 403 or 404 if there is none. The tenant is then in the
// context ([FromContext]), in the access log, in the lines of the request's logger, and in
// the entity tags of package etag. Inside http.TimeoutHandler it is not in the access
// line of a layer outside.
//
// grants returns the grants of the request's token, which a layer further out has
// verified, such as middleware.Bearer. It is called for every request. The response to
// its error is that of problem.Write: 500, unless the error is a problem.
//
// Every response from here inwards has the tenant field and Authorization in Vary. It is
// private, no-cache where the handler sets nothing about caching; an error document is
// no-store. The package documentation tells what public means.
//
// It panics if grants is nil, or if o.Header is no field name (RFC 9110 §5.1) or is Host,
// Transfer-Encoding, Trailer or Content-Length.
func Require(grants func(*http.Request) (Grants, error), o *Options) func(http.Handler) http.Handler {
	if grants == nil {
		panic("tenant: Require without a grants function")
	}
	ru := o.rule()
	l := &layer.Layer{Name: "tenant.Require", Kind: layer.Tenant}
	l.Decide = func(x layer.Exchange) (*http.Request, error) {
		// First, so that refusals and panics have it as well.
		x.VaryTenant(ru.header, len(x.R.Header[ru.header]) > 0)

		g, err := grants(x.R)
		if layer.Failed(err) {
			return nil, err
		}
		id, err := ru.resolve(x.R.Header, g)
		if err != nil {
			return nil, err
		}
		return request.WithTenant(x.R, string(id)), nil
	}
	return l.Middleware
}
