package tenant

import (
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
)

// Options change the rule for one route or service. The zero value, like nil,
// is the default. They are read when the chain is built and not kept.
type Options struct {
	// Header is the name of the request header field, in any case. "" is
	// [Header].
	Header string

	// Hide answers 404 for what would be 403: the same 404 as for all that is
	// not there.
	Hide bool

	// Valid replaces the rule of what a tenant id is. It is never asked about an
	// empty value, dots alone or a value with a comma, which are malformed under any
	// rule, and is asked about values of any length. It must be safe for concurrent use.
	Valid func(string) bool
}

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

// Require lets a request through for the one tenant that it acts for, by the
// rule of the package, and refuses it else (400, 403 or 404) before the next
// handler. The tenant is then in the context ([FromContext]), in the access log
// and in the lines of the request's logger, and in the entity tags of package
// etag. It is not in the access line where somebody between that layer and
// Require answers by a writer of his own, as http.TimeoutHandler does.
//
// grants says what the request's token allows, as verified by a layer further
// out: middleware.Bearer, usually. It is asked first, and problem.Write answers
// its error as it is: 500, unless it is a problem.
//
// Every answer from here inwards, whoever gives it, has the tenant header and
// Authorization in Vary, and Cache-Control: private, no-cache where the handler
// says nothing, but for error documents, which are no-store; see the package on
// caches and on what public means.
//
// It panics if grants is nil, or o.Header is no field name (RFC 9110 §5.1) or one of
// Host, Transfer-Encoding, Trailer and Content-Length.
func Require(grants func(*http.Request) (Grants, error), o *Options) func(http.Handler) http.Handler {
	if grants == nil {
		panic("tenant: Require without a grants function")
	}
	ru := o.rule()
	l := &layer.Layer{Name: "tenant.Require", Kind: layer.Tenant}
	l.Decide = func(x layer.Exchange) (*http.Request, error) {
		// First of all, so that refusals and panics have it, too.
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
