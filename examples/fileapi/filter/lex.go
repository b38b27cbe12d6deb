package filter

import (
	"strings"
	"unicode/utf8"
)

// token is a word, a text without its quotes, or one of ( ) , — and "" at the end.
type token struct {
	text     string
	quoted   bool
	position int
}

func (t token) is(s string) bool { return !t.quoted && t.text == s }

// word reports whether t is the word w in any letter case.
func (t token) word(w string) bool { return !t.quoted && strings.EqualFold(t.text, w) }

type lexer struct {
	rest     string
	position int
}

// take cuts n bytes off the rest.
func (l *lexer) take(n int) string {
	s := l.rest[:n]
	l.rest = l.rest[n:]
	l.position += utf8.RuneCountInString(s)
	return s
}

const blanks = " \t\r\n"

func (l *lexer) next() (token, error) {
	l.take(len(l.rest) - len(strings.TrimLeft(l.rest, blanks)))
	t := token{position: l.position}
	switch {
	case l.rest == "":
	case l.rest[0] == '\'':
		return l.quoted()
	case strings.IndexByte("(),", l.rest[0]) >= 0:
		t.text = l.take(1)
	default:
		end := strings.IndexAny(l.rest, blanks+"(),'")
		if end < 0 {
			end = len(l.rest)
		}
		t.text = l.take(end)
	}
	return t, nil
}

// quoted reads a text in single quotes, in which two stand for one.
func (l *lexer) quoted() (token, error) {
	t := token{quoted: true, position: l.position}
	l.take(1)
	for {
		end := strings.IndexByte(l.rest, '\'')
		if end < 0 {
			return t, &Error{t.position, "the quote is not closed"}
		}
		t.text += l.take(end)
		l.take(1)
		if !strings.HasPrefix(l.rest, "'") {
			return t, nil
		}
		t.text += l.take(1)
	}
}
