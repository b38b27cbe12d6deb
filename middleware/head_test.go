package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// On HEAD there is no body to fail: HTTP/2 answers writes of one with an error,
// and the response is whole all the same.
func TestLongWritesOnHEAD(t *testing.T) {
	h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 100 {
			_, _ = w.Write(make([]byte, 1<<10))
			_ = http.NewResponseController(w).Flush()
		}
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		path := "/" + s.URL[strings.LastIndex(s.URL, ":")+1:]
		if resp, _ := servertest.Do(t, s, "HEAD", path, ""); resp.StatusCode != 200 {
			t.Errorf("%d", resp.StatusCode)
		}
		if line := log.access(t, path, 1); line["aborted"] != nil || line["status"] != 200.0 || line["bytes"] != 0.0 {
			t.Errorf("%v", line)
		}
	})
}

// HEAD has the header of GET, without what only GET's body would tell (RFC 9110
// §9.3.2).
func TestHEADOfATypedError(t *testing.T) {
	const typed = "Content-Type: application/json"
	for _, tt := range []struct {
		name    string
		header  []string
		body    string // that the handler writes, also on HEAD
		content string // Content-Type and Content-Length that HEAD has
		same    bool   // the header is GET's
	}{
		{"untyped", nil, "", "application/problem+json 102", true},
		{"untyped, sized", []string{"Content-Length: 4"}, "", "application/problem+json 102", true},
		{"untyped, written", nil, "text", "application/problem+json 102", true},
		{"typed, of no length", []string{typed, "Content-Length: 0"}, "", "application/problem+json 102", true},
		{"typed, of no length in two digits", []string{typed, "Content-Length: 00"}, "", "application/problem+json 102", true},
		{"typed, of a length that is none", []string{typed, "Content-Length: four"}, "", " ", false},
		{"typed, sized", []string{typed, "Content-Length: 4"}, "", "application/json 4", false},
		{"typed, written", []string{typed}, "text", "application/json 4", true},
		{"typed, sized, written", []string{typed, "Content-Length: 4"}, "text", "application/json 4", true},
		{"typed", []string{typed, `Etag: "1"`, "Cache-Control: public", "X-Kept: yes"}, "", " ", false},
	} {
		h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for _, line := range tt.header {
				name, value, _ := strings.Cut(line, ": ")
				w.Header().Set(name, value)
			}
			w.WriteHeader(412)
			_, _ = io.WriteString(w, tt.body)
			w.Header().Set("X-Late", "net/http does not send this")
		}))
		servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
			head, _ := servertest.Do(t, s, "HEAD", "/", "", "X-Request-Id: "+strings.Repeat("x", 32))
			get, _ := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: "+strings.Repeat("x", 32))
			length := head.Header.Get("Content-Length")
			if tt.content == "application/problem+json 102" {
				length = "102"
				if head.Header.Get("Content-Length") != get.Header.Get("Content-Length") {
					t.Errorf("%s: lengths %s and %s", tt.name, head.Header.Get("Content-Length"), get.Header.Get("Content-Length"))
				}
			}
			if got := head.Header.Get("Content-Type") + " " + length; head.StatusCode != 412 || got != tt.content && !(head.ProtoMajor == 2 && length == "" && tt.same) {
				t.Errorf("%s: %d %s", tt.name, head.StatusCode, servertest.Header(head))
			}
			if tt.same && servertest.Header(head, "Content-Length") != servertest.Header(get, "Content-Length") {
				t.Errorf("%s: HEAD\n%s\nGET\n%s", tt.name, servertest.Header(head), servertest.Header(get))
			}
			if tt.name == "typed" && servertest.Header(head) != "Cache-Control: no-store\nX-Kept: yes\nX-Request-Id: "+strings.Repeat("x", 32)+"\n" {
				t.Errorf("%s", servertest.Header(head))
			}
		})
	}
}

// HEAD of a body that is longer than what HTTP/2 keeps back is no error, in
// whichever layer it is written.
func TestLongBodiesOnHEAD(t *testing.T) {
	body := strings.Repeat("x", 10<<10)
	writes := map[string]problem.HandlerFunc{
		"Write":       func(w http.ResponseWriter, _ *http.Request) error { _, err := w.Write([]byte(body)); return err },
		"WriteString": func(w http.ResponseWriter, _ *http.Request) error { _, err := io.WriteString(w, body); return err },
		"Copy": func(w http.ResponseWriter, _ *http.Request) error {
			_, err := io.Copy(w, strings.NewReader(body))
			return err
		},
		"ServeContent": func(w http.ResponseWriter, r *http.Request) error {
			http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader(body))
			return nil
		},
		"a declared length": func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Length", "10240")
			_, err := io.WriteString(w, body)
			return err
		},
	}
	for name, write := range writes {
		for layers, chain := range map[string][]alice.Constructor{
			"the edge": nil, "Computed": {etag.Computed(nil)}, "a wrapper": {snoop}, "Computed, and a wrapper": {etag.Computed(nil), snoop}, "a small limit": {etag.Computed(&etag.ComputedOptions{Limit: 100})},
		} {
			log := new(logs)
			h := middleware.Default(zerolog.New(log), nil).Append(chain...).Then(write)
			servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
				path := "/" + s.URL[strings.LastIndex(s.URL, ":")+1:]
				get, _ := servertest.Do(t, s, "GET", path+"/get", "", "X-Request-Id: id-1")
				head, _ := servertest.Do(t, s, "HEAD", path, "", "X-Request-Id: id-1")
				if line := log.access(t, path, 1); line["status"] != 200.0 || line["error"] != nil || line["aborted"] != nil || line["level"] != "info" {
					t.Errorf("%s behind %s: %v", name, layers, line)
				}
				without := []string{"Content-Length"} // which net/http makes of a short body
				if get, head := servertest.Header(get, without...), servertest.Header(head, without...); get != head {
					t.Errorf("%s behind %s: GET has\n%sHEAD\n%s", name, layers, get, head)
				}
			})
		}
	}
}
