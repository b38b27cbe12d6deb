package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
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

func TestHeaderFromOutsideSurvivesBehindAThirdPartyWrapper(t *testing.T) {
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

func TestPatternBehindThirdPartyCopies(t *testing.T) {
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

// The route is written into the request that the last layer has passed on.
func TestPatternBehindLayersThatCopy(t *testing.T) {
	for name, layer := range map[string]func(http.Handler) http.Handler{
		"BodyLimit": middleware.BodyLimit(9), "Bearer": middleware.Bearer(verify, nil),
	} {
		var got string
		o := &middleware.Options{Observe: func(rec middleware.Record) { got = rec.Pattern }}
		mux := http.NewServeMux()
		mux.HandleFunc("POST /people/{id}", noContent)
		r := httptest.NewRequest("POST", "/people/7", strings.NewReader("x"))
		r.Header.Set("Authorization", "Bearer "+goodToken)
		middleware.Default(zerolog.Nop(), o).Append(layer).Then(mux).ServeHTTP(httptest.NewRecorder(), r)
		if got != "POST /people/{id}" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A layer in there has a writer of its own, and knows what those outside have
// found out.
func TestLayersInsideATimeoutHandler(t *testing.T) {
	timeout := func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") }
	current := func(*http.Request) (etag.State, error) { return etag.State{Tag: etag.Version(7)}, nil }
	h := alice.New(
		middleware.Problems(&middleware.ProblemsOptions{Types: "/errors#"}),
		middleware.Bearer(verify, &middleware.BearerOptions{Realm: "files"}),
		middleware.Accept("application/json"),
		etag.Guard(current, nil),
		timeout,
		middleware.BodyLimit(9),
	).Then(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		if got := acceptedOf(r.Context()); got != "application/json" {
			t.Errorf("Accepted is %q", got)
		}
		if got, ok := etag.FromContext(r.Context()); got.Tag != etag.Version(7) || !ok {
			t.Errorf("the guard has compared with %v, %t", got.Tag, ok)
		}
		return &problem.Error{Status: 404, Type: "gone"}
	}))
	scope := alice.New(
		middleware.Problems(&middleware.ProblemsOptions{Types: "/errors#"}),
		middleware.Bearer(verify, &middleware.BearerOptions{Realm: "files"}),
		timeout,
		middleware.RequireScope("x"),
	).ThenFunc(noContent)
	for path, want := range map[string]string{
		"/":      `404  {"type":"/errors#gone","title":"Not Found","status":404,"detail":"There is nothing here for this request."}`,
		"/scope": `403 Bearer realm="files", error="insufficient_scope", scope="x" {"type":"/errors#insufficient-scope","title":"Insufficient scope","status":403,"detail":"The token does not have the scopes that this needs.","scopes":["x"]}`,
	} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Authorization", "Bearer "+goodToken)
		w := httptest.NewRecorder()
		map[string]http.Handler{"/": h, "/scope": scope}[path].ServeHTTP(w, r)
		if got := fmt.Sprint(w.Code, " ", w.Header().Get("Www-Authenticate"), " ", w.Body); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
		}
	}
}

// The credentials are in Vary beside what the handler has there, unless the
// answer is public; and one that nothing may store is not, whatever it says.
func TestVaryOfCredentials(t *testing.T) {
	long := strings.Repeat("X-Some-Field, ", 300) + "X-Last"
	for _, tt := range []struct {
		vary, control string
		noCache       bool
		want          string
	}{
		{"Origin", "", false, "Origin, Authorization"},
		{"Origin", "public", false, "Origin"},
		{"Origin", "public", true, "Origin, Authorization"},
		{long, "", false, long + ", Authorization"},
		{long, "public", false, long},
	} {
		chain := alice.New(middleware.Bearer(verify, nil))
		if tt.noCache {
			chain = chain.Append(middleware.RequireNoCache)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer "+goodToken)
		r.Header.Set("Cache-Control", "no-cache")
		w := httptest.NewRecorder()
		chain.ThenFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Vary", tt.vary)
			w.Header().Set("Cache-Control", tt.control)
			w.WriteHeader(204)
		}).ServeHTTP(w, r)
		if got := strings.Join(w.Result().Header["Vary"], "|"); got != tt.want {
			t.Errorf("%.20q, Cache-Control: %s: Vary: %q, want %q", tt.vary, tt.control, got, tt.want)
		}
	}
}

// Who adds to a field that is complete already adds to that one alone.
func TestVaryOfAnOuterLayer(t *testing.T) {
	w := httptest.NewRecorder()
	tenant.Require(oneTenant, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	w.Header().Add("Vary", "Origin")
	w.Header().Add("Cache-Control", "max-age=0")
	if got := fmt.Sprint(w.Header()["Vary"], w.Header()["Cache-Control"]); got != "[X-Raet-Tenant-Id, Authorization Origin] [private, no-cache max-age=0]" {
		t.Error(got)
	}
}

// A handler that stops for a client that has gone has answered nobody.
func TestQuietEndAfterTheClientHasGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var rec middleware.Record
	o := &middleware.Options{Observe: func(r middleware.Record) { rec = r }}
	h := middleware.Default(zerolog.Nop(), o).ThenFunc(func(http.ResponseWriter, *http.Request) { cancel() })
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if !rec.Aborted {
		t.Errorf("%+v", rec)
	}
}

// A response that was no failure of the service's is in the record as it was made.
func TestRefusalAfterTheClientHasGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var rec middleware.Record
	o := &middleware.Options{Observe: func(r middleware.Record) { rec = r }}
	h := middleware.Default(zerolog.Nop(), o).ThenFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		problem.Write(w, r, problem.Wrap(499, r.Context().Err()))
	})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if rec.Status != 499 || rec.Aborted {
		t.Errorf("%+v", rec)
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

// aside is a third-party layer that has a writer of its own and copies the request.
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
