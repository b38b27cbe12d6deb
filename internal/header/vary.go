package header

import "strings"

// Vary returns the value of a Vary field (RFC 9110 §12.5.5) that has what the
// given lines have, and those of names, which differ, that they lack. Nothing is added to "*",
// which includes every name.
//
// The value is for a single field line: nginx before 1.23 obeys only one.
func Vary(lines []string, names ...string) string {
	if len(lines) == 0 {
		return strings.Join(names, ", ")
	}
	list := make([]string, 0, 8)
	for _, line := range lines {
		if line != "" {
			list = append(list, line)
		}
	}
	if Contains(list, "*") {
		names = nil
	}
	for _, name := range names {
		if !Contains(list, name) {
			list = append(list, name)
		}
	}
	return strings.Join(list, ", ")
}
