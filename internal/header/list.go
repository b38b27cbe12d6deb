package header

import "iter"

// Next cuts the first element off a line of a list field (RFC 9110 §5.6.1),
// without the white space around it. Empty elements are passed over (§5.6.1.2);
// ok is false when no element is left. A comma inside a quoted string (§5.6.4)
// separates nothing; a string that is never closed reaches to the end of its
// line.
func Next(line string) (element, rest string, ok bool) {
	for line != "" {
		i := ElementEnd(line)
		element, rest = Trim(line[:i]), ""
		if i < len(line) {
			rest = line[i+1:]
		}
		if element != "" {
			return element, rest, true
		}
		line = rest
	}
	return "", "", false
}

// ElementEnd is the index of the first comma outside quoted strings, or the
// length of s. s begins outside of one.
func ElementEnd(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ',':
			if !quoted {
				return i
			}
		case '"':
			quoted = !quoted
		case '\\':
			if quoted {
				i++ // quoted-pair
			}
		}
	}
	return len(s)
}

// Elements yields the elements of a list field over all its lines in order, as
// if the lines were one (RFC 9110 §5.3), save that a string left open on one
// line does not swallow the next.
func Elements(lines []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range lines {
			for {
				element, rest, ok := Next(line)
				if !ok {
					break
				}
				if !yield(element) {
					return
				}
				line = rest
			}
		}
	}
}

// Contains reports whether a list of directives (Cache-Control, Connection,
// Prefer, Vary …) has one of the given name in any case, with or without an
// argument.
func Contains(lines []string, name string) bool {
	for e := range Elements(lines) {
		if EqualFold(directive(e), name) {
			return true
		}
	}
	return false
}

// directive is the name of a list element: the element up to "=", ";" or white
// space.
func directive(element string) string {
	for i := 0; i < len(element); i++ {
		switch element[i] {
		case '=', ';', ' ', '\t':
			return element[:i]
		}
	}
	return element
}
