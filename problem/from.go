package problem

import (
	"context"
	"errors"
	"net/http"
	"os"

	"github.com/apiconventions/apiconventions/internal/request"
)

// From returns the problem of err: that of the outermost *Error or [Problemer] among err
// and what it wraps or joins. If there is none, it is the problem of
//
//   - a read past the limit of http.MaxBytesReader: 413 (RFC 9110 §15.5.14);
//   - an exceeded deadline of a context or a connection: 503;
//   - an error of net/http's ParseForm, ParseMultipartForm, FormFile and
//     MultipartReader for which the request is at fault: 400, 413 or 415;
//   - any other error: 500.
//
// The cause for the log is err. From returns nil for nil, and for a nil *Error in an
// error.
//
// An error of [FromResponse] is a cause like any other: the document of another service
// is not sent on.
func From(err error) *Error { return from(err, nil) }

// contextual is a Problemer of this module whose problem depends on the request.
type contextual interface {
	ProblemFor(*request.Info) *Error
}

// from is From for a request with the given info, which may be nil.
func from(err error, info *request.Info) *Error {
	if isNil(err) {
		return nil
	}
	if e := problemIn(err, info); e != nil {
		return e
	}
	var past *http.MaxBytesError
	switch {
	case errors.As(err, &past):
		return TooLarge(past.Limit, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return Wrap(http.StatusServiceUnavailable, err)
	}
	if e := badForm(err); e != nil {
		e.Err = err
		return e
	}
	return Wrap(http.StatusInternalServerError, err)
}

// isNil reports whether err is nil or a nil *Error.
func isNil(err error) bool {
	e, ok := err.(*Error)
	return err == nil || ok && e == nil
}

// asProblemer returns the Problemer that the method As of err sets, or nil.
func asProblemer(err error) (p Problemer) {
	if as, ok := err.(interface{ As(any) bool }); ok && as.As(&p) {
		return p
	}
	return nil
}

// problemIn returns the first problem in the tree of err, depth first, or nil. It is
// errors.As for a Problemer, but passes over a Problemer without a problem.
func problemIn(err error, info *request.Info) *Error {
	for err != nil {
		p, ok := err.(Problemer)
		if !ok {
			p = asProblemer(err)
		}
		if p != nil {
			if e := problemOf(p, info); e != nil {
				return e
			}
		}
		switch u := err.(type) {
		case interface{ Unwrap() error }:
			err = u.Unwrap()
		case interface{ Unwrap() []error }:
			for _, err := range u.Unwrap() {
				if e := problemIn(err, info); e != nil {
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
