package header

// tchar is the alphabet of a token (RFC 9110 §5.6.2).
var tchar = func() (set [256]bool) {
	for c := '0'; c <= '9'; c++ {
		set[c] = true
	}
	for c := 'a'; c <= 'z'; c++ {
		set[c], set[c-'a'+'A'] = true, true
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		set[c] = true
	}
	return set
}()

// IsTokenByte reports whether c may stand in a token (RFC 9110 §5.6.2).
func IsTokenByte(c byte) bool { return tchar[c] }

// IsToken reports whether s is a token (RFC 9110 §5.6.2), which is never empty.
func IsToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !tchar[s[i]] {
			return false
		}
	}
	return s != ""
}

// Trim cuts the optional white space (RFC 9110 §5.6.3: blanks and tabs, nothing
// else) off both ends of s.
func Trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// EqualFold reports whether a and b are equal but for the case of ASCII
// letters. strings.EqualFold folds Unicode as well: to it "K" (U+212A, the
// Kelvin sign) is a "k", and so a different token would pass.
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	if a == b { // as most are
		return true
	}
	for i := 0; i < len(a); i++ {
		if Lower(a[i]) != Lower(b[i]) {
			return false
		}
	}
	return true
}

// Lower is c, or the small letter of an ASCII capital.
func Lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
