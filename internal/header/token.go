package header

// tchar has true for the bytes of a token (RFC 9110 §5.6.2).
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

// Token returns the token at the beginning of s, or "", and what follows it.
func Token(s string) (token, rest string) {
	i := 0
	for i < len(s) && tchar[s[i]] {
		i++
	}
	return s[:i], s[i:]
}

// IsToken reports whether s is a token (RFC 9110 §5.6.2). The empty string is not.
func IsToken(s string) bool {
	token, rest := Token(s)
	return token != "" && rest == ""
}

// EqualFold reports whether a and b are equal, ignoring the case of ASCII letters. For
// strings.EqualFold the Kelvin sign (U+212A) equals k as well.
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if Lower(a[i]) != Lower(b[i]) {
			return false
		}
	}
	return true
}

// HasPrefixFold reports whether s begins with prefix, ignoring the case of ASCII
// letters.
func HasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && EqualFold(s[:len(prefix)], prefix)
}

// Lower returns c, in lower case if it is an ASCII letter.
func Lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
