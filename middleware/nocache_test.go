package middleware_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

func TestRequireNoCache(t *testing.T) {
	h, _ := edge(middleware.RequireNoCache(http.HandlerFunc(noContent)))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, test := range []struct {
			lines []string
			ok    bool
		}{
			{[]string{"no-cache"}, true},
			{[]string{"No-Cache"}, true},
			{[]string{"NO-CACHE"}, true},
			{[]string{"max-age=0, no-cache"}, true},
			{[]string{"no-cache,no-store"}, true},
			{[]string{"no-store", "max-age=0", "no-cache"}, true},
			{[]string{" ,, no-cache ,"}, true},
			{[]string{`ext="a,b", no-cache`}, true},
			{[]string{"no-cache=1"}, true},

			{nil, false},
			{[]string{""}, false},
			{[]string{"no-store"}, false},
			{[]string{"max-age=0"}, false},
			{[]string{"no-cachex"}, false},
			{[]string{"xno-cache"}, false},
			{[]string{"no-cache;max-age=0"}, false},
			{[]string{"no-cache max-age=0"}, false},
			{[]string{"no_cache"}, false},
			{[]string{`ext="a, no-cache"`}, false},
			{[]string{`"no-cache"`}, false},
			{[]string{"max-age=no-cache"}, false},
		} {
			send := []string{"X-Request-Id: id-1"}
			for _, l := range test.lines {
				send = append(send, "cache-control: "+l)
			}
			resp, body := servertest.Do(t, s, "POST", "/token", "", send...)
			if test.ok {
				if want := "Cache-Control: no-store\nPragma: no-cache\nX-Request-Id: id-1\n"; resp.StatusCode != 204 || servertest.Header(resp) != want {
					t.Errorf("%q: %d\n%s", test.lines, resp.StatusCode, servertest.Header(resp))
				}
				continue
			}
			header := "Cache-Control: no-store\nContent-Type: application/problem+json\nPragma: no-cache\nX-Content-Type-Options: nosniff\nX-Request-Id: id-1\n"
			want := `{"type":"/problems/no-cache-required","title":"No-cache required","status":400,"detail":"This needs Cache-Control: no-cache.","requestId":"id-1"}`
			if got := servertest.Header(resp, "Content-Length"); resp.StatusCode != 400 || body != want || got != header {
				t.Errorf("%q: %d %s\n%s", test.lines, resp.StatusCode, body, got)
			}
		}
	})
}

// Whatever the handler does: nothing keeps the response.
func TestRequireNoCacheRespondsNoStore(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"nothing":  func(http.ResponseWriter, *http.Request) {},
		"a write":  func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") },
		"a copy":   func(w http.ResponseWriter, _ *http.Request) { _, _ = io.Copy(w, strings.NewReader("{}")) },
		"a flush":  func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() },
		"a status": noContent,
		"content": func(w http.ResponseWriter, r *http.Request) {
			http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader("x"))
		},
		"error": func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, problem.New(400, "invalid_grant")) },
		"text":  func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", 400) },
		"typed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(400)
			_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
		},
		"panic": func(http.ResponseWriter, *http.Request) { panic("x") },
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := edge(middleware.RequireNoCache(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Cache-Control", "public, max-age=3600")
				w.Header().Add("Cache-Control", "immutable")
				w.Header().Set("Pragma", "x")
				handle(w, r)
			})))
			servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
				for _, method := range []string{"GET", "HEAD", "POST"} {
					resp, _ := servertest.Do(t, s, method, "/", "", "Cache-Control: no-cache")
					got := fmt.Sprint(resp.Header["Cache-Control"], resp.Header["Pragma"])
					if got != "[no-store] [no-cache]" {
						t.Errorf("%s: %s", method, got)
					}
				}
			})
		})
	}
}
