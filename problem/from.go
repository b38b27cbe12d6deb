package problem

import (
	"context"
	"errors"
	"net/http"
)

// From finds the problem document in err and what it wraps or joins: of an
// *Error and a Problemer the outermost; a read past http.MaxBytesReader (413,
// RFC 9110 §15.5.14), an exceeded deadline (503). Everything else is a 500 that
// has err as its cause and says nothing of it. From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*Error); ok && e != nil {
		return e // what errors.As would find, in a fraction of the time
	}
	var p Problemer
	for rest := err; errors.As(rest, &p); rest = errors.Unwrap(p) {
		if e := p.Problem(); e != nil {
			return e
		}
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return TooLarge(tooLarge.Limit, err)
	case errors.Is(err, context.DeadlineExceeded):
		return Wrap(http.StatusServiceUnavailable, err)
	default:
		return Wrap(http.StatusInternalServerError, err)
	}
}

// TooLarge is a 413 "content-too-large" that names the limit in bytes. err,
// which may be nil, is for the log.
func TooLarge(limit int64, err error) *Error {
	return &Error{
		Status:     http.StatusRequestEntityTooLarge,
		Type:       "content-too-large",
		Title:      "Content too large",
		Extensions: map[string]any{"limit": limit},
		Err:        err,
	}
}
