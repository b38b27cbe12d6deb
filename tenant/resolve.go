package tenant

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/problem"
)

// Header is the request header field that names the tenant, unless Options say
// another one.
const Header = "X-Raet-Tenant-Id"

// ID is a tenant's id. Two ids are the same tenant if they are equal byte by
// byte.
type ID string

// Grants is what the verified token of a request allows.
type Grants struct {
	// IDs are the tenants of the token, in any order.
	IDs []ID

	// Multi says that the token is one for many tenants, for which the header is
	// mandatory, even while IDs has only one.
	Multi bool
}

// Resolve returns the tenant that a request with header h acts for, by the rule
// of the package and under the name [Header]. It is always one of g.IDs and
// never empty.
//
// The error is a *problem.Error: 400 "tenant-malformed", 400 "tenant-required"
// or 403 "tenant-not-granted". Its cause says for the log what was asked for and
// why it was refused; nothing that was sent is in the document.
//
// It allocates nothing unless it refuses.
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
	lines := h[ru.header]
	if len(lines) == 0 {
		return ru.only(g)
	}
	// RFC 9110 §5.5: white space around a value is no part of it. net/http
	// removes it on HTTP/1.1 only.
	asked := header.Trim(lines[0])
	switch {
	case len(lines) > 1:
		return "", ru.malformed(fmt.Sprintf("%d lines", len(lines)))
	case asked == "":
		return "", ru.malformed("an empty value")
	case strings.IndexByte(asked, ',') >= 0:
		// The same as two lines (RFC 9110 §5.3).
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

// only is the tenant of a request that names none.
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

// maxID is the length of the longest tenant id, and what the log gets of any.
const maxID = 64

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

// isDots reports whether s has nothing but dots, or nothing at all: as a path, "."
// and ".." would lead out of the tenant.
func isDots(s string) bool { return strings.Trim(s, ".") == "" }

func cut(s string) string {
	if len(s) > maxID {
		return s[:maxID]
	}
	return s
}

// The refusals are made anew each time: a service's own error mapping gets hold
// of them, and what it does to one is not to be seen by another request.

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
