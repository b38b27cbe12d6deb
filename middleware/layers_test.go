package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// What the layers of a chain tell each other.

func oneTenant(*http.Request) (tenant.Grants, error) {
	return tenant.Grants{IDs: []tenant.ID{"a"}}, nil
}

// A layer may be on more routes than one, with other layers before it.
func TestVaryOfALayerOnTwoRoutes(t *testing.T) {
	asJSON := middleware.Accept("application/json")
	noContent := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) })
	mux := http.NewServeMux()
	mux.Handle("/open", asJSON(noContent))
	mux.Handle("/tenant", tenant.Require(oneTenant, nil)(asJSON(noContent)))
	for _, path := range []string{"/open", "/tenant", "/open", "/tenant"} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		want := map[string]string{"/open": "Accept", "/tenant": "X-Raet-Tenant-Id, Accept, Authorization"}[path]
		if got := w.Header().Get("Vary"); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestLoggerAskedForBeforeTheTenant(t *testing.T) {
	var out bytes.Buffer
	early := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			zerolog.Ctx(r.Context()).Info().Msg("early")
			next.ServeHTTP(w, r)
		})
	}
	h := middleware.Default(zerolog.New(&out), nil).Append(early, tenant.Require(oneTenant, nil)).ThenFunc(func(w http.ResponseWriter, r *http.Request) {
		zerolog.Ctx(r.Context()).Info().Msg("late")
	})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	for _, line := range strings.Split(out.String(), "\n") {
		if strings.Contains(line, `"late"`) && !strings.Contains(line, `"tenant":"a"`) {
			t.Error(line)
		}
	}
}

// On HTTP/2 net/http takes Connection: close for the end of the connection.
func TestHTTP2StaysOpenAfter413(t *testing.T) {
	for name, h := range map[string]http.Handler{
		"in the handler": middleware.BodyLimit(1)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			w.WriteHeader(200)
		})),
		"document": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, problem.TooLarge(1, nil)) }),
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(h)
			s.EnableHTTP2 = true
			s.StartTLS()
			defer s.Close()
			reused := false
			for range 3 {
				ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { reused = i.Reused }})
				r, _ := http.NewRequestWithContext(ctx, "POST", s.URL, io.MultiReader(strings.NewReader("12")))
				resp, err := s.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if resp.ProtoMajor != 2 {
					t.Fatal(resp.Proto)
				}
				time.Sleep(20 * time.Millisecond)
			}
			if !reused {
				t.Error("each request got a connection of its own")
			}
		})
	}
}

func TestHeaderFromOutsideSurvivesBehindAForeignWriter(t *testing.T) {
	h := middleware.Default(zerolog.Nop(), nil).Append(aside).Then(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Language", "nl")
		return errors.New("x")
	}))
	w := httptest.NewRecorder()
	w.Header().Set("Content-Language", "en") // set around the chain
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Header().Get("Content-Language"); got != "en" {
		t.Errorf("%q", got)
	}
}

func TestPatternBehindForeignCopies(t *testing.T) {
	for name, foreign := range map[string]func(http.Handler) http.Handler{"writer": aside, "request": copies} {
		var got string
		o := &middleware.Options{Observe: func(rec middleware.Record) { got = rec.Pattern }}
		mux := http.NewServeMux()
		mux.Handle("GET /people/{id}", problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error { return nil }))
		middleware.Default(zerolog.Nop(), o).Append(foreign).Then(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/people/7", nil))
		if got != "GET /people/{id}" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestFlushAfterTheClientHasGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var rec middleware.Record
	o := &middleware.Options{Observe: func(r middleware.Record) { rec = r }}
	h := middleware.Default(zerolog.Nop(), o).ThenFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		http.Error(w, "no", 500)
		_ = http.NewResponseController(w).Flush()
	})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if rec.Status != 0 || !rec.Aborted {
		t.Errorf("%+v", rec)
	}
}

type layerKey struct{}

// aside is a foreign layer that has a writer of its own and copies the request.
func aside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(struct{ http.ResponseWriter }{w}, r.WithContext(context.WithValue(r.Context(), layerKey{}, "v")))
	})
}

func copies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), layerKey{}, "v")))
	})
}
