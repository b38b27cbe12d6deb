package middleware

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/cause"
	"github.com/apiconventions/apiconventions/problem"
)

const (
	// minSecret is the length in bytes of the shortest token that is replaced.
	minSecret = 8
	// minPart is the length in bytes of the shortest part of a token that is replaced.
	minPart = 16
	// maxSegments is the number of segments that are looked for. What follows them is
	// one more. A JWT has 3 segments, or 5 if it is encrypted (RFC 7519 §3).
	maxSegments = 16
)

// redacted is an error with the text of err, but without the token. It unwraps to its
// kind and not to err, which must not decide the response, and must not be in the log's
// [Record].
type redacted struct {
	err   error
	token string
	kind  error // ErrToken or nil
}

func (e *redacted) Error() string { return redact(cause.Text[*problem.Error](e.err), e.token) }
func (e *redacted) Unwrap() error { return e.kind }

// redact returns text with "[token]" in place of the token and its segments, and of
// their beginnings from minPart bytes on. It finds them in any percent-encoding. It takes
// time linear in the length of text.
func redact(text, token string) string {
	if len(token) < minSecret {
		return text
	}
	secrets := []string{token}
	for _, segment := range strings.SplitN(token, ".", maxSegments+1) {
		if len(segment) >= minPart && len(segment) < len(token) {
			secrets = append(secrets, segment)
		}
	}
	decoded, offsets := percentDecode(text)
	var b strings.Builder
	rest := 0 // offset in text of what is not in b yet
	for i := 0; i < len(decoded); {
		n := longestPart(decoded[i:], secrets)
		if n == 0 {
			i++
			continue
		}
		b.WriteString(text[rest:offsets[i]])
		b.WriteString("[token]")
		i += n
		rest = offsets[i]
	}
	b.WriteString(text[rest:])
	return b.String()
}

// longestPart returns the length of the longest beginning of a secret with which s begins,
// or 0 if that is too short.
func longestPart(s string, secrets []string) (longest int) {
	for _, secret := range secrets {
		n := 0
		for n < len(s) && n < len(secret) && s[n] == secret[n] {
			n++
		}
		if n >= min(minPart, len(secret)) {
			longest = max(longest, n)
		}
	}
	return longest
}

// percentDecode returns s decoded, and the offset in s of each decoded byte and of the
// end. A "%" without two hexadecimal digits stays.
func percentDecode(s string) (decoded string, offsets []int) {
	b := make([]byte, 0, len(s))
	offsets = make([]int, 0, len(s)+1)
	for i := 0; i < len(s); i++ {
		offsets = append(offsets, i)
		if i+2 < len(s) && s[i] == '%' {
			if hi, lo := hexDigit(s[i+1]), hexDigit(s[i+2]); hi >= 0 && lo >= 0 {
				b = append(b, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b), append(offsets, len(s))
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
