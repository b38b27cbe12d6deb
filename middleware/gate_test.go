package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
)

func TestGate(t *testing.T) {
	var gate middleware.Gate
	ran := 0
	h, _ := edge(gate.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran++ })))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		ran = 0
		servertest.Do(t, s, "GET", "/", "")
		gate.Close(1500 * time.Millisecond)
		resp, body := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1")
		if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "2" || body != document(503) {
			t.Errorf("%d %s %s", resp.StatusCode, servertest.Header(resp), body)
		}
		gate.Open()
		if resp, _ := servertest.Do(t, s, "GET", "/", ""); resp.StatusCode != 200 || ran != 2 {
			t.Errorf("%d, ran %d times", resp.StatusCode, ran)
		}
	})
}

// Run with -race.
func TestGateIsFlippedFromAnyGoroutine(t *testing.T) {
	var gate middleware.Gate
	h := gate.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				gate.Close(time.Second)
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
				if rec.Code != 200 && (rec.Code != 503 || rec.Header().Get("Retry-After") != "1") {
					t.Errorf("%d %v", rec.Code, rec.Header())
				}
				gate.Open()
			}
		})
	}
	wg.Wait()
}
