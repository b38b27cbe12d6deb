package tenant_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/tenant"
)

// Another Require for the same tenant changes nothing that somebody may be reading.
// Run with -race.
func TestFromContextBesideAnotherRequire(t *testing.T) {
	grants := func(*http.Request) (tenant.Grants, error) { return tenant.Grants{IDs: []tenant.ID{"a"}}, nil }
	inner := tenant.Require(grants, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	h := tenant.Require(grants, nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reading := make(chan bool)
		go func() {
			for range 3 {
				if id, ok := tenant.FromContext(r.Context()); id != "a" || !ok {
					t.Errorf("%q, %v", id, ok)
				}
			}
			reading <- true
		}()
		time.Sleep(10 * time.Millisecond) // it reads, and nobody has waited for it
		inner.ServeHTTP(w, r)
		<-reading
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

func TestFromContextWithoutRequire(t *testing.T) {
	if id, ok := tenant.FromContext(context.Background()); id != "" || ok {
		t.Errorf("%q, %v in an empty context", id, ok)
	}
	h := middleware.RequestID(http.HandlerFunc(echo))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Body.String() != "nobody" {
		t.Errorf("acts for %s behind a chain without Require", w.Body)
	}
}

func TestNewContext(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), key{}, "v"), time.Minute)
	defer cancel()
	a := tenant.NewContext(ctx, "a")
	b := tenant.NewContext(a, "b")
	for _, test := range []struct {
		ctx  context.Context
		want tenant.ID
	}{{ctx, ""}, {a, "a"}, {b, "b"}, {context.WithValue(b, key{}, "w"), "b"}, {context.WithoutCancel(a), "a"}} {
		if id, ok := tenant.FromContext(test.ctx); id != test.want || ok != (test.want != "") {
			t.Errorf("%q, %v, want %q", id, ok, test.want)
		}
	}
	if _, ok := b.Deadline(); !ok || b.Value(key{}) != "v" {
		t.Error("the context has lost its deadline or its values")
	}
	cancel()
	if b.Err() == nil {
		t.Error("the context has lost its cancellation")
	}
}

// A job inside a request works tenant by tenant: the logger follows it, and the
// request stays what it was.
func TestNewContextInARequest(t *testing.T) {
	h, l := serve(nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		zerolog.Ctx(r.Context()).Info().Msg("before")
		job := tenant.NewContext(r.Context(), "c")
		zerolog.Ctx(job).Info().Msg("job")
		zerolog.Ctx(r.Context()).Info().Msg("after")
		echo(w, r)
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer token-of-one")
	r.Header.Set("X-Request-Id", "id-1")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var got []string
	for _, line := range l.lines(t, "id-1") {
		got = append(got, line["message"].(string)+" "+line["tenant"].(string))
	}
	if want := "before a, job c, after a, request a"; strings.Join(got, ", ") != want || w.Body.String() != "a" {
		t.Errorf("%s and %s, want %s", got, w.Body, want)
	}
}

// A test gives it to the request, and the layers in front of the handler keep
// it; Require does not: it goes by the request's own header and token.
func TestNewContextForAHandlerUnderTest(t *testing.T) {
	var log bytes.Buffer
	edge := middleware.Default(zerolog.New(&log), nil)
	one := func(*http.Request) (tenant.Grants, error) { return tenant.Grants{IDs: []tenant.ID{"a"}}, nil }
	for want, h := range map[string]http.Handler{
		"c": edge.Append(middleware.RequireScope("x")).ThenFunc(echo),
		"a": edge.Append(tenant.Require(one, nil)).ThenFunc(echo),
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r = r.WithContext(tenant.NewContext(middleware.WithScopes(r.Context(), "x"), "c"))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Body.String() != want {
			t.Errorf("acts for %s, want %s", w.Body, want)
		}
	}
	if got := strings.Count(log.String(), `"tenant":"c"`); got != 1 {
		t.Errorf("the log says\n%s", &log)
	}
}

// Between two layers of a chain it is the tenant from there on.
func TestNewContextBetweenLayers(t *testing.T) {
	h, _ := serve(nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner := middleware.BodyLimit(1)(http.HandlerFunc(echo))
		inner.ServeHTTP(w, r.WithContext(tenant.NewContext(r.Context(), "c")))
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer token-of-one")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Body.String() != "c" {
		t.Errorf("acts for %s", w.Body)
	}
}

// A request that a handler dispatches within its own acts for its own tenant,
// and the one around it stays what it was.
func TestRequestWithinARequest(t *testing.T) {
	inner, _ := serve(nil, http.HandlerFunc(echo))
	outer, l := serve(nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		part := r.Clone(r.Context())
		part.Header.Set("X-Raet-Tenant-Id", "c")
		answer := httptest.NewRecorder()
		inner.ServeHTTP(answer, part)
		_, _ = io.Copy(w, answer.Body)
		echo(w, r)
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer token-of-several")
	r.Header.Set("X-Raet-Tenant-Id", "a")
	r.Header.Set("X-Request-Id", "id-1")
	w := httptest.NewRecorder()
	outer.ServeHTTP(w, r)
	if w.Body.String() != "ca" || w.Header()["Vary"][0] != "X-Raet-Tenant-Id, Authorization" {
		t.Errorf("%s, %v", w.Body, w.Header())
	}
	if access := l.lines(t, "id-1"); access[len(access)-1]["tenant"] != "a" {
		t.Errorf("the log says %v", access)
	}
}

// http.TimeoutHandler answers in another goroutine, which may outlive the
// request: what is found out in there does not reach the log line outside.
func TestBehindATimeoutHandler(t *testing.T) {
	l := new(logs)
	h := middleware.Default(zerolog.New(l), nil).
		Append(func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") }).
		Append(middleware.Bearer(verify, nil), tenant.Require(grants, nil)).
		ThenFunc(func(w http.ResponseWriter, r *http.Request) {
			zerolog.Ctx(r.Context()).Info().Msg("at work")
			echo(w, r)
		})
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer token-of-one")
	r.Header.Set("X-Request-Id", "id-1")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Body.String() != "a" || w.Header().Get("Vary") != "X-Raet-Tenant-Id, Authorization" || w.Header().Get("Cache-Control") != "private, no-cache" {
		t.Errorf("%s\n%v", w.Body, w.Header())
	}
	if logged := l.lines(t, "id-1"); len(logged) != 2 || logged[0]["tenant"] != "a" || logged[1]["tenant"] != nil {
		t.Errorf("the log says %v", logged)
	}
}
