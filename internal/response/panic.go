package response

import "fmt"

// Panic is the cause of the 500 for a panic. It does not unwrap to the value of the
// panic, which therefore does not decide the response.
type Panic struct {
	Value any
	Stack []byte
}

// Error implements error.
func (p *Panic) Error() string { return fmt.Sprint("panic: ", p.Value) }

// PanicIn returns the panic that err is, wraps or joins, or nil. It is errors.As without
// reflection, because it is called for every error and most have none.
func PanicIn(err error) *Panic {
	for err != nil {
		switch e := err.(type) {
		case *Panic:
			return e
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, err := range e.Unwrap() {
				if p := PanicIn(err); p != nil {
					return p
				}
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}
