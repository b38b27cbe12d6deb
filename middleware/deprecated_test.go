package middleware_test

import (
	"fmt"
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

// Every response of a deprecated route says so, whoever makes it.
func TestDeprecated(t *testing.T) {
	deprecated := middleware.Deprecated(middleware.DeprecatedOptions{
		Since:  time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC),
		Sunset: time.Date(2027, 1, 1, 2, 0, 0, 0, time.FixedZone("", 2*3600)),
		Info:   "/docs/v2", Policy: "https://example.com/sunset",
	})
	mux := http.NewServeMux()
	mux.HandleFunc("/200", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", `</next>; rel="next"`)
		_, _ = w.Write([]byte("x"))
	})
	mux.HandleFunc("/304", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) })
	mux.HandleFunc("/flush", func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() })
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("x") })
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	mux.Handle("/401", middleware.Bearer(verify, nil)(http.NotFoundHandler()))
	mux.Handle("/503", problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return problem.Unavailable(time.Second, nil) }))
	h, log := edge(deprecated(mux))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for path, status := range map[string]int{"/200": 200, "/304": 304, "/flush": 200, "/panic": 500, "/empty": 200, "/401": 401, "/404": 404, "/503": 503} {
			resp, _ := servertest.Do(t, s, "GET", path, "")
			links := `</docs/v2>; rel="deprecation"|<https://example.com/sunset>; rel="sunset"`
			if path == "/200" {
				links = `</next>; rel="next"|` + links
			}
			got := fmt.Sprint(resp.StatusCode, resp.Header["Deprecation"], resp.Header["Sunset"], strings.Join(resp.Header["Link"], "|"))
			if want := fmt.Sprintf("%d [@1782864000] [Fri, 01 Jan 2027 00:00:00 GMT]%s", status, links); got != want {
				t.Errorf("%s: got\n%s, want\n%s", path, got, want)
			}
			if line := log.access(t, path, 1); line["deprecated"] != true {
				t.Errorf("%v", line)
			}
		}
	})
}

// The log has it also of a route inside http.TimeoutHandler.
func TestDeprecatedBehindATimeout(t *testing.T) {
	var got middleware.Record
	o := &middleware.Options{Observe: func(rec middleware.Record) { got = rec }}
	route := middleware.Deprecated(middleware.DeprecatedOptions{Since: time.Unix(1, 0)})(http.NotFoundHandler())
	h := middleware.Default(zerolog.Nop(), o).Then(http.TimeoutHandler(route, time.Minute, ""))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if !got.Deprecated {
		t.Errorf("%+v", got)
	}
}

func TestDeprecatedPanics(t *testing.T) {
	since := time.Unix(1e9, 0)
	for name, o := range map[string]middleware.DeprecatedOptions{
		"no Since":          {},
		"an early Sunset":   {Since: since, Sunset: since.Add(-1)},
		"no URI reference":  {Since: since, Info: "http://[::1"},
		"a link that ends":  {Since: since, Policy: "/a?b=>; rel=next"},
		"control character": {Since: since, Info: "/a\r\nb"},
	} {
		func() {
			defer func() {
				if v := recover(); !strings.HasPrefix(fmt.Sprint(v), "middleware: Deprecated") {
					t.Errorf("%s: %v", name, v)
				}
			}()
			middleware.Deprecated(o)
		}()
	}
}
