package header_test

import (
	"testing"

	"github.com/apiconventions/apiconventions/internal/header"
)

// RFC 9651 §3.3.3 and §4.1.6.
func TestStructuredString(t *testing.T) {
	for s, want := range map[string]string{
		"": `""`, "hello world": `"hello world"`, `a"b\c`: `"a\"b\\c"`, "*/*": `"*/*"`, "~": `"~"`,
	} {
		if got, ok := header.StructuredString(s); got != want || !ok {
			t.Errorf("%q: got %s, %t, want %s", s, got, ok, want)
		}
	}
	for _, s := range []string{"\t", "a\x1fb", "\x7f", "\x80", "\u00e4"} {
		if got, ok := header.StructuredString(s); ok {
			t.Errorf("%q: got %s", s, got)
		}
	}
}

// RFC 9651 §3.1.2.
func TestIsStructuredKey(t *testing.T) {
	for _, s := range []string{"a", "z9", "*", "*a", "a_b-c.d*", "charset"} {
		if !header.IsStructuredKey(s) {
			t.Errorf("%q is a key", s)
		}
	}
	for _, s := range []string{"", "A", "aB", "1a", "_a", "-a", ".a", "a b", "a!", "a/b", "\u00e4"} {
		if header.IsStructuredKey(s) {
			t.Errorf("%q is not a key", s)
		}
	}
}
