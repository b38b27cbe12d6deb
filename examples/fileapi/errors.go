package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/examples/fileapi/store"
	"github.com/apiconventions/apiconventions/problem"
)

// retryAfter is when a client may try again what a draining instance or an absent database could not do.
const retryAfter = 5 * time.Second

// mapError turns the store's errors into problems. An error that is a problem already stays as it is.
func mapError(err error) error {
	var missing *store.MissingError
	switch {
	case errors.As(err, new(*problem.Error)):
		return nil
	case errors.Is(err, store.ErrNotFound):
		return problem.NotFound(err)
	case errors.Is(err, store.ErrConflict):
		return errors.Join(etag.ErrConflict, err)
	case errors.Is(err, store.ErrClosed):
		e := uploadClosed.Problem()
		e.Err = err
		return e
	case errors.As(err, &missing):
		e := chunksMissing.Problem()
		e.Err = err
		e.Extensions = map[string]any{"missing": missing.Positions}
		return e
	case store.Unavailable(err):
		return problem.Unavailable(retryAfter, err)
	}
	return nil
}

// invalid collects what is wrong with the parts of a request.
type invalid []problem.Field

func (i *invalid) add(part string, err error) {
	if err != nil {
		*i = append(*i, problem.Field{Pointer: part, Detail: err.Error()})
	}
}

// err returns nil if nothing is wrong.
func (i invalid) err() error {
	if len(i) == 0 {
		return nil
	}
	return problem.Invalid(i...)
}

// malformed is a 400, or the problem that err brings itself.
func malformed(detail string, err error) error {
	var known *problem.Error
	if errors.As(err, &known) {
		return known
	}
	e := problem.Invalid()
	e.Detail, e.Err = detail, err
	return e
}

// incoming is a request body whose read errors are problems, and the client's fault. Without it a broken
// connection to the client would look like one to the database. Bytes that come together with an error are left
// out: the request's context has ended by then, and whoever went on would take that for the error.
type incoming struct{ io.Reader }

func (b incoming) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil, err == io.EOF:
		return n, err
	case errors.As(err, new(*problem.Error)): // the body is another incoming, or one that BodyLimit has made
		return 0, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return 0, problem.Wrap(http.StatusRequestTimeout, err)
	case errors.As(err, &tooLarge):
		return 0, problem.TooLarge(tooLarge.Limit, err)
	}
	return 0, malformed("the body ends too early", err)
}
