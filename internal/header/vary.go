package header

import "strings"

// Vary returns the value of a Vary field (RFC 9110 §12.5.5) that has all that
// lines has, as it stands there, and those of names that lines has not, in any
// case. It is one line, because caches in use (nginx before 1.23) heed only one
// of several Vary lines. A "*" already says everything, and nothing is added
// to it.
//
// It takes time linear in the length of lines for each name, and allocates the
// value at most, and that only where it is not one of the strings given.
func Vary(lines []string, names ...string) string {
	if len(lines) == 0 && len(names) == 1 {
		return names[0]
	}
	var value strings.Builder
	size := 0
	for _, l := range lines {
		size += len(l) + 2
	}
	for _, n := range names {
		size += len(n) + 2
	}
	value.Grow(size)
	add := func(s string) {
		if value.Len() > 0 {
			value.WriteString(", ")
		}
		value.WriteString(s)
	}
	for _, l := range lines {
		if l != "" {
			add(l)
		}
	}
	if Contains(lines, "*") {
		return value.String()
	}
	for i, n := range names {
		if !Contains(lines, n) && !Contains(names[:i], n) {
			add(n)
		}
	}
	return value.String()
}
