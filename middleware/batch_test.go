package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// A batch dispatches requests inside a request. They are requests of their own:
// nothing of the outer one changes.
func TestBatch(t *testing.T) {
	log := new(logs)
	chain := middleware.Default(zerolog.New(log), nil)
	mux := http.NewServeMux()
	part := middleware.BodyLimit(3)(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		return errSecret
	}))
	mux.Handle("/part", part)
	mux.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic(errSecret) })
	var whole http.Handler
	mux.HandleFunc("POST /batch", func(w http.ResponseWriter, r *http.Request) {
		for _, tt := range []struct {
			h    http.Handler
			path string
			id   string // of the part
		}{
			{mux, "/part", ""},      // the routes alone
			{whole, "/part", ""},    // the service as a whole
			{whole, "/part", "own"}, // with an id of its own
			{whole, "/panic", ""},
			{whole, "/nowhere", ""},
		} {
			rec := httptest.NewRecorder()
			inner, _ := http.NewRequestWithContext(r.Context(), "POST", tt.path, strings.NewReader("1"))
			if tt.id != "" {
				inner.Header.Set("X-Request-Id", tt.id)
			}
			tt.h.ServeHTTP(rec, inner)
			want := tt.id
			if want == "" {
				want = "id-1"
			}
			if rec.Code < 400 || !strings.Contains(rec.Body.String(), `"requestId":"`+want+`"`) {
				t.Errorf("%v: %d %s", tt, rec.Code, rec.Body)
			}
		}
		w.Header().Set("X-Batch", "done")
		_, _ = io.WriteString(w, "outer")
	})
	whole = chain.Then(mux)
	servertest.Both(t, whole, func(t *testing.T, s *httptest.Server) {
		resp, body := servertest.Do(t, s, "POST", "/batch", "", "X-Request-Id: id-1")
		want := "Content-Length: 5\nContent-Type: text/plain; charset=utf-8\nX-Batch: done\nX-Request-Id: id-1\n"
		if got := servertest.Header(resp); resp.StatusCode != 200 || body != "outer" || got != want {
			t.Errorf("%d %s\n%s", resp.StatusCode, body, got)
		}
		n := 1
		if strings.HasSuffix(t.Name(), "2") {
			n = 2
		}
		line := log.access(t, "/batch", n)
		if line["status"] != 200.0 || line["request_id"] != "id-1" || line["error"] != nil || line["pattern"] != "POST /batch" || line["bytes"] != 5.0 {
			t.Errorf("%v", line)
		}
	})
}
