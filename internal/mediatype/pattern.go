package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// A Pattern matches the media types that a route takes: one type, "image/*",
// "application/*+json" or "*/*". It demands the parameters that it has.
type Pattern struct {
	Type
	wildcard       bool   // whether the name has a "*"
	prefix, suffix string // around the "*"; both empty for "*/*"
}

// ParsePattern parses a pattern. It must not have a parameter named q, or a parameter
// twice.
func ParsePattern(s string) (p Pattern, ok bool) {
	if p.Type, ok = parseOwn(s); !ok {
		return Pattern{}, false
	}
	if p.name == "*/*" {
		p.wildcard = true
		return p, true
	}
	p.prefix, p.suffix, p.wildcard = strings.Cut(p.name, "*")
	if p.wildcard && (!strings.HasSuffix(p.prefix, "/") || p.suffix != "" && !isStructuredSuffix(p.suffix)) {
		return Pattern{}, false
	}
	return p, true
}

// isStructuredSuffix reports whether s is a suffix such as "+json" (RFC 6838
// §4.2.8).
func isStructuredSuffix(s string) bool {
	return len(s) > 1 && s[0] == '+' && !strings.Contains(s, "*")
}

// HasWildcard reports whether p matches more than one type. A field that lists media
// types, such as Accept-Patch (RFC 5789 §3.1), cannot have such a pattern.
func (p *Pattern) HasWildcard() bool { return p.wildcard }

// Match reports whether t has the type and subtype of the pattern, and all its parameters
// with equal values. Other parameters of t do not matter.
func (p *Pattern) Match(t Type) bool {
	return p.matchName(t.name) && hasAll(t.params, p.params)
}

// matchName reports whether name has the type and subtype of the pattern.
func (p *Pattern) matchName(name string) bool {
	if !p.wildcard {
		return header.EqualFold(name, p.name)
	}
	star := len(name) - len(p.prefix) - len(p.suffix) // the length of what "*" stands for
	return star > 0 && header.HasPrefixFold(name, p.prefix) && header.EqualFold(name[len(name)-len(p.suffix):], p.suffix)
}

// Verbatim reports whether a Content-Type field with the bytes of the pattern is valid and
// matches. For most requests a comparison then replaces parsing. A multipart type has to
// be parsed for its boundary.
func (p *Pattern) Verbatim() bool { return !p.wildcard && !p.IsMultipart() }
