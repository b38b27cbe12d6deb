package problem

import (
	"context"
	"errors"
	"net/http"
	"os"

	"github.com/apiconventions/apiconventions/internal/request"
)

// From finds the problem document in err and what it wraps or joins: of an
// *Error and a Problemer the outermost; a read past http.MaxBytesReader (413,
// RFC 9110 §15.5.14), an exceeded deadline of a context or a connection (503).
// Everything else is a 500 that
// has err as its cause and says nothing of it. From(nil) is nil.
func From(err error) *Error { return from(err, nil) }

// contextual is a Problemer whose problem depends on what the layers know of the
// request.
type contextual interface {
	ProblemFor(*request.Info) *Error
}

// from is From for a request of which the layers know info, which may be nil.
func from(err error, info *request.Info) *Error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*Error); ok && e != nil {
		return e // what find would, which is a sixteenth of Write
	}
	if e := find(err, info); e != nil {
		return e
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return TooLarge(tooLarge.Limit, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return Wrap(http.StatusServiceUnavailable, err)
	default:
		return Wrap(http.StatusInternalServerError, err)
	}
}

// find is errors.As for a Problemer that has a problem: one that has none does
// not hide what it wraps, or is joined with.
func find(err error, info *request.Info) *Error {
	for err != nil {
		if p, ok := err.(Problemer); ok {
			if e := problemOf(p, info); e != nil {
				return e
			}
		} else if as, ok := err.(interface{ As(any) bool }); ok && as.As(&p) {
			if e := problemOf(p, info); e != nil {
				return e
			}
		}
		switch u := err.(type) {
		case interface{ Unwrap() error }:
			err = u.Unwrap()
		case interface{ Unwrap() []error }:
			for _, err := range u.Unwrap() {
				if e := find(err, info); e != nil {
					return e
				}
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}

func problemOf(p Problemer, info *request.Info) *Error {
	if c, ok := p.(contextual); ok && info != nil {
		return c.ProblemFor(info)
	}
	return p.Problem()
}
