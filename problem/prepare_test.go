package problem_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// What is prepared is answered as the error itself is, in any chain.
func TestPrepareAnswersAlike(t *testing.T) {
	errs := map[string]*problem.Error{
		"status alone": {Status: 404},
		"no status":    {},
		"slug":         {Status: 403, Type: "out-of-credit", Title: "Out of credit"},
		"own type":     {Status: 403, Type: "https://example.com/\"probs\"", Detail: "\x01 \xff \"", Instance: "/a/b"},
		"extensions":   {Status: 409, Extensions: map[string]any{"b": 1, "a": []string{"x", "\""}, "\n": nil}},
		"header": {Status: 413, Header: http.Header{
			"x-account": {"12", "13"}, "Vary": {"X-Account"}, "Content-Type": {"text/html"}, "Connection": {"keep-alive"}, "Empty": nil,
		}},
		"cause": {Status: 500, Err: errSecret},
		"long":  {Status: 400, Detail: strings.Repeat("é", 3000)},
	}
	chains := map[string]func(http.Handler) http.Handler{
		"none":  func(h http.Handler) http.Handler { return h },
		"house": middleware.Default(zerolog.Nop(), nil).Then,
		"types": middleware.Default(zerolog.Nop(), &middleware.Options{Types: "https://api.example/p?q=\"&t="}).Then,
	}
	for name, e := range errs {
		for chain, with := range chains {
			answer := func(err error) string {
				h := with(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Vary", "Origin")
					w.Header().Set("ETag", `"1"`)
					problem.Write(w, r, err)
				}))
				r := httptest.NewRequest("GET", "/", nil)
				r.Header.Set("X-Request-Id", `an"id`)
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, r)
				return rec.Result().Status + "\n" + servertest.Header(rec.Result()) + "\n" + rec.Body.String()
			}
			want := answer(e)
			if got := answer(problem.Prepare(e)); got != want {
				t.Errorf("%s, %s:\n%s\nand not\n%s", name, chain, got, want)
			}
		}
	}
}

// Whoever gets hold of what is prepared gets a copy.
func TestPrepareIsNotChanged(t *testing.T) {
	e := &problem.Error{Status: 409, Detail: "as made", Extensions: map[string]any{"a": 1}, Header: http.Header{"X-A": {"1"}}, Err: errSecret}
	refusal := problem.Prepare(e)
	spoil := func(e *problem.Error) {
		e.Status, e.Detail = 200, "spoilt"
		e.Extensions["a"], e.Header["X-A"][0] = 2, "2"
	}
	spoil(e)
	spoil(problem.From(refusal))
	var as *problem.Error
	if !errors.As(refusal, &as) {
		t.Fatal("there is no Error in it")
	}
	spoil(as)

	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			h := middleware.Problems(&middleware.Options{Map: func(err error) error {
				spoil(problem.From(err))
				return nil
			}})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				problem.Write(w, r, refusal)
				w.Header()["X-A"][0] = "3"
			}))
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
			const want = `{"type":"about:blank","title":"Conflict","status":409,"detail":"as made","a":1}`
			if rec.Code != 409 || rec.Body.String() != want || rec.Result().Header.Get("X-A") != "1" {
				t.Errorf("%d %v %s", rec.Code, rec.Result().Header, rec.Body)
			}
		})
	}
	wg.Wait()

	if got := problem.From(refusal); got.Status != 409 || got.Extensions["a"] != 1 || got.Header["X-A"][0] != "1" {
		t.Errorf("%#v", got)
	}
	if !errors.Is(refusal, errSecret) || refusal.Error() != "409 Conflict: as made" {
		t.Errorf("%v", refusal)
	}
}

// A service's Map decides about it as about any error.
func TestPrepareIsMapped(t *testing.T) {
	h := middleware.Problems(&middleware.Options{Map: func(err error) error {
		if problem.From(err).Status == 409 {
			return problem.Prepare(problem.New(410, "mapped"))
		}
		return nil
	}})(problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
		return problem.Prepare(&problem.Error{Status: 409, Header: http.Header{"X-A": {"1"}}})
	}))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if rec.Code != 410 || !strings.Contains(rec.Body.String(), "mapped") || rec.Header()["X-A"] != nil {
		t.Errorf("%d %v %s", rec.Code, rec.Header(), rec.Body)
	}
}

func TestPreparePanics(t *testing.T) {
	for name, e := range map[string]*problem.Error{
		"standard member": {Status: 409, Extensions: map[string]any{"status": 1}},
		"no JSON":         {Status: 409, Extensions: map[string]any{"f": func() {}}},
		"nil":             nil,
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			_ = problem.Prepare(e)
		}()
	}
}
