package header_test

import (
	"testing"

	"github.com/apiconventions/apiconventions/internal/header"
)

func TestValue(t *testing.T) {
	for _, tt := range []struct {
		lines []string
		value string
		ok    bool
	}{
		{nil, "", false},
		{[]string{}, "", false},
		{[]string{""}, "", true},
		{[]string{" \t "}, "", true},
		{[]string{"a"}, "a", true},
		{[]string{"\t a, b \t"}, "a, b", true},
		{[]string{"a", "a"}, "", false},
		{[]string{"a", ""}, "", false},
	} {
		if value, ok := header.Value(tt.lines); value != tt.value || ok != tt.ok {
			t.Errorf("%q: got %q, %t, want %q, %t", tt.lines, value, ok, tt.value, tt.ok)
		}
	}
}

// Of all characters only space and tab are optional white space.
func TestTrim(t *testing.T) {
	for c := range 256 {
		s := string([]byte{byte(c), 'x', byte(c)})
		want := s
		if c == ' ' || c == '\t' {
			want = "x"
		}
		if got := header.Trim(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
	for s, want := range map[string]string{"": "", " ": "", " a b\t\t": "a b", "\u00a0a": "\u00a0a"} {
		if got := header.Trim(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}
