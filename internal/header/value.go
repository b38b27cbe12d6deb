package header

// Value returns the value of a field that is not a list, without the white space around
// it (RFC 9110 §5.5), which net/http removes on HTTP/1.1 but not on HTTP/2. ok is false
// unless there is exactly one value.
func Value(values []string) (value string, ok bool) {
	if len(values) != 1 {
		return "", false
	}
	return Trim(values[0]), true
}

// Trim removes optional white space, spaces and tabs, from both ends of s (RFC
// 9110 §5.6.3). strings.TrimSpace removes more.
func Trim(s string) string {
	for s != "" && isOWS(s[0]) {
		s = s[1:]
	}
	for s != "" && isOWS(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func isOWS(c byte) bool { return c == ' ' || c == '\t' }
