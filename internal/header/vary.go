package header

import "strings"

// Vary returns the values of a Vary field (RFC 9110 §12.5.5) as one value, and adds those
// of names that they lack. It adds nothing to "*", which includes every name. No two
// names are equal.
//
// The result is one value because nginx before 1.23 heeds only one field line.
func Vary(values []string, names ...string) string {
	if len(values) == 0 {
		return strings.Join(names, ", ")
	}
	list := make([]string, 0, 8)
	for _, value := range values {
		if value != "" {
			list = append(list, value)
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
