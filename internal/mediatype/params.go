package mediatype

import (
	"iter"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// A param is a parameter (RFC 9110 §5.6.6). Its value is a token, or a quoted
// string with its quotes and escapes.
type param struct{ name, value string }

// eachParam yields the parameters of a media type or range, and whether each is well
// formed. params is what follows the first ";". Empty parameters are left out.
//
//	parameters = *( OWS ";" OWS [ parameter ] )
func eachParam(params string) iter.Seq2[param, bool] {
	return func(yield func(param, bool) bool) {
		for rest := params; rest != ""; {
			var part string
			part, rest = header.Cut(rest, ';')
			if part = header.Trim(part); part == "" {
				continue
			}
			p, ok := parseParam(part)
			if !yield(p, ok) {
				return
			}
		}
	}
}

// parseParam parses token "=" ( token / quoted-string ). It does without strings.Cut,
// which is slower on a field of many parameters.
func parseParam(s string) (p param, ok bool) {
	i := strings.IndexByte(s, '=')
	if i < 0 {
		return param{}, false
	}
	p = param{s[:i], s[i+1:]}
	return p, header.IsToken(p.name) && (header.IsToken(p.value) || header.IsQuotedString(p.value))
}

// paramValue returns the value of the first well-formed parameter of the given name.
func paramValue(params, name string) (value string, ok bool) {
	for p, ok := range eachParam(params) {
		if ok && header.EqualFold(p.name, name) {
			return p.value, true
		}
	}
	return "", false
}

// count returns the number of parameters of the given name.
func count(params, name string) (n int) {
	for p := range eachParam(params) {
		if header.EqualFold(p.name, name) {
			n++
		}
	}
	return n
}

// hasAll reports whether params has every parameter of wanted with an equal value. A
// parameter that params has twice must be equal both times. It must not be in a form of
// RFC 2231.
func hasAll(params, wanted string) bool {
	for w := range eachParam(wanted) {
		found := false
		for p := range eachParam(params) {
			switch {
			case isExtended(p.name, w.name):
				return false
			case !header.EqualFold(p.name, w.name):
			case !equalValues(w.name, p.value, w.value):
				return false
			default:
				found = true
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// isExtended reports whether a parameter has the given name in a form of RFC 2231: name*,
// name*0, name*0*. HTTP has no such forms (RFC 9110 §5.6.6), but parsers for mail, such as
// Go's package mime, prefer them to the plain name.
func isExtended(param, name string) bool {
	return len(param) > len(name) && param[len(name)] == '*' && header.HasPrefixFold(param, name)
}

// equalValues reports whether two values of the parameter of the given name are
// equal, quoted or not (RFC 9110 §5.6.6). Case matters, except in a charset
// (§8.3.2).
func equalValues(name, a, b string) bool {
	if a == b {
		return true
	}
	ignoreCase := header.EqualFold(name, "charset")
	a, b = unquote(a), unquote(b)
	for a != "" && b != "" {
		a, b = unescape(a), unescape(b)
		if a[0] != b[0] && !(ignoreCase && header.Lower(a[0]) == header.Lower(b[0])) {
			return false
		}
		a, b = a[1:], b[1:]
	}
	return a == b
}

// unquote removes the quotes of a quoted string, and leaves its escapes.
func unquote(value string) string {
	if value[0] == '"' {
		return value[1 : len(value)-1]
	}
	return value
}

// unescape removes the backslash of a quoted pair at the beginning of s.
func unescape(s string) string {
	if s[0] == '\\' {
		return s[1:]
	}
	return s
}
