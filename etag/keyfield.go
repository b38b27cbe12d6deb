package etag

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// maxKey is the length of the longest idempotency key.
const maxKey = 255

// parseKey parses the value of Idempotency-Key: a structured-field string
// (draft-ietf-httpapi-idempotency-key-header-06 §2.1, RFC 9651 §3.3.3) of visible ASCII,
// or the same characters without quotes, as many clients send a UUID. Parameters are
// ignored. A list is no key.
func parseKey(value string) (key string, ok bool) {
	key, rest, ok := cutKey(header.Trim(value))
	return key, ok && key != "" && len(key) <= maxKey && isParameters(rest)
}

// cutKey returns the key at the beginning of s, and what follows it.
func cutKey(s string) (key, rest string, ok bool) {
	quoted, isQuoted := strings.CutPrefix(s, `"`)
	if !isQuoted {
		end := 0
		for end < len(s) && isBare(s[end]) {
			end++
		}
		return s[:end], s[end:], true
	}
	var b strings.Builder
	for i := 0; i < len(quoted) && b.Len() <= maxKey; i++ {
		switch c := quoted[i]; {
		case c == '"':
			return b.String(), quoted[i+1:], true
		case c == '\\':
			if i++; i == len(quoted) || quoted[i] != '"' && quoted[i] != '\\' {
				return "", "", false
			}
			b.WriteByte(quoted[i])
		case c > ' ' && c < 0x7f:
			b.WriteByte(c)
		default:
			return "", "", false
		}
	}
	return "", "", false
}

// isBare reports whether c may stand in a key without quotes.
func isBare(c byte) bool {
	return c > ' ' && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\'
}

// isParameters reports whether s is empty or parameters (RFC 9651 §3.1.2).
func isParameters(s string) bool {
	rest, begins := strings.CutPrefix(s, ";")
	if !begins {
		return s == ""
	}
	for {
		parameter, more := header.Cut(rest, ';')
		name, value, hasValue := strings.Cut(strings.TrimLeft(parameter, " "), "=")
		switch {
		case !header.IsStructuredKey(name), hasValue && !header.IsQuotedString(value) && !isBareItem(value):
			return false
		case len(parameter) == len(rest):
			return true
		}
		rest = more
	}
}

// isBareItem reports whether s may be the value of a parameter without quotes.
func isBareItem(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isBare(s[i]) {
			return false
		}
	}
	return s != ""
}
