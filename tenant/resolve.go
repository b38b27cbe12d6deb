package tenant

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/problem"
)

// Header is the default name of the request header field that names the tenant.
const Header = "X-Raet-Tenant-Id"

// ID is the id of a tenant. Two ids are the same tenant if they are equal byte by byte.
type ID string

// Grants is what the verified token of a request allows.
type Grants struct {
	// IDs are the tenants of the token, in any order.
	IDs []ID

	// Multi makes the header field mandatory, even if IDs has only one tenant: the
	// token is one for many tenants.
	Multi bool
}

// Resolve returns the tenant that a request with the header h acts for, by the rule of the
// package. The field is [Header]. The tenant is one of g.IDs and never empty.
//
// The error is a *problem.Error: 400 "tenant-malformed", 400 "tenant-required" or 403
// "tenant-not-granted". Its cause tells the log what was asked for and why it was refused.
// The document has nothing that the client sent.
//
// It allocates nothing unless it returns an error.
func Resolve(h http.Header, g Grants) (ID, error) { return defaultRule.resolve(h, g) }

// defaultRule is the rule without options.
var defaultRule = (*Options)(nil).rule()

// rule is Options, checked and ready.
type rule struct {
	header string
	hide   bool
	valid  func(string) bool
}

func (ru *rule) resolve(h http.Header, g Grants) (ID, error) {
	values := h[ru.header]
	if len(values) == 0 {
		return ru.only(g)
	}
	asked, one := header.Value(values)
	switch {
	case !one:
		return "", ru.malformed(fmt.Sprintf("%d lines", len(values)))
	case asked == "":
		return "", ru.malformed("an empty value")
	case strings.IndexByte(asked, ',') >= 0:
		// The same as two values (RFC 9110 §5.3).
		return "", ru.malformed("a list")
	case !ru.valid(asked):
		return "", ru.malformed(fmt.Sprintf("%d bytes that are no tenant id", len(asked)))
	}
	for _, id := range g.IDs {
		if string(id) == asked {
			return id, nil
		}
	}
	return "", ru.notGranted(fmt.Sprintf("%q is not one of the token's %d tenants", cut(asked), len(g.IDs)))
}

// only returns the tenant of a request that names none.
func (ru *rule) only(g Grants) (ID, error) {
	if len(g.IDs) == 0 {
		return "", ru.notGranted("the token has no tenant")
	}
	only := g.IDs[0]
	for _, id := range g.IDs {
		if id != only {
			return "", ru.required(fmt.Sprintf("the token has %d tenants", len(g.IDs)))
		}
	}
	switch {
	case g.Multi:
		return "", ru.required("the token is for many tenants")
	case !ru.valid(string(only)):
		return "", ru.notGranted(fmt.Sprintf("the token's only tenant, %q, is no tenant id", cut(string(only))))
	}
	return only, nil
}

// maxID is the length of the longest tenant id, and of the longest one in the log.
const maxID = 64

// validID is the rule of the package for tenant ids.
func validID(s string) bool {
	if len(s) > maxID || isDots(s) {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// isDots reports whether s is empty or has only dots. As a segment of a path, "." and ".."
// would lead out of the tenant.
func isDots(s string) bool { return strings.Trim(s, ".") == "" }

// cut returns s, or its beginning if it is longer than a tenant id.
func cut(s string) string {
	if len(s) > maxID {
		return s[:maxID]
	}
	return s
}

// Each refusal is a new error: a service's own error mapping may change it.

func (ru *rule) malformed(why string) error {
	e := problem.Types.TenantMalformed.Problem()
	e.Detail = ru.header + " must be one field with one tenant id."
	e.Err = fmt.Errorf("tenant: %s has %s", ru.header, why)
	return e
}

func (ru *rule) required(why string) error {
	e := problem.Types.TenantRequired.Problem()
	e.Detail = "This token needs " + ru.header + " to say which tenant the request is for."
	e.Err = fmt.Errorf("tenant: no %s: %s", ru.header, why)
	return e
}

func (ru *rule) notGranted(why string) error {
	cause := fmt.Errorf("tenant: not granted: %s", why)
	if ru.hide {
		return problem.NotFound(cause)
	}
	e := problem.Types.TenantNotGranted.Problem()
	e.Err = cause
	return e
}
