package header_test

import (
	"testing"

	"github.com/apiconventions/apiconventions/internal/header"
)

func TestVary(t *testing.T) {
	for _, tt := range []struct {
		lines []string
		names []string
		want  string
	}{
		{nil, []string{"Accept"}, "Accept"},
		{nil, []string{"X-Tenant", "Accept"}, "X-Tenant, Accept"},
		{[]string{"Origin"}, []string{"Accept"}, "Origin, Accept"},
		{[]string{"Origin, aCCept"}, []string{"Accept"}, "Origin, aCCept"},
		{[]string{"Origin", "Accept-Encoding"}, []string{"Accept"}, "Origin, Accept-Encoding, Accept"},
		{[]string{"", "Origin"}, []string{"Accept"}, "Origin, Accept"},
		{[]string{"Origin", ""}, []string{"Accept"}, "Origin, Accept"},
		{[]string{"A"}, []string{"B"}, "A, B"},
		{[]string{"*"}, []string{"Accept"}, "*"},
		{[]string{"Origin, *"}, []string{"Accept"}, "Origin, *"},
	} {
		if got := header.Vary(tt.lines, tt.names...); got != tt.want {
			t.Errorf("%q + %q: got %q, want %q", tt.lines, tt.names, got, tt.want)
		}
	}
}
