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

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// The id is the chain's, whatever the error has under its name, and whichever
// request the handler writes for.
func TestWriteSaysTheRequestID(t *testing.T) {
	e := &problem.Error{Status: 404, Extensions: map[string]any{"requestId": "theirs", "z": 1}}
	const want = `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing here for this request.","requestId":"id-1","z":1}`
	for _, err := range []error{e} {
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
	gone := problem.Wrap(410, nil)
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"a status", problem.NotFound(nil), ""},
		{"a status with a detail", problem.New(404, "no such file"), "404 Not Found: no such file"},
		{"a status with a type", &problem.Error{Status: 404, Type: "no-file"}, "404 Not Found"},
		{"a status with a cause", problem.NotFound(errSecret), "404 Not Found: " + errSecret.Error()},
		{"a wrapped cause", fmt.Errorf("find: %w", problem.NotFound(errSecret)), "find: 404 Not Found: " + errSecret.Error()},
		{"two causes", errors.Join(problem.NotFound(errSecret), problem.NotFound(errMapped)), "404 Not Found: " + errSecret.Error() + "\n404 Not Found: mapped"},
		{"a status that is wrapped", fmt.Errorf("find: %w", problem.NotFound(nil)), "find: 404 Not Found"},
		{"another one", fmt.Errorf("find: %w", gone), "find: 410 Gone"},
		{"what is mapped to a status", errMapped, "mapped"},
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
	if got := log.String(); strings.Count(got, `"status":500,"error":"`+errSecret.Error()+`",`) != 1 || strings.Count(got, `"message":"error inside the request"`) != 1 {
		t.Errorf("%s", got)
	}
}

// What a Map is given can be changed, nested values included, and no other request
// sees it.
func TestMapMayChangeWhatItIsGiven(t *testing.T) {
	spoil := func(err error) error {
		var e *problem.Error
		if !errors.As(err, &e) {
			t.Errorf("%T is no *problem.Error", err)
			return nil
		}
		for _, v := range e.Extensions {
			switch v := v.(type) {
			case []string:
				v[0] = "spoilt"
			case []problem.Field:
				v[0].Detail = "spoilt"
			}
		}
		for _, values := range e.Header {
			values[0] = "spoilt"
		}
		for name := range e.Extensions {
			e.Extensions[name] = "spoilt"
		}
		e.Status, e.Type, e.Title, e.Detail = 418, "spoilt", "spoilt", "spoilt"
		return nil
	}
	routes := func(o *middleware.Options) http.Handler {
		handle := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("ran")) })
		verify := func(ctx context.Context, token string) (context.Context, error) {
			if token == "bad" {
				return nil, middleware.ErrToken
			}
			return middleware.WithScopes(ctx, "read"), nil
		}
		current := func(*http.Request) (etag.State, error) { return etag.State{Tag: etag.Version(8)}, nil }
		grants := func(r *http.Request) (tenant.Grants, error) {
			return tenant.Grants{IDs: []tenant.ID{"a", "b"}}, nil
		}
		mux := http.NewServeMux()
		for path, layer := range map[string]func(http.Handler) http.Handler{
			"/type":   middleware.ContentType("text/csv"),
			"/accept": middleware.Accept("text/csv", "text/html"),
			"/token":  middleware.Bearer(verify, nil),
			"/scope":  alice.New(middleware.Bearer(verify, nil), middleware.RequireScope("write")).Then,
			"/cache":  middleware.RequireNoCache,
			"/limit":  middleware.BodyLimit(1),
			"/guard":  etag.Guard(current, &etag.Options{Required: true}),
			"/tenant": tenant.Require(grants, nil),
			"/invalid": func(http.Handler) http.Handler {
				return problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
					return problem.Invalid(problem.Field{Pointer: "#/a", Detail: "is missing"})
				})
			},
		} {
			mux.Handle(path, layer(handle))
		}
		return middleware.Default(zerolog.Nop(), o).Then(mux)
	}
	plain, spoilt := routes(nil), routes(&middleware.Options{Map: spoil})
	for _, tt := range []struct {
		path   string
		status int
		header []string
	}{
		{"/type", 415, []string{"Content-Type: application/json"}},
		{"/type", 415, []string{"Content-Type: text/csv", "Content-Encoding: gzip"}},
		{"/type", 400, []string{"Content-Type: text"}},
		{"/accept", 406, []string{"Accept: image/png"}},
		{"/token", 401, nil},
		{"/token", 401, []string{"Authorization: Bearer bad"}},
		{"/token", 400, []string{"Authorization: Bearer"}},
		{"/scope", 403, []string{"Authorization: Bearer good"}},
		{"/cache", 400, nil},
		{"/limit", 413, nil},
		{"/guard", 428, nil},
		{"/guard", 409, []string{`If-Match: "7"`}},
		{"/guard", 412, []string{`If-None-Match: "8"`}},
		{"/tenant", 400, nil},
		{"/tenant", 400, []string{"X-Raet-Tenant-Id: ,"}},
		{"/tenant", 403, []string{"X-Raet-Tenant-Id: c"}},
		{"/invalid", 400, nil},
		{"/nowhere", 404, nil},
	} {
		respond := func(h http.Handler) string {
			r := httptest.NewRequest("POST", tt.path, strings.NewReader("xx"))
			r.Header.Set("X-Request-Id", "id-1")
			for _, line := range tt.header {
				name, value, _ := strings.Cut(line, ": ")
				r.Header.Set(name, value)
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			return fmt.Sprint(rec.Code, "\n", servertest.Header(rec.Result()), rec.Body)
		}
		want := respond(plain)
		if !strings.HasPrefix(want, fmt.Sprint(tt.status)) {
			t.Errorf("%s %q: %s", tt.path, tt.header, want)
		}
		if first := respond(spoilt); strings.HasPrefix(first, fmt.Sprint(tt.status)) {
			t.Errorf("%s %q: Map has not changed it: %s", tt.path, tt.header, first)
		}
		if got := respond(plain); got != want {
			t.Errorf("%s %q: %s\nwant %s", tt.path, tt.header, got, want)
		}
		respond(spoilt)
	}
}
