package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// The goroutine that http.TimeoutHandler leaves behind goes on writing, logging
// and failing, while the chain outside answers. Run with -race.
func TestTimeoutHandler(t *testing.T) {
	left := make(chan struct{}, 8)
	slow := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		for range 100 {
			w.Header().Set("X-Late", "1")
			_, _ = w.Write([]byte("late"))
			zerolog.Ctx(r.Context()).Info().Msg("late")
			problem.Write(w, r, errSecret)
			time.Sleep(10 * time.Microsecond)
		}
		left <- struct{}{}
		return errSecret
	})
	chain := middleware.Default(zerolog.New(new(logs)), nil)
	timeout := func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Millisecond, "too slow") }
	for name, h := range map[string]http.Handler{
		"inside":  chain.Append(timeout, middleware.BodyLimit(10)).Then(slow),
		"outside": alice.New(timeout).Extend(chain).Then(slow),
		"between": middleware.RequestID(middleware.Problems(nil)(timeout(middleware.Recover(slow)))),
	} {
		t.Run(name, func(t *testing.T) {
			servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
				resp, body := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1")
				want := document(503)
				if name == "outside" {
					want = "too slow"
				}
				if resp.StatusCode != 503 || body != want || resp.Header.Get("X-Late") != "" {
					t.Errorf("%d %s", resp.StatusCode, body)
				}
				<-left
			})
		})
	}
}

func TestErrorInsideATimeoutHandler(t *testing.T) {
	h, _ := edge(http.TimeoutHandler(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		return problem.NotFound(errSecret)
	}), time.Minute, ""))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		resp, body := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1")
		if resp.StatusCode != 404 || body != document(404) || resp.Header.Get("X-Request-Id") != "id-1" {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	})
}
