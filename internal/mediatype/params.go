package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// A param is a parameter as it is written (RFC 9110 §5.6.6): the value is a
// token or a quoted string with its quotes. The value is "" where there is no
// "=", the name where there is nothing behind the ";" at all.
type param struct{ name, value string }

// scanParam reads the parameter whose ";" is s[i], and the white space behind
// it. next is where it ends or, if it is not ok, a place in or right behind it
// that is in no quoted string.
func scanParam(s string, i int) (p param, next int, ok bool) {
	i = skipBlanks(s, i+1)
	start := i
	i = skipToken(s, i)
	p.name = s[start:i]
	switch {
	case p.name == "":
		return p, i, true // parameters = *( OWS ";" OWS [ parameter ] )
	case i == len(s) || s[i] != '=':
		return p, skipBlanks(s, i), true
	}
	i++
	start = i
	if i < len(s) && s[i] == '"' {
		i, ok = skipQuoted(s, i)
	} else {
		i = skipToken(s, i)
		ok = i > start
	}
	p.value = s[start:i]
	return p, skipBlanks(s, i), ok
}

func skipBlanks(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	return i
}

func skipToken(s string, i int) int {
	for i < len(s) && header.IsTokenByte(s[i]) {
		i++
	}
	return i
}

// skipQuoted returns the index behind the quoted string that begins at s[i], or
// the end of s if it is not closed. ok reports whether it is one (§5.6.4).
func skipQuoted(s string, i int) (next int, ok bool) {
	ok = true
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i + 1, ok
		case c == '\\':
			if i++; i < len(s) {
				ok = ok && isText(s[i])
			}
		default:
			ok = ok && isText(c)
		}
	}
	return len(s), false
}

// isText reports whether c may stand in a quoted string (§5.6.4): a tab, a
// visible character, a blank, or obs-text.
func isText(c byte) bool { return c == '\t' || c >= ' ' && c != 0x7f }

// A cursor walks over parameters that have been read before.
type cursor struct {
	s string
	i int
}

// next returns the parameters one after the other, the empty ones left out.
func (c *cursor) next() (p param, ok bool) {
	c.i = skipBlanks(c.s, c.i)
	for c.i < len(c.s) {
		p, c.i, _ = scanParam(c.s, c.i)
		if p.name != "" {
			return p, true
		}
	}
	return param{}, false
}

// find returns the value of the first parameter of the given name.
func find(params, name string) (value string, ok bool) {
	for c := (cursor{s: params}); ; {
		switch p, more := c.next(); {
		case !more:
			return "", false
		case header.EqualFold(p.name, name):
			return p.value, true
		}
	}
}

// respells reports whether a parameter has the name in a form of mail's: name*,
// name*0, name*0* (RFC 2231 §3, §4). HTTP has no such forms (RFC 9110 §5.6.6), but
// readers that come from mail, Go's mime among them, prefer them to the name
// itself.
func respells(param, name string) bool {
	return len(param) > len(name) && param[len(name)] == '*' && header.EqualFold(param[:len(name)], name)
}

// equalValue reports whether two values of the parameter of the given name are
// equal, quoted or not (§5.6.6). What the value means decides whether its case
// matters (§8.3.1): in the names of character sets it does not (§8.3.2), in
// everything else it does, as far as anyone can know.
func equalValue(name, a, b string) bool {
	if a == b {
		return true
	}
	fold := header.EqualFold(name, "charset")
	x, y := unquoted(a), unquoted(b)
	for {
		c, more := x.next()
		d, also := y.next()
		switch {
		case more != also:
			return false
		case !more:
			return true
		case c != d && !(fold && header.Lower(c) == header.Lower(d)):
			return false
		}
	}
}

// content is what is left to read of a value, without quotes and escapes.
type content string

func unquoted(value string) content {
	if inner, quoted := strings.CutPrefix(value, `"`); quoted {
		return content(strings.TrimSuffix(inner, `"`))
	}
	return content(value)
}

func (v *content) next() (c byte, ok bool) {
	s := *v
	if s == "" {
		return 0, false
	}
	if s[0] == '\\' && len(s) > 1 { // quoted-pair (§5.6.4); a token has none
		s = s[1:]
	}
	*v = s[1:]
	return s[0], true
}
