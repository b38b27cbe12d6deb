package layer

import (
	"errors"
	"net/http"
	"os"

	"github.com/apiconventions/apiconventions/problem"
)

// ContentError returns the error of a failed read of a request's content: err itself if
// it has a problem, is past a limit or is a mistake of the service, a 408 past a
// deadline (RFC 9110 §15.5.9), and a 400 otherwise.
func ContentError(err error) error {
	switch {
	case errors.As(err, new(problem.Problemer)), errors.As(err, new(*http.MaxBytesError)),
		errors.Is(err, http.ErrBodyReadAfterClose):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return problem.Wrap(http.StatusRequestTimeout, err)
	}
	e := problem.Invalid()
	e.Detail, e.Err = "The content of the request did not arrive whole.", err
	return e
}
