package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// HasBoundary reports whether t has exactly one boundary parameter, whose value is valid
// (RFC 2046 §5.1.1):
//
//	boundary := 0*69<bchars> bcharsnospace
//
// A second one, a form of RFC 2231 and a backslash in the value are invalid: parsers
// differ on which boundary they mean, and would find different parts in the same body.
func (t Type) HasBoundary() bool {
	found := false
	for p := range eachParam(t.params) {
		switch {
		case isExtended(p.name, "boundary"):
			return false
		case !header.EqualFold(p.name, "boundary"):
		case found || !isBoundary(unquote(p.value)):
			return false
		default:
			found = true
		}
	}
	return found
}

// isBoundary reports whether s is a boundary (RFC 2046 §5.1.1).
func isBoundary(s string) bool {
	if s == "" || len(s) > 70 || s[len(s)-1] == ' ' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isBoundaryChar(s[i]) {
			return false
		}
	}
	return true
}

// isBoundaryChar reports whether c is one of bchars (RFC 2046 §5.1.1).
func isBoundaryChar(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' ||
		strings.IndexByte("'()+_,-./:=? ", c) >= 0
}
