package header

import "strings"

// IsQuotedString reports whether s is a quoted string, quotes included (RFC 9110
// §5.6.4).
func IsQuotedString(s string) bool {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return false
	}
	s = s[1 : len(s)-1]
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return false
		case '\\':
			if i++; i == len(s) {
				return false // the backslash escapes the closing quote
			}
		}
		if !isText(s[i]) {
			return false
		}
	}
	return true
}

// isText reports whether a quoted string may have c, escaped or not (RFC 9110 §5.6.4): a
// tab, a space, a visible character, or obs-text.
func isText(c byte) bool { return c == '\t' || c >= ' ' && c != 0x7f }

// Quote returns s as a quoted string (RFC 9110 §5.6.4). ok is false if s has a
// character that a quoted string cannot have.
func Quote(s string) (quoted string, ok bool) {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !isText(c) {
			return "", false
		}
		if c == '"' || c == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	b.WriteByte('"')
	return b.String(), true
}
