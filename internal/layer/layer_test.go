package layer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/problem"
)

// What each kind of function of a layer makes of a request.
func TestLayer(t *testing.T) {
	refusal := problem.New(409, "not now")
	type contextKey struct{}
	seen := ""
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen, _ = r.Context().Value(contextKey{}).(string)
		_, _ = io.WriteString(w, "handler")
	})
	with := func(r *http.Request) *http.Request {
		return r.WithContext(context.WithValue(r.Context(), contextKey{}, "handed on"))
	}
	for name, tt := range map[string]struct {
		layer  *layer.Layer
		status int
		body   string
		seen   string
	}{
		"Check":           {&layer.Layer{Check: func(_ http.ResponseWriter, r *http.Request) (*http.Request, error) { return with(r), nil }}, 200, "handler", "handed on"},
		"Check refuses":   {&layer.Layer{Check: func(_ http.ResponseWriter, r *http.Request) (*http.Request, error) { return r, refusal }}, 409, `"detail":"not now"`, ""},
		"Decide":          {&layer.Layer{Decide: func(x layer.Exchange) (*http.Request, error) { return with(x.R), nil }}, 200, "handler", "handed on"},
		"Decide refuses":  {&layer.Layer{Decide: func(x layer.Exchange) (*http.Request, error) { return x.R, refusal }}, 409, `"detail":"not now"`, ""},
		"Decide responds": {&layer.Layer{Decide: func(x layer.Exchange) (*http.Request, error) { x.W.WriteHeader(304); return nil, nil }}, 304, "", ""},
		"Around":          {&layer.Layer{Around: func(x layer.Exchange, next http.Handler) { next.ServeHTTP(x.W, with(x.R)) }}, 200, "handler", "handed on"},
		"Transform": {&layer.Layer{Transform: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(w, with(r))
			_, _ = io.WriteString(w, " and footer")
		}}, 200, "handler and footer", "handed on"},
	} {
		tt.layer.Name = name
		servertest.Both(t, tt.layer.Middleware(handler), func(t *testing.T, s *httptest.Server) {
			seen = ""
			resp, body := servertest.Do(t, s, "GET", "/", "")
			if resp.StatusCode != tt.status || !strings.Contains(body, tt.body) || tt.body == "" && body != "" || seen != tt.seen {
				t.Errorf("%s: %d %q, the handler has %q", name, resp.StatusCode, body, seen)
			}
		})
	}
}

var kinds = map[string]layer.Kind{
	"Other": layer.Other, "Bearer": layer.Bearer, "Scope": layer.Scope, "Tenant": layer.Tenant, "Accept": layer.Accept, "Guard": layer.Guard,
}

// forbidden are the pairs "outer inner" of kinds.
var forbidden = map[string]bool{
	"Guard Bearer": true, "Guard Scope": true, "Guard Tenant": true, "Guard Accept": true,
	"Scope Bearer": true, "Tenant Bearer": true,
}

func passing(name string, kind layer.Kind) *layer.Layer {
	return &layer.Layer{Name: name, Kind: kind, Decide: func(x layer.Exchange) (*http.Request, error) { return x.R, nil }}
}

// between are what may stand between two layers.
var between = map[string]func(http.Handler) http.Handler{
	"a function": func(next http.Handler) http.Handler { return http.HandlerFunc(next.ServeHTTP) },
	"another layer": func(next http.Handler) http.Handler {
		return passing("between", layer.Other).Middleware(http.HandlerFunc(next.ServeHTTP))
	},
	"a wrapper":           func(next http.Handler) http.Handler { return wrapping(next) },
	"http.TimeoutHandler": func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") },
	"a copy": func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), copyKey{}, 0)))
		})
	},
	"another context": func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r.WithContext(context.Background())) })
	},
}

func wrapping(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(struct{ http.ResponseWriter }{w}, r) })
}

// Each pair of kinds, in a chain that can be seen as a whole, and with something in
// between.
func TestOrder(t *testing.T) {
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	edge := passing("edge", layer.Other).Middleware
	for o, outer := range kinds {
		for i, inner := range kinds {
			pair := o + " " + i
			want := ""
			if forbidden[pair] {
				want = i + " stands inside " + o + ", but must stand outside: "
			}
			for name, chain := range map[string]func(http.Handler) http.Handler{
				"at once":         func(next http.Handler) http.Handler { return next },
				"through a layer": passing("between", layer.Other).Middleware,
			} {
				got := built(func() { passing(o, outer).Middleware(chain(passing(i, inner).Middleware(ok))) })
				if want == "" && got != "" || !strings.HasPrefix(got, want) {
					t.Errorf("%s, %s: %q", pair, name, got)
				}
			}
			for name, wrap := range between {
				outside := passing(o, outer)
				h := edge(outside.Middleware(wrap(passing(i, inner).Middleware(ok))))
				alone := outside.Middleware(ok) // another chain with the same layer
				status := 204
				if want != "" {
					status = 500
				}
				for range 2 {
					if got := serve(h, "/"); got != status {
						t.Errorf("%s, with %s in between: %d", pair, name, got)
					}
				}
				if got := serve(alone, "/"); got != status {
					t.Errorf("%s, with %s in between, and then the outer layer elsewhere: %d", pair, name, got)
				}
			}
		}
	}
}

// built returns what build panics with, as text.
func built(build func()) (message string) {
	defer func() {
		if v := recover(); v != nil {
			message = fmt.Sprint(v)
		}
	}()
	build()
	return ""
}

func serve(h http.Handler, path string) int {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
	return rec.Code
}

