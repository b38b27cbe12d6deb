package etag

import "strings"

// nextTag cuts the first element off a line of If-Match or If-None-Match that
// is written like an entity tag, and passes over the others: an empty one, and
// one that is no tag matches nothing (RFC 9110 §5.6.1.2, §8.8.3). Elements end
// at a comma outside quotes; a backslash escapes nothing in a tag, and a quote
// that is never closed reaches to the end of its line. At the end tag is none.
//
// What stands between the quotes is not looked at: the tag is there to be
// compared with one that is known to be legal.
func nextTag(line string) (tag Tag, rest string) {
	for {
		i := 0
		for i < len(line) && (line[i] == ',' || line[i] == ' ' || line[i] == '\t') {
			i++
		}
		line = line[i:]
		if line == "" {
			return Tag{}, ""
		}
		open := 0
		if strings.HasPrefix(line, "W/") {
			open = len("W/")
		}
		if open < len(line) && line[open] == '"' {
			if n := strings.IndexByte(line[open+1:], '"'); n >= 0 {
				end := open + 1 + n + 1
				if rest, ok := elementEnd(line[end:]); ok {
					return Tag{line[:end]}, rest
				}
			}
		}
		line = skip(line)
	}
}

// elementEnd reports whether an element ends where s begins, and returns what
// follows.
func elementEnd(s string) (rest string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ', '\t':
		case ',':
			return s[i+1:], true
		default:
			return "", false
		}
	}
	return "", true
}

// skip passes over an element of any form.
func skip(line string) string {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				return line[i+1:]
			}
		}
	}
	return ""
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
				if _, ok := elementEnd(line[i+1:]); !ok {
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
		tag, rest := nextTag(line)
		if tag.IsZero() {
			return line == ""
		}
		if !isTag(tag.wire) || !strings.HasPrefix(line, tag.wire) {
			return false
		}
		line = rest
	}
}
