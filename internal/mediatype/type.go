package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// A Type is a media type as it was written: media-type = type "/" subtype
// parameters (RFC 9110 §8.3.1).
type Type struct {
	text  string
	slash int // between type and subtype
	end   int // behind the subtype
}

// Parse reads a media type, or the value of a Content-Type field.
func Parse(s string) (t Type, ok bool) {
	s = header.Trim(s)
	t.text = s
	t.slash = skipToken(s, 0)
	if t.slash == 0 || t.slash == len(s) || s[t.slash] != '/' {
		return Type{}, false
	}
	t.end = skipToken(s, t.slash+1)
	if t.end == t.slash+1 {
		return Type{}, false
	}
	for i := skipBlanks(s, t.end); i < len(s); {
		if s[i] != ';' {
			return Type{}, false
		}
		p, next, ok := scanParam(s, i)
		if !ok || p.name != "" && p.value == "" {
			return Type{}, false
		}
		i = next
	}
	return t, true
}

func (t Type) full() string   { return t.text[:t.end] }
func (t Type) typ() string    { return t.text[:t.slash] }
func (t Type) params() string { return t.text[t.end:] }

// repeats reports whether a parameter is there twice, which RFC 6838 §4.3 calls
// an error. It is for what a programmer wrote: it takes quadratic time.
func (t Type) repeats() bool {
	for c := (cursor{s: t.params()}); ; {
		p, ok := c.next()
		if !ok {
			return false
		}
		if _, again := find(c.s[c.i:], p.name); again {
			return true
		}
	}
}

// IsMultipart reports whether t is multipart/*.
func (t Type) IsMultipart() bool { return header.EqualFold(t.typ(), "multipart") }

// HasBoundary reports whether t has one boundary parameter, whose value RFC
// 2046 §5.1.1 allows:
//
//	boundary := 0*69<bchars> bcharsnospace
//
// Two of them would let two readers find different parts in one body, and so
// would one in a form of RFC 2231, and a backslash: nothing in the alphabet needs
// one, and Go's mime leaves it in the value.
func (t Type) HasBoundary() bool {
	const name = "boundary"
	found := false
	for c := (cursor{s: t.params()}); ; {
		p, more := c.next()
		switch {
		case !more:
			return found
		case respells(p.name, name):
			return false
		case !header.EqualFold(p.name, name):
		case found || strings.IndexByte(p.value, '\\') >= 0 || !isBoundary(unquoted(p.value)):
			return false
		default:
			found = true
		}
	}
}

func isBoundary(v content) bool {
	var last byte
	for n := 0; ; n++ {
		switch c, more := v.next(); {
		case !more:
			return n > 0 && last != ' '
		case n == 70 || !bchars[c]:
			return false
		default:
			last = c
		}
	}
}

// bchars is the alphabet of a boundary (RFC 2046 §5.1.1).
var bchars = func() (set [256]bool) {
	for c := '0'; c <= '9'; c++ {
		set[c] = true
	}
	for c := 'a'; c <= 'z'; c++ {
		set[c], set[c-'a'+'A'] = true, true
	}
	for _, c := range "'()+_,-./:=? " {
		set[c] = true
	}
	return set
}()
