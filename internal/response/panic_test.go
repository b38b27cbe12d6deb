package response

import (
	"errors"
	"fmt"
	"testing"
)

// The panic is found wherever errors.As finds it.
func TestPanicIn(t *testing.T) {
	p := &Panic{Value: "out"}
	for _, err := range []error{
		nil,
		errCause,
		p,
		fmt.Errorf("a: %w", p),
		errors.Join(errCause, p),
		fmt.Errorf("a: %w, b: %w", errCause, errors.Join(nil, fmt.Errorf("c: %w", p))),
		errors.Join(errCause, errCause),
	} {
		var want *Panic
		errors.As(err, &want)
		if got := PanicIn(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
