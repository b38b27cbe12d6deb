package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// A Pattern says which media types a route takes: one type, "image/*",
// "application/*+json" or "*/*", each with the parameters that it demands.
type Pattern struct {
	Type
	open        bool   // there is a "*" in it,
	front, back string // with this before and behind it; "" and "" of "*/*"
}

// ParsePattern reads a pattern. A parameter that is there twice is a mistake, and
// so is one named q, which is a weight in the Accept field of a refusal.
func ParsePattern(s string) (p Pattern, ok bool) {
	if p.Type, ok = parseOurs(s); !ok {
		return Pattern{}, false
	}
	if p.front, p.back, p.open = strings.Cut(p.full(), "*"); !p.open {
		return p, true
	}
	if p.full() == "*/*" {
		p.front, p.back = "", ""
		return p, true
	}
	suffixed := len(p.back) > 1 && p.back[0] == '+' && !strings.Contains(p.back, "*") // RFC 6838 §4.2.8
	return p, len(p.front) == p.slash+1 && (p.back == "" || suffixed)
}

// Match reports whether t is of the pattern's type and has all parameters that
// the pattern names, with equal values; one that t has twice must be equal
// twice, and none may be there in a form of RFC 2231. Other parameters of t do not
// matter.
func (p *Pattern) Match(t Type) bool {
	full, matches := t.full(), false
	if p.open {
		star := len(full) - len(p.front) - len(p.back) // the length of what it stands for
		matches = star > 0 && header.EqualFold(full[:len(p.front)], p.front) && header.EqualFold(full[len(full)-len(p.back):], p.back)
	} else {
		matches = header.EqualFold(full, p.front)
	}
	return matches && (p.end == len(p.text) || demands(p.params(), t.params()))
}

// demands reports whether params has all that wanted names.
func demands(wanted, params string) bool {
	for c := (cursor{s: wanted}); ; {
		w, more := c.next()
		if !more {
			return true
		}
		found := false
		for d := (cursor{s: params}); ; {
			p, more := d.next()
			if !more {
				break
			}
			switch {
			case respells(p.name, w.name):
				return false
			case !header.EqualFold(p.name, w.name):
			case !equalValue(p.name, p.value, w.value):
				return false
			default:
				found = true
			}
		}
		if !found {
			return false
		}
	}
}

// Verbatim reports whether a field that is to the byte what the pattern says
// needs no reading: it is a type, and no multipart, which needs a boundary.
func (p *Pattern) Verbatim() bool { return !p.open && !p.IsMultipart() }
