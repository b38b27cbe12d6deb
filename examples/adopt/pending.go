package main

// Stand-ins for what the root module is about to have. Delete this file, and use
// etag.For for tagFor and problem.ReadJSON for readJSON.

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/problem"
)

// tagFor is the tag as it goes out for the request of ctx.
func tagFor(ctx context.Context, t etag.Tag) etag.Tag {
	w := header{}
	etag.Set(w, (&http.Request{}).WithContext(ctx), t)
	sent, err := etag.Parse(http.Header(w).Get("ETag"))
	if err != nil {
		return etag.Tag{}
	}
	return sent
}

type header http.Header

func (h header) Header() http.Header       { return http.Header(h) }
func (header) Write(p []byte) (int, error) { return len(p), nil }
func (header) WriteHeader(int)             {}

// readJSON reads one JSON value and nothing behind it, without unknown members.
func readJSON(r *http.Request, v any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			return nil
		} else if err == nil {
			err = errors.New("content after the value")
		}
	}
	pointer, detail := "#", "must be one JSON value without unknown members"
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind):
		if kind.Field != "" {
			pointer += "/" + strings.ReplaceAll(kind.Field, ".", "/")
		}
		detail = "has the wrong type"
	case errors.As(err, &syntax), err == io.EOF, err == io.ErrUnexpectedEOF,
		strings.HasPrefix(err.Error(), "json: "), err.Error() == "content after the value":
	default:
		return err // of the read: 413, 408
	}
	e := problem.Invalid(problem.Field{Pointer: pointer, Detail: detail})
	e.Err = err
	return e
}
