package problem_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// Within a Computed and nothing else, Write knows that the response has begun.
func TestWriteBreaksOffWithinComputed(t *testing.T) {
	h := etag.Computed(nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half of it")
		_ = http.NewResponseController(w).Flush()
		problem.Write(w, r, errors.New("secret"))
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		resp, err := s.Client().Get(s.URL)
		var body []byte
		if err == nil {
			body, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if err == nil || strings.Contains(string(body), "about:blank") {
			t.Errorf("%q %v", body, err)
		}
	})
}

// And before it has begun an error is a response like any other.
func TestWriteWithinComputed(t *testing.T) {
	for name, h := range map[string]http.Handler{
		"written":  http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, problem.NotFound(nil)) }),
		"returned": problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return problem.NotFound(nil) }),
	} {
		rec := httptest.NewRecorder()
		etag.Computed(nil)(h).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
		if got := rec.Body.String(); rec.Code != 404 || got != `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing here for this request."}` {
			t.Errorf("%s: %d %s", name, rec.Code, got)
		}
	}
}

// A flush that is not supported has begun nothing.
func TestWriteAfterAFailedFlush(t *testing.T) {
	h := middleware.RequestID(etag.Computed(nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		problem.Write(w, r, problem.NotFound(nil))
	})))
	rec := httptest.NewRecorder()
	h.ServeHTTP(struct{ http.ResponseWriter }{rec}, httptest.NewRequest("GET", "/", nil))
	if rec.Code != 404 {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// What Computed keeps of a response is not sent when an error takes its place, also
// where the client has disconnected.
func TestWriteAfterDisconnectWithinComputed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	rec := httptest.NewRecorder()
	etag.Computed(nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half of it")
		problem.Write(w, r, errors.New("secret"))
	})).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if rec.Code != 500 || strings.Contains(rec.Body.String(), "half") {
		t.Errorf("%d %q", rec.Code, rec.Body)
	}
}

// An error's Vary is added to a slice that may be somebody else's.
func TestWriteLeavesTheVaryOfOthers(t *testing.T) {
	others := append(make([]string, 0, 4), "Origin")
	rec := httptest.NewRecorder()
	rec.Header()["Vary"] = others
	problem.Write(rec, httptest.NewRequest("GET", "/", nil), &problem.Error{Status: 404, Header: http.Header{"Vary": {"X-A"}}})
	if got := rec.Result().Header["Vary"]; len(got) != 2 || others[:2][1] != "" {
		t.Errorf("%q, and %q in the slice of others", got, others[:2])
	}
}
