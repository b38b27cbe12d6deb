package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// A Type is a media type (RFC 9110 §8.3.1).
type Type struct {
	name   string // type "/" subtype
	params string // what follows the first ";"
}

// Parse parses the value of a Content-Type field.
//
//	media-type = type "/" subtype parameters
func Parse(s string) (t Type, ok bool) {
	name, params := cut(s)
	if !isName(name) {
		return Type{}, false
	}
	for _, ok := range eachParam(params) {
		if !ok {
			return Type{}, false
		}
	}
	return Type{name, params}, true
}

// cut returns the name and the parameters of a media type or range. It checks neither. It
// does without strings.Cut, which is slower on a long Accept field.
func cut(s string) (name, params string) {
	if i := strings.IndexByte(s, ';'); i >= 0 {
		return header.Trim(s[:i]), s[i+1:]
	}
	return header.Trim(s), ""
}

// isName reports whether s is type "/" subtype.
func isName(s string) bool {
	typ, rest := header.Token(s)
	return typ != "" && rest != "" && rest[0] == '/' && header.IsToken(rest[1:])
}

// Equal reports whether t and u are the same media type. The order of parameters does not
// matter.
func (t Type) Equal(u Type) bool {
	return header.EqualFold(t.name, u.name) && hasAll(t.params, u.params) && hasAll(u.params, t.params)
}

// IsMultipart reports whether t is multipart/*.
func (t Type) IsMultipart() bool { return header.HasPrefixFold(t.name, "multipart/") }
