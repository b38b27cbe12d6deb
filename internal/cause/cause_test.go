package cause_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/apiconventions/apiconventions/internal/cause"
)

// private is an error whose text leaves its cause out.
type private struct {
	text  string
	cause error
}

func (p *private) Error() string { return p.text }
func (p *private) Unwrap() error {
	if p == nil {
		return nil
	}
	return p.cause
}

func TestText(t *testing.T) {
	disk := errors.New("disk full")
	hides := &private{"500", disk}
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"a plain error", disk, "disk full"},
		{"an error that hides its cause", hides, "500: disk full"},
		{"no cause", &private{"404", nil}, "404"},
		{"wrapped", fmt.Errorf("save: %w", hides), "save: 500: disk full"},
		{"wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", hides)), "a: b: 500: disk full"},
		{"a cause that hides another", &private{"502", fmt.Errorf("call: %w", hides)}, "502: call: 500: disk full"},
		{"joined", errors.Join(hides, &private{"404", errors.New("no row")}), "500: disk full\n404: no row"},
		{"joined within", fmt.Errorf("all: %w", errors.Join(hides, disk)), "all: 500\ndisk full: disk full"},
		{"several in one text", fmt.Errorf("%w and %w", hides, &private{"404", errors.New("no row")}), "500 and 404: disk full: no row"},
		{"several in one text, on two lines", fmt.Errorf("%w\n%w", hides, disk), "500: disk full\ndisk full"},
		{"joined with nothing else", errors.Join(disk), "disk full"},
		{"a panic in Error", (*private)(nil), "*cause_test.private"},
		{"wraps nothing", wrapsNothing{}, "nothing"},
	} {
		if got := cause.Text[*private](tt.err); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// wrapsNothing has the method and no error behind it.
type wrapsNothing struct{}

func (wrapsNothing) Error() string   { return "nothing" }
func (wrapsNothing) Unwrap() []error { return []error{nil} }

func TestWhole(t *testing.T) {
	disk := errors.New("disk full")
	hides := &private{"500", disk}
	if got := cause.Whole[*private](hides); got.Error() != "500: disk full" || !errors.Is(got, disk) || !errors.Is(got, hides) {
		t.Errorf("%v", got)
	}
	again := cause.Text[*private](fmt.Errorf("a: %w", cause.Whole[*private](hides)))
	if want := "a: 500: disk full"; again != want {
		t.Errorf("%q, want %q", again, want)
	}
	if got := cause.Whole[*private](nil); got != nil {
		t.Errorf("%#v", got)
	}
}
