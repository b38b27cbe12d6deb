package header

import (
	"iter"
	"strings"
)

// Elements yields the elements of a list field in order (RFC 9110 §5.6.1),
// without the white space around them. Empty elements are left out (§5.6.1.2).
// A comma in a quoted string does not separate elements (§5.6.4).
//
// All values together are one list (§5.3). A quoted string that is not closed ends with
// its value. Lists of entity tags have another syntax: see [AnyTag].
func Elements(values []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, value := range values {
			for {
				element, rest, ok := Next(value)
				if !ok {
					break
				}
				if !yield(element) {
					return
				}
				value = rest
			}
		}
	}
}

// Next returns the first element of one value of a list field, as [Elements] yields it,
// and what follows it. ok is false if there is none.
func Next(value string) (element, rest string, ok bool) {
	for value != "" && (value[0] == ',' || isOWS(value[0])) {
		value = value[1:]
	}
	element, rest = Cut(value, ',')
	return Trim(element), rest, value != ""
}

// Cut slices s around the first sep that is not in a quoted string (RFC 9110
// §5.6.4). Without one, before is s. A quoted string may begin anywhere in s,
// and one that is not closed ends with s.
func Cut(s string, sep byte) (before, after string) {
	// Most fields have no quotes, and IndexByte is faster than the loop.
	i := strings.IndexByte(s, sep)
	if i < 0 {
		return s, ""
	}
	if strings.IndexByte(s[:i], '"') < 0 {
		return s[:i], s[i+1:]
	}
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++ // quoted-pair
		case c == sep && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// Contains reports whether a list of directives, such as Cache-Control,
// Connection or Vary, has one of the given name, in any case and with or without
// an argument.
func Contains(values []string, name string) bool {
	for element := range Elements(values) {
		if EqualFold(directiveName(element), name) {
			return true
		}
	}
	return false
}

// directiveName returns a list element up to the first "=", ";" or white space.
func directiveName(element string) string {
	for i := 0; i < len(element); i++ {
		if c := element[i]; c == '=' || c == ';' || isOWS(c) {
			return element[:i]
		}
	}
	return element
}
