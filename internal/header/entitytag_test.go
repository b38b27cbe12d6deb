package header_test

import (
	"slices"
	"testing"

	"github.com/apiconventions/apiconventions/internal/header"
)

func TestAnyTag(t *testing.T) {
	for _, tt := range []struct{ values, elements []string }{
		{nil, nil},
		{[]string{""}, nil},
		{[]string{`"a"`}, []string{`"a"`}},
		{[]string{" \"a\" ,\tW/\"b\""}, []string{`"a"`, `W/"b"`}},
		{[]string{`"a"`, `"b"`}, []string{`"a"`, `"b"`}},
		{[]string{`"a,b", "c"`}, []string{`"a,b"`, `"c"`}},
		{[]string{`"a\", "b"`}, []string{`"a\"`, `"b"`}}, // a backslash escapes nothing
		{[]string{`,"a",,`}, []string{"", `"a"`, ""}},
		{[]string{`"a, "b"`, `"c"`}, []string{`"a, "b"`, `"c"`}}, // an open quote ends with its value
	} {
		var got []string
		if header.AnyTag(tt.values, func(element string) bool { got = append(got, element); return false }) {
			t.Errorf("%q: is has returned false for each", tt.values)
		}
		if !slices.Equal(got, tt.elements) {
			t.Errorf("%q: %q, want %q", tt.values, got, tt.elements)
		}
	}
	if !header.AnyTag([]string{`"a", "b"`}, func(element string) bool { return element == `"b"` }) {
		t.Error("an element of two is not found")
	}
}
