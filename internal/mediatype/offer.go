package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// Offer parses a media type that a server offers. It must not have a wildcard, a parameter
// named q, or a parameter twice.
func Offer(s string) (t Type, ok bool) {
	if t, ok = parseOwn(s); !ok || strings.Contains(t.name, "*") {
		return Type{}, false
	}
	return t, true
}

// parseOwn parses a media type of the service's own. It must not have white space around
// it, a parameter named q, which is a weight in an Accept field (RFC 9110 §12.5.1), or a
// parameter twice (RFC 6838 §4.3).
func parseOwn(s string) (t Type, ok bool) {
	if t, ok = Parse(s); !ok || s != header.Trim(s) {
		return Type{}, false
	}
	for p := range eachParam(t.params) {
		if isWeight(p.name) || count(t.params, p.name) > 1 {
			return Type{}, false
		}
	}
	return t, true
}
