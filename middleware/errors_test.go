package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// Panics in what the service brings cost neither the response nor the log line.
func TestPanicsInTheServicesOwnFunctions(t *testing.T) {
	log := new(logs)
	h := middleware.Default(zerolog.New(log), &middleware.Options{
		Map:     func(error) error { panic("in Map") },
		Observe: func(middleware.Record) { panic("in Observe") },
	}).Then(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		if r.URL.Path == "/ok" {
			return nil
		}
		return problem.Wrap(404, (*badError)(nil))
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		if resp, _ := servertest.Do(t, s, "GET", "/ok", ""); resp.StatusCode != 200 {
			t.Errorf("%d", resp.StatusCode)
		}
		if resp, body := servertest.Do(t, s, "GET", "/404", "", "X-Request-Id: id-1"); resp.StatusCode != 500 || body != document(500) {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		if line := log.access(t, "/404", 1); line["status"] != 500.0 || line["error"] == nil {
			t.Errorf("%v", line)
		}
	})
	if !strings.Contains(log.String(), `"error":"panic: in Observe"`) {
		t.Error("the panic of Observe is not in the log")
	}
}

// badError panics whatever it is asked for when it is nil.
type badError struct{ err error }

func (e *badError) Error() string { return e.err.Error() }

func (e *badError) Unwrap() error { return e.err }

// What no access line tells has a line of its own.
func TestErrorsOutOfSightOfTheAccessLog(t *testing.T) {
	log := new(logs)
	failing := problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errSecret })
	mux := http.NewServeMux()
	mux.Handle("/timeout", http.TimeoutHandler(failing, time.Minute, ""))
	mux.HandleFunc("/batch", func(w http.ResponseWriter, r *http.Request) { failing.ServeHTTP(httptest.NewRecorder(), r) })
	h := middleware.Default(zerolog.New(log), nil).Then(mux)
	for _, path := range []string{"/timeout", "/batch"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("X-Request-Id", "id"+path)
		h.ServeHTTP(httptest.NewRecorder(), r)
		want := `{"level":"error","status":500,"error":"` + errSecret.Error() + `","request_id":"id` + path + `","message":"error inside the request"}`
		if strings.Count(log.String(), want+"\n") != 1 {
			t.Errorf("%s: not in\n%s", path, log)
		}
		if line := log.access(t, path, 1); line["error"] != nil {
			t.Errorf("%v", line)
		}
	}
}
