package problem_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// The id is the chain's, whatever the error has under its name, and whichever
// request the handler writes for.
func TestWriteSaysTheRequestID(t *testing.T) {
	e := &problem.Error{Status: 404, Extensions: map[string]any{"requestId": "theirs", "z": 1}}
	const want = `{"type":"about:blank","title":"Not Found","status":404,"requestId":"id-1","z":1}`
	for _, err := range []error{e, (e)} {
		for name, write := range map[string]func(http.ResponseWriter, *http.Request){
			"the request": func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, err) },
			"one with another context": func(w http.ResponseWriter, r *http.Request) {
				problem.Write(w, r.WithContext(context.Background()), err)
			},
			"a part of a batch": func(w http.ResponseWriter, r *http.Request) {
				part := httptest.NewRecorder()
				problem.Write(part, r, err)
				_, _ = w.Write(part.Body.Bytes())
			},
		} {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("X-Request-Id", "id-1")
			rec := httptest.NewRecorder()
			middleware.RequestID(http.HandlerFunc(write)).ServeHTTP(rec, r)
			if got := rec.Body.String(); got != want {
				t.Errorf("%T, %s: %s", err, name, got)
			}
		}
	}
}

// What is on record for the log: the error with all that is around it, unless
// its status says it all, and mistakes in the document.
func TestWriteForTheLog(t *testing.T) {
	gone := (problem.Wrap(410, nil))
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"a status", problem.NotFound(nil), ""},
		{"a prepared status", gone, ""},
		{"a status with a detail", problem.New(404, "no such file"), "404 Not Found: no such file"},
		{"a status with a type", &problem.Error{Status: 404, Type: "no-file"}, "404 Not Found"},
		{"a status with a cause", problem.NotFound(errSecret), "404 Not Found: " + errSecret.Error()},
		{"a status that is wrapped", fmt.Errorf("find: %w", problem.NotFound(nil)), "find: 404 Not Found"},
		{"a prepared status that is wrapped", fmt.Errorf("find: %w", gone), "find: 410 Gone"},
		{"what is mapped to a prepared status", errMapped, "mapped"},
		{"what the mapping panics at", errPanics, "panics\nproblem: mapping *errors.errorString: panic: in Map"},
		{
			"an extension that cannot be sent", &problem.Error{Status: 404, Extensions: map[string]any{"x": math.NaN()}},
			"json: unsupported value: NaN",
		},
	} {
		o := &middleware.Options{Map: func(err error) error {
			switch err {
			case errMapped:
				return gone
			case errPanics:
				panic("in Map")
			}
			return nil
		}}
		var got error
		o.Observe = func(rec middleware.Record) { got = rec.Err }
		middleware.Default(zerolog.Nop(), o).Then(problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return tt.err })).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		if text := fmt.Sprint(got); text != tt.want && (tt.want != "" || got != nil) {
			t.Errorf("%s: %q, want %q", tt.name, text, tt.want)
		}
	}
}

var errMapped, errPanics = errors.New("mapped"), errors.New("panics")

// An error that is written to another writer than the request's has a line of
// its own, where there is a log.
func TestWriteToAnotherWriter(t *testing.T) {
	part := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		problem.Write(httptest.NewRecorder(), r, errSecret)
	})
	var log bytes.Buffer
	for _, chain := range []alice.Chain{middleware.Default(zerolog.New(&log), nil), alice.New(middleware.RequestID)} {
		chain.Then(part).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
	if got := log.String(); strings.Count(got, `"status":500,"error":"`+errSecret.Error()+`","message":"error inside the request"`) != 1 {
		t.Errorf("%s", got)
	}
}
