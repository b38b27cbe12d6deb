package mediatype

import "strings"

// A Pattern says which media types a route takes: one type, "image/*",
// "application/*+json" or "*/*", each with the parameters that it demands.
type Pattern struct {
	Type
	suffix string // of the subtype, with its "+"
	any    anyPart
}

type anyPart uint8

const (
	exact anyPart = iota
	anySuffixed
	anySubtype
	anyType
)

// ParsePattern reads a pattern. A parameter that is there twice is a mistake, and
// so is one named q, which is a weight in the Accept field of a refusal.
func ParsePattern(s string) (p Pattern, ok bool) {
	t, ok := Parse(s)
	if !ok || len(t.text) != len(s) || t.repeats() {
		return Pattern{}, false
	}
	if _, weighted := find(t.params(), "q"); weighted {
		return Pattern{}, false
	}
	p.Type = t
	switch typ, sub := t.typ(), t.subtype(); {
	case typ == "*" && sub == "*":
		p.any = anyType
		return p, true
	case strings.Contains(typ, "*"):
		return Pattern{}, false
	case sub == "*":
		p.any = anySubtype
		return p, true
	case strings.HasPrefix(sub, "*+"):
		p.any, p.suffix = anySuffixed, sub[1:]
		return p, len(p.suffix) > 1 && !strings.Contains(p.suffix, "*")
	default:
		return p, !strings.Contains(sub, "*")
	}
}

// Match reports whether t is of the pattern's type and has all parameters that
// the pattern names, with equal values; one that t has twice must be equal
// twice, and none may be there in a form of RFC 2231. Other parameters of t do not
// matter.
func (p *Pattern) Match(t Type) bool {
	switch p.any {
	case exact:
		if !equalFold(p.full(), t.full()) {
			return false
		}
	case anySuffixed: // RFC 6838 §4.2.8
		sub := t.subtype()
		n := len(sub) - len(p.suffix)
		if n <= 0 || !equalFold(sub[n:], p.suffix) || !equalFold(p.typ(), t.typ()) {
			return false
		}
	case anySubtype:
		if !equalFold(p.typ(), t.typ()) {
			return false
		}
	}
	return p.end == len(p.text) || demands(p.params(), t.params())
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
			case !equalFold(p.name, w.name):
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
func (p *Pattern) Verbatim() bool { return p.any == exact && !p.IsMultipart() }
