package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// A Pattern stands for the media types that a route takes: one type, "image/*",
// "application/*+json" or "*/*". Its parameters are those that it demands.
type Pattern struct {
	Type
	wildcard       bool   // whether the name has a "*"
	prefix, suffix string // around the "*"; both empty for "*/*"
}

// ParsePattern reads a pattern. It must not have a parameter named q, nor one
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

// HasWildcard reports whether p stands for more than one type. Such a pattern is
// not a media type, and must not be in a field that lists media types
// (Accept-Patch, RFC 5789 §3.1).
func (p *Pattern) HasWildcard() bool { return p.wildcard }

// Match reports whether t has the type and subtype of the pattern, and equal
// values of all parameters that the pattern has. Other parameters of t do not
// matter.
func (p *Pattern) Match(t Type) bool {
	return p.matchName(t.name) && hasAll(t.params, p.params)
}

func (p *Pattern) matchName(name string) bool {
	if !p.wildcard {
		return header.EqualFold(name, p.name)
	}
	star := len(name) - len(p.prefix) - len(p.suffix) // the length of what "*" stands for
	return star > 0 && header.HasPrefixFold(name, p.prefix) && header.EqualFold(name[len(name)-len(p.suffix):], p.suffix)
}

// Verbatim reports whether a Content-Type field that is equal to the pattern,
// byte for byte, matches and needs no reading. Most fields are, and to compare is
// faster than to read. A multipart type needs reading: it has a boundary.
func (p *Pattern) Verbatim() bool { return !p.wildcard && !p.IsMultipart() }
