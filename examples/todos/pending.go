package main

// A stand-in for what the root module is about to have. Delete this file, and use
// problem.ReadJSON for readJSON.

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/problem"
)

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