// A request inside a request has its own order.
func TestOrderOfRequestsInsideARequest(t *testing.T) {
	mux := http.NewServeMux()
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	guarded := func(h http.Handler) http.Handler {
		return passing("Tenant", layer.Tenant).Middleware(passing("Guard", layer.Guard).Middleware(h))
	}
	mux.Handle("/inner", passing("Bearer", layer.Bearer).Middleware(passing("Scope", layer.Scope).Middleware(guarded(ok))))
	handle := func(path string, f http.HandlerFunc) { mux.Handle(path, guarded(f)) }
	part := func(w http.ResponseWriter, r *http.Request) int {
		mux.ServeHTTP(w, r)
		if rec, ok := w.(*httptest.ResponseRecorder); ok {
			return rec.Code
		}
		return 0
	}
	handle("/batch", func(w http.ResponseWriter, r *http.Request) {
		for range 2 {
			inner, err := http.NewRequestWithContext(r.Context(), "GET", "/inner", nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := part(httptest.NewRecorder(), inner); got != http.StatusNoContent {
				t.Errorf("a part of the batch: %d", got)
			}
		}
		w.WriteHeader(http.StatusNoContent)
	})
	handle("/forward", func(w http.ResponseWriter, r *http.Request) {
		inner := r.Clone(r.Context())
		inner.URL.Path = "/inner"
		part(w, inner)
	})
	handle("/in-place", func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/inner"
		part(w, r)
	})
	handle("/shallow", func(w http.ResponseWriter, r *http.Request) {
		inner := *r
		inner.URL.Path = "/inner"
		part(w, &inner)
	})
	handle("/batch-in-place", func(w http.ResponseWriter, r *http.Request) {
		inner := r.WithContext(r.Context())
		inner.URL.Path = "/inner"
		for range 2 {
			if got := part(httptest.NewRecorder(), inner); got != http.StatusNoContent {
				t.Errorf("a part of the batch that is the request itself: %d", got)
			}
		}
		w.WriteHeader(http.StatusNoContent)
	})
	handle("GET /method", func(w http.ResponseWriter, r *http.Request) {
		r.Method = "SEARCH"
		part(w, r)
	})
	mux.Handle("SEARCH /method", passing("Bearer", layer.Bearer).Middleware(guarded(ok)))
	mux.HandleFunc("/one-after-another", func(w http.ResponseWriter, r *http.Request) {
		nothing := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
		passing("Bearer", layer.Bearer).Middleware(passing("Scope", layer.Scope).Middleware(guarded(nothing))).ServeHTTP(w, r)
		passing("Bearer", layer.Bearer).Middleware(passing("Scope", layer.Scope).Middleware(guarded(ok))).ServeHTTP(w, r)
	})
	mux.HandleFunc("/one-declines", func(w http.ResponseWriter, r *http.Request) {
		for _, decline := range []func() (*http.Request, error){
			func() (*http.Request, error) { return nil, errors.New("refused") },
			func() (*http.Request, error) { return nil, nil },
			func() (*http.Request, error) { panic("declined") },
		} {
			guard := &layer.Layer{Name: "Guard", Kind: layer.Guard, Decide: func(layer.Exchange) (*http.Request, error) { return decline() }}
			func() {
				defer func() { _ = recover() }()
				passing("Tenant", layer.Tenant).Middleware(guard.Middleware(ok)).ServeHTTP(silent{w}, r)
			}()
		}
		passing("Bearer", layer.Bearer).Middleware(passing("Scope", layer.Scope).Middleware(guarded(ok))).ServeHTTP(w, r)
	})
	handle("/strip/inner", http.StripPrefix("/strip", mux).ServeHTTP)
	for name, h := range map[string]http.Handler{"routes alone": mux, "an edge": passing("edge", layer.Other).Middleware(mux)} {
		for range 2 {
			for _, path := range []string{"/batch", "/forward", "/in-place", "/shallow", "/batch-in-place", "/method", "/one-after-another", "/one-declines", "/strip/inner", "/inner"} {
				if got := serve(h, path); got != http.StatusNoContent {
					t.Errorf("%s, %s: %d", name, path, got)
				}
			}
		}
	}
}

// silent takes what a chain responds, for a handler that tries another one then.
type silent struct{ http.ResponseWriter }

func (silent) WriteHeader(int) {}

func (silent) Write(p []byte) (int, error) { return len(p), nil }

// The layer in the right place is not blamed, and the error has both names.
func TestOrderIsLogged(t *testing.T) {
	var got error
	edge := &layer.Layer{Name: "edge", Decide: func(x layer.Exchange) (*http.Request, error) {
		x.Observe(observer(func(err error) { got = err }))
		return x.R, nil
	}}
	guard, bearer := passing("etag.Guard", layer.Guard), passing("middleware.Bearer", layer.Bearer)
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	h := edge.Middleware(guard.Middleware(wrapping(bearer.Middleware(ok))))
	for range 2 {
		got = nil
		if status := serve(h, "/"); status != 500 || got == nil || !strings.Contains(got.Error(), bearer.Name) || !strings.Contains(got.Error(), guard.Name) {
			t.Errorf("%d, %v", status, got)
		}
	}
	if status := serve(edge.Middleware(bearer.Middleware(ok)), "/"); status != http.StatusNoContent {
		t.Errorf("%s alone: %d", bearer.Name, status)
	}
	var p *problem.Error
	if errors.As(got, &p) && p.Status != 500 {
		t.Errorf("%v", p)
	}
}

// observer gets the error of each request.
type observer func(error)

func (o observer) End(out response.Outcome) { o(out.Err) }

type copyKey struct{}
