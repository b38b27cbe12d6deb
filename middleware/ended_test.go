package middleware_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// naive is a timeout as it is found in the wild: the handler goes on with the
// writer of a response that has been sent. left waits for it.
func naive(left *sync.WaitGroup, limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			done := make(chan struct{})
			left.Go(func() {
				defer close(done)
				next.ServeHTTP(w, r)
			})
			select {
			case <-done:
			case <-time.After(limit):
				http.Error(w, "too slow", http.StatusGatewayTimeout)
			}
		})
	}
}

// lateCalls are what a handler does that does not know that it is late. None of
// them waits for the client.
func lateCalls(t *testing.T) map[string]http.HandlerFunc {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("late, of a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	return map[string]http.HandlerFunc{
		"Write":       func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("late")) },
		"WriteString": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "late") },
		"Copy":        func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, onlyReader{strings.NewReader("late")}) },
		"File": func(w http.ResponseWriter, r *http.Request) {
			if f, err := os.Open(file); err == nil {
				_, _ = io.Copy(w, f)
				f.Close()
			}
		},
		"ServeFile":   func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) },
		"Flush":       func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() },
		"Controller":  func(w http.ResponseWriter, _ *http.Request) { _ = http.NewResponseController(w).Flush() },
		"WriteHeader": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) },
		"Error":       func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "late", http.StatusTeapot) },
		"Problem":     func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, errSecret) },
		"Close":       func(w http.ResponseWriter, _ *http.Request) { w.(interface{ CloseNotify() <-chan bool }).CloseNotify() },
		"Layers": func(w http.ResponseWriter, r *http.Request) {
			middleware.RequireNoCache(middleware.Accept("text/csv")(middleware.BodyLimit(1)(http.NotFoundHandler()))).ServeHTTP(w, r)
		},
		"Deadline": func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute))
		},
		"Tag": func(w http.ResponseWriter, r *http.Request) { etag.Set(w, r, etag.Version(1)) },
	}
}

// A handler that outlives its response changes neither that one nor the next, and
// the process goes on. Run with -race.
func TestHandlerThatOutlivesItsResponse(t *testing.T) {
	verify := func(ctx context.Context, _ string) (context.Context, error) { return ctx, nil }
	current := func(*http.Request) (etag.State, error) { return etag.State{Tag: etag.Version(1)}, nil }
	for name, call := range lateCalls(t) {
		var left sync.WaitGroup
		late := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			<-r.Context().Done() // the response has ended
			for range 50 {
				call(w, r)
			}
		})
		timeout := naive(&left, time.Millisecond)
		edge := middleware.Default(zerolog.New(new(logs)), nil)
		for chain, h := range map[string]http.Handler{
			"the edge":            edge.Append(timeout).Then(late),
			"HandlerFunc":         edge.Append(timeout).Then(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error { late(w, r); return errSecret })),
			"HandlerFunc outside": edge.Then(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error { timeout(late).ServeHTTP(w, r); return nil })),
			"Computed":            edge.Append(etag.Computed(nil), timeout).Then(late),
			"Computed alone":      etag.Computed(nil)(timeout(late)),
			"routes": edge.Append(timeout, middleware.Bearer(verify, nil), tenant.Require(oneTenant, nil), middleware.Accept("text/csv"), etag.Guard(current, nil), etag.Computed(nil)).
				Then(late),
		} {
			servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
				for range 3 {
					resp, body := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1", "Authorization: Bearer x")
					if resp.StatusCode != http.StatusGatewayTimeout || body != document(504) && chain != "Computed alone" || strings.Contains(body, "late") {
						t.Errorf("%s behind %s: %d %q", name, chain, resp.StatusCode, body)
					}
				}
				left.Wait()
			})
		}
	}
}

// A handler and a goroutine of its own meet at the end of the response. Whatever
// the client gets, the process goes on. Run with -race.
func TestGoroutineAtTheEndOfTheResponse(t *testing.T) {
	for name, call := range lateCalls(t) {
		switch name {
		case "Error", "Problem", "ServeFile", "Tag", "Layers", "Copy": // they use the header, which is for one goroutine at a time
			continue
		}
		var left sync.WaitGroup
		both := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			call(w, r)
			left.Go(func() {
				for range 50 {
					call(w, r)
				}
			})
		})
		edge := middleware.Default(zerolog.New(new(logs)), nil)
		for _, h := range []http.Handler{edge.Then(both), edge.Append(etag.Computed(nil)).Then(both)} {
			servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
				for range 5 {
					_, _, _ = servertest.Try(s, "GET", "/", "")
				}
				left.Wait()
			})
		}
	}
}
