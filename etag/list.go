package etag

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/request"
)

// A wanted tag is what is looked for in the lines of If-Match or If-None-Match.
type wanted struct {
	front   string // how it begins, from the quote on; with the closing quote if it has to be just that
	weak    bool   // W/ before it does not matter
	variant bool   // front is open: the representation does not matter
	coded   bool   // nor does the mark of a compressor at the end
}

// listed reports whether the tag is an element of one of the lines. Elements
// end at a comma outside quotes; a backslash escapes nothing in a tag (RFC 9110
// §8.8.3), and a quote that is never closed reaches to the end of its line. An
// element that is no tag matches nothing.
func (t wanted) listed(lines []string) bool {
	for _, line := range lines {
		if t.in(line) {
			return true
		}
	}
	return false
}

// in searches for the tag first and looks at the list around it then: nearly
// all elements are others, and need not be read. It is one if it begins outside
// quotes, behind a comma, and ends before one.
func (t wanted) in(line string) bool {
	for {
		at := index(line, t.front)
		if at < 0 {
			return false
		}
		quoted := strings.Count(line[:at], `"`)%2 == 1
		if !quoted && t.begins(line[:at]) && t.ends(line[at+len(t.front):]) {
			return true
		}
		line = nextElement(line[at+1:], !quoted) // behind the quote
	}
}

// index is strings.Index for what differs from most of s soon after the quote
// that it begins with, of which s is full: a few bytes of it are looked for at a
// time, in windows that strings.Index goes through with vector instructions and
// without stopping at each quote. Ten tags take a fifth less time that way (46
// for 56 ns); a thousand, which nobody sends, half as long again.
func index(s, front string) int {
	const window, enough = 64, 8
	key := front[:min(len(front), enough)]
	for at := 0; ; {
		end := min(at+window, len(s))
		switch i := strings.Index(s[at:end], key); {
		case i >= 0 && strings.HasPrefix(s[at+i:], front):
			return at + i
		case i >= 0:
			at += i + 1
		case end == len(s):
			return -1
		default:
			at = end - len(key) + 1
		}
	}
}

// nextElement is what follows the element in the middle of which s begins.
func nextElement(s string, quoted bool) string {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				return s[i+1:]
			}
		}
	}
	return ""
}

// begins reports whether a tag begins behind s, which ends outside quotes.
func (t wanted) begins(s string) bool {
	if n := len(s); n >= 2 && s[n-2:] == "W/" {
		if !t.weak {
			return false
		}
		s = s[:n-2]
	}
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case ' ', '\t':
		case ',':
			return true
		default:
			return false
		}
	}
	return true
}

// ends reports whether the tag of which front has been read ends in s, and its
// element with it.
func (t wanted) ends(s string) bool {
	if t.variant {
		if n := len(variantMark) + request.DigestSize; len(s) > n && qualified(s[:n], variantMark) {
			s = s[n:]
		}
		if t.coded {
			s = s[len(coderMark(s, strings.HasPrefix)):]
		}
		if s == "" || s[0] != '"' {
			return false
		}
		s = s[1:]
	}
	return elementEnds(s)
}

// elementEnds reports whether an element ends where s begins.
func elementEnds(s string) bool {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ', '\t':
		case ',':
			return true
		default:
			return false
		}
	}
	return true
}

// isAny reports whether the value of If-Match or If-None-Match is "*" (RFC 9110
// §13.1.1, §13.1.2), which is not a member of a list: beside anything else it
// means nothing. One that a proxy has doubled is one.
func isAny(lines []string) bool {
	found := false
	for _, line := range lines {
		for i := 0; i < len(line); i++ {
			switch line[i] {
			case ' ', '\t', ',':
			case '*':
				if !elementEnds(line[i+1:]) {
					return false
				}
				found = true
			default:
				return false
			}
		}
	}
	return found
}

// wellFormed reports whether line is a list of entity tags and nothing else.
func wellFormed(line string) bool {
	const separators = ", \t"
	for {
		line = strings.TrimLeft(line, separators)
		if line == "" {
			return true
		}
		open := strings.IndexByte(line, '"') + 1
		end := open + strings.IndexByte(line[open:], '"') + 1
		if open == 0 || end == open || !isTag(line[:end]) || !elementEnds(line[end:]) {
			return false
		}
		line = line[end:]
	}
}
