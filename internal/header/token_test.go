package header_test

import (
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/header"
)

func TestIsToken(t *testing.T) {
	for _, s := range []string{"a", "A-z.09", "!#$%&'*+-.^_`|~"} {
		if !header.IsToken(s) {
			t.Errorf("%q is a token", s)
		}
	}
	for _, s := range []string{"", "a b", "a,", `"a"`, "a/b", "a=b", "ä", "a\x00", "a\x7f", "(a)", "a:b", "a;b", "a@b", "[a]", "{a}", `a\b`, "a?", "<a>"} {
		if header.IsToken(s) {
			t.Errorf("%q is not a token", s)
		}
	}
}

func TestToken(t *testing.T) {
	for _, tt := range []struct{ s, token, rest string }{
		{"", "", ""}, {"a", "a", ""}, {"Bearer x", "Bearer", " x"}, {"a/b", "a", "/b"}, {" a", "", " a"}, {"=a", "", "=a"}, {"a\x00", "a", "\x00"}, {"a\u00e4", "a", "\u00e4"},
	} {
		if token, rest := header.Token(tt.s); token != tt.token || rest != tt.rest {
			t.Errorf("%q: got %q, %q, want %q, %q", tt.s, token, rest, tt.token, tt.rest)
		}
	}
}

func TestIsTokenOfEachByte(t *testing.T) {
	const tchar = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" // RFC 9110 §5.6.2
	for c := range 256 {
		b := byte(c)
		want := strings.IndexByte(tchar, b) >= 0
		for _, s := range []string{string([]byte{b, 'x'}), string([]byte{'x', b})} {
			if got := header.IsToken(s); got != want {
				t.Errorf("%q: %t", s, got)
			}
		}
	}
}

// Letters are equal in both cases, everything else to itself alone.
func TestEqualFold(t *testing.T) {
	isLetter := func(c int) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
	for a := range 256 {
		for b := range 256 {
			want := a == b || isLetter(a) && a^b == 'a'-'A'
			if got := header.EqualFold("x"+string([]byte{byte(a)}), "X"+string([]byte{byte(b)})); got != want {
				t.Errorf("%q and %q: %t", a, b, got)
			}
		}
	}
}

func TestHasPrefixFold(t *testing.T) {
	for _, tt := range []struct {
		s, prefix string
		want      bool
	}{
		{"", "", true}, {"a", "", true}, {"Text/html", "tEXT/", true}, {"text", "text", true},
		{"", "a", false}, {"text", "text/", false}, {"atext/", "text/", false}, {"\u212a", "k", false},
	} {
		if got := header.HasPrefixFold(tt.s, tt.prefix); got != tt.want {
			t.Errorf("%q and %q: got %t, want %t", tt.s, tt.prefix, got, tt.want)
		}
	}
}
