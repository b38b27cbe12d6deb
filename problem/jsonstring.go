package problem

import (
	"encoding/binary"
	"unicode/utf8"
)

// plain are the bytes that stand for themselves in a JSON string.
var plain = func() (set [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		set[c] = c != '"' && c != '\\'
	}
	return set
}()

// appendString appends s as a JSON string (RFC 8259 §7). Bytes that are no
// UTF-8 become U+FFFD, as with encoding/json.
func appendString(b []byte, s string) []byte {
	return append(appendEscaped(append(b, '"'), s), '"')
}

// appendEscaped appends what stands between the quotes of a string.
func appendEscaped(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	if verbatim(s) {
		return append(b, s...)
	}
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case plain[c]:
			i++
			continue
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			b = append(append(b, s[start:i]...), "\ufffd"...)
		case c == '"' || c == '\\':
			b = append(append(b, s[start:i]...), '\\', c)
		default:
			b = append(append(b, s[start:i]...), '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(b, s[start:]...)
}

// verbatim reports whether all of s stands for itself. It may say no to a string
// that does, never yes to one that does not. It looks at eight bytes at a time,
// because strings are most of a document: that makes the whole of Write a
// quarter faster than a look at each byte.
func verbatim(s string) bool {
	if len(s) < 8 {
		for i := 0; i < len(s); i++ {
			if !plain[s[i]] {
				return false
			}
		}
		return true
	}
	for i := 0; i < len(s)-8; i += 8 {
		if !verbatim8(s[i : i+8]) {
			return false
		}
	}
	return verbatim8(s[len(s)-8:])
}

func verbatim8(s string) bool {
	const each = 0x0101010101010101
	x := binary.LittleEndian.Uint64([]byte(s))
	// The high bit of a byte is set if the byte has it, is below the blank, is a
	// quote, or a backslash. A borrow goes only into bytes above one of these.
	return (x|(x-each*' ')|((x^each*'"')-each)|((x^each*'\\')-each))&(each*0x80) == 0
}
