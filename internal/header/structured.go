package header

// StructuredString returns s as a String of a structured field (RFC 9651
// §4.1.6). ok is false if s has a character that is not printable ASCII.
func StructuredString(s string) (item string, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return "", false
		}
	}
	return Quote(s)
}

// IsStructuredKey reports whether s may be the key of a parameter in a
// structured field (RFC 9651 §3.1.2).
func IsStructuredKey(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', c == '*':
		case i > 0 && ('0' <= c && c <= '9' || c == '_' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return s != ""
}
