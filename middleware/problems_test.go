package middleware_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strconv"
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

// A Problems behind a third-party wrapper that keeps the response back says nothing
// about a response that has not come by yet.
func TestNestedProblemsBehindABuffer(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/bare", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) })
	mux.HandleFunc("/typed", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		w.WriteHeader(422)
		_, _ = io.WriteString(w, "a,b")
	})
	log := new(logs)
	h := middleware.Default(zerolog.New(log), nil).Append(buffered, middleware.Problems(nil)).Then(mux)
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		if resp, body := servertest.Do(t, s, "GET", "/bare", "", "X-Request-Id: id-1"); resp.StatusCode != 404 || body != document(404) {
			t.Errorf("%d %q", resp.StatusCode, body)
		}
		if resp, body := servertest.Do(t, s, "GET", "/typed", ""); resp.StatusCode != 422 || body != "a,b" {
			t.Errorf("%d %q", resp.StatusCode, body)
		}
		if line := log.access(t, "/typed", 1); line["status"] != 422.0 {
			t.Errorf("%v", line)
		}
	})
}

// A typed error has all that the layers say about caches, behind a writer
// outside that reads the header late, too.
func TestTypedErrorKeepsVary(t *testing.T) {
	typed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Vary", "Origin")
		w.WriteHeader(404)
		_, _ = io.WriteString(w, "{}")
	})
	chain := middleware.Default(zerolog.Nop(), nil).Append(middleware.Accept("application/json")).Then(typed)
	for name, h := range map[string]http.Handler{
		"nobody outside": chain, "a TimeoutHandler outside": http.TimeoutHandler(chain, time.Minute, ""), "a buffer outside": buffered(chain),
	} {
		t.Run(name, func(t *testing.T) {
			servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
				if resp, _ := servertest.Do(t, s, "GET", "/", ""); resp.StatusCode != 404 || resp.Header.Get("Vary") != "Origin, Accept" {
					t.Errorf("%d\n%s", resp.StatusCode, servertest.Header(resp))
				}
			})
		})
	}
}

// Two errors for one answer: the document that is whole stays.
func TestErrorAfterADocument(t *testing.T) {
	h := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		http.Error(w, "no", http.StatusBadRequest)
		return errSecret
	})
	for _, h := range []http.Handler{middleware.Default(zerolog.Nop(), nil).Then(h), alice.New(eager).Extend(middleware.Default(zerolog.Nop(), nil)).Then(h)} {
		servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
			resp, body := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1", "Accept-Encoding: identity")
			if resp.StatusCode != 400 || resp.Header.Get("Content-Encoding") == "" && body != document(400) {
				t.Errorf("%d %q", resp.StatusCode, body)
			}
		})
	}
}

// Somebody may write when the handler has returned, as compressors do: by then
// the document is the response.
func TestDocumentBeforeAFooter(t *testing.T) {
	footer := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			_, _ = io.WriteString(w, "footer")
		})
	}
	h := alice.New(middleware.RequestID, footer, middleware.Problems(nil)).ThenFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		w.WriteHeader(404)
	})
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		if resp, body := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1"); resp.StatusCode != 404 || body != document(404) {
			t.Errorf("%d %q", resp.StatusCode, body)
		}
	})
}

// An empty Write brings no byte, so it decides nothing: http.TimeoutHandler
// always writes what it has.
func TestAnEmptyWriteIsNoBody(t *testing.T) {
	content := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		etag.Set(w, r, etag.Version(7))
		w.Header().Set("Content-Type", "application/json")
		http.ServeContent(w, r, "", time.Unix(1e9, 0), strings.NewReader(`{"a":1}`))
	})
	empty := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(412)
		_, _ = w.Write(nil)
		_, _ = io.WriteString(w, "")
	})
	timeout := func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") }
	edge := middleware.Default(zerolog.Nop(), nil)
	for name, h := range map[string]http.Handler{
		"TimeoutHandler":            edge.Append(timeout).Then(content),
		"TimeoutHandler and layers": edge.Append(timeout, middleware.Accept("application/json")).Then(content),
		"Write(nil)":                edge.Then(empty),
	} {
		servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
			resp, body := servertest.Do(t, s, "GET", "/", "", `If-Match: "6"`)
			if resp.StatusCode != 412 || resp.Header.Get("Content-Type") != "application/problem+json" ||
				resp.Header.Get("Last-Modified") != "" || !strings.Contains(body, `"status":412`) {
				t.Errorf("%s: %d %v %q", name, resp.StatusCode, resp.Header, body)
			}
		})
	}
}

var errSecret = errors.New("pq: password authentication failed")

// Each row is an error response that a handler gives without help, and becomes
// the document of its status.
func TestProblemsMakesDocuments(t *testing.T) {
	content := strings.NewReader("0123456789")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /only-get", func(http.ResponseWriter, *http.Request) {})
	handle := func(path string, h http.HandlerFunc) { mux.HandleFunc(path, h) }
	handle("/http-error", func(w http.ResponseWriter, r *http.Request) { http.Error(w, errSecret.Error(), 500) })
	handle("/http-error-after-headers", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Content-Disposition", "attachment")
		w.Header().Set("Content-Encoding", "gzip")
		http.Error(w, errSecret.Error(), http.StatusForbidden)
	})
	handle("/bare", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) })
	handle("/untyped", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(502)
		_, _ = io.WriteString(w, errSecret.Error())
	})
	handle("/untyped-many-writes", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(502)
		for range 10_000 {
			_, _ = w.Write([]byte(errSecret.Error()))
		}
	})
	handle("/untyped-copied", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(502)
		_, _ = io.Copy(w, onlyReader{strings.NewReader(errSecret.Error())})
	})
	handle("/untyped-sized", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(errSecret.Error())))
		w.WriteHeader(502)
		_, _ = io.WriteString(w, errSecret.Error())
	})
	handle("/typed-as-nothing", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "")
		w.WriteHeader(502)
		_, _ = io.WriteString(w, errSecret.Error())
	})
	handle("/typed-for-the-success", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.WriteHeader(404)
		w.Header().Set("X-Late", "net/http does not send this")
	})
	handle("/serve-content", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		w.Header().Set("ETag", `"1"`)
		http.ServeContent(w, r, "x", time.Time{}, content)
	})
	mux.Handle("/timeout", http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	}), time.Millisecond, errSecret.Error()))
	mux.Handle("/returned", problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		return fmt.Errorf("query: %w", errSecret)
	}))
	mux.Handle("/returned-after-header", problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(418)
		return errSecret
	}))
	mux.Handle("/early-hints", problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(103)
		w.WriteHeader(404)
		return nil
	}))

	h, log := edge(mux)
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for i, tt := range []struct {
			method, path string
			header       string
			status       int
			more         string // header fields besides those of every document
			cause        string // in the log
		}{
			{"GET", "/nowhere", "", 404, "", "404 page not found"},
			{"POST", "/only-get", "", 405, "Allow: GET, HEAD\n", "Method Not Allowed"},
			{"GET", "/http-error", "", 500, "", errSecret.Error()},
			{"GET", "/http-error-after-headers", "", 403, "", ""},
			{"GET", "/bare", "", 403, "", ""},
			{"GET", "/untyped", "", 502, "", errSecret.Error()},
			{"GET", "/untyped-many-writes", "", 502, "", strings.Repeat(errSecret.Error(), 1024)[:1024]},
			{"GET", "/untyped-copied", "", 502, "", errSecret.Error()},
			{"GET", "/untyped-sized", "", 502, "", errSecret.Error()},
			{"GET", "/typed-as-nothing", "", 502, "", errSecret.Error()},
			{"GET", "/typed-for-the-success", "", 404, "", ""},
			{"GET", "/serve-content", `If-Match: "2"`, 412, "", ""},
			{"GET", "/serve-content", "Range: bytes=100-", 416, "Content-Range: bytes */10\n", "invalid range: failed to overlap"},
			{"GET", "/timeout", "", 503, "", errSecret.Error()},
			{"GET", "/returned", "", 500, "", "query: " + errSecret.Error()},
			{"GET", "/returned-after-header", "", 500, "", errSecret.Error()},
			{"GET", "/early-hints", "", 404, "Link: </style.css>; rel=preload\n", ""},
		} {
			for _, method := range []string{tt.method, "HEAD"} {
				if method == "HEAD" && (tt.path == "/typed-for-the-success" || tt.path == "/only-get" || tt.path == "/serve-content" && tt.status == 412) {
					continue // nothing tells what GET would send: see TestHEADOfATypedError
				}
				path := fmt.Sprintf("%s?%d", tt.path, i)
				header := []string{"X-Request-Id: id-1"}
				if tt.header != "" {
					header = append(header, tt.header)
				}
				resp, body := servertest.Do(t, s, method, path, "", header...)
				doc := document(tt.status)
				want := sorted("Cache-Control: no-store\nContent-Length: " + strconv.Itoa(len(doc)) +
					"\nContent-Type: application/problem+json\nX-Content-Type-Options: nosniff\nX-Request-Id: id-1\n" + tt.more)
				if method == "HEAD" {
					doc = ""
				}
				if got := servertest.Header(resp); resp.StatusCode != tt.status || got != want || body != doc {
					t.Errorf("%s %s: %d %s\n%s\nwant\n%s", method, path, resp.StatusCode, body, got, want)
				}
			}
			// The causes are the same in every round: any line will do.
			if got, _ := log.access(t, tt.path, 1)["error"].(string); tt.path != "/serve-content" && got != tt.cause {
				t.Errorf("%s: the log has %q, want %q", tt.path, got, tt.cause)
			}
		}
	})
	if !strings.Contains(log.String(), `"error":"invalid range: failed to overlap"`) {
		t.Error("the text of the 416 is not in the log")
	}
}

func sorted(lines string) string {
	list := strings.SplitAfter(lines, "\n")
	for i := range list {
		for j := i + 1; j < len(list)-1; j++ {
			if list[j] < list[i] {
				list[i], list[j] = list[j], list[i]
			}
		}
	}
	return strings.Join(list, "")
}

// Each row is a response that is not for Problems to touch.
func TestProblemsLeavesAlone(t *testing.T) {
	mux := http.NewServeMux()
	answer := func(path string, status int, body string, header ...string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			for _, line := range header {
				name, value, _ := strings.Cut(line, ": ")
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			w.Header().Set("X-Late", "net/http does not send this")
			if r.Method != "HEAD" || body == "" {
				_, _ = io.WriteString(w, body)
			}
		})
	}
	answer("/ok", 200, "fine", "ETag: \"1\"")
	answer("/no-content", 204, "")
	answer("/redirect", 308, "", "Location: /ok")
	answer("/odd", 399, "odd")
	answer("/not-modified", 304, "", "ETag: \"1\"")
	answer("/typed", 422, `{"error":"mine"}`, "Content-Type: application/json", "ETag: \"1\"")
	answer("/typed-and-sized", 422, `{"error":"mine"}`, "Content-Type: application/json", "Content-Length: 16")
	answer("/typed-text", 422, "mine", "Content-Type: text/plain; charset=utf-8")
	answer("/typed-problem", 422, `{}`, "Content-Type: application/problem+json")
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})

	direct := httptest.NewServer(mux)
	defer direct.Close()
	h, _ := edge(mux)
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, path := range []string{"/ok", "/no-content", "/redirect", "/odd", "/not-modified", "/typed", "/typed-and-sized", "/typed-text", "/typed-problem", "/empty"} {
			for _, method := range []string{"GET", "HEAD", "POST"} {
				if method == "HEAD" && strings.HasPrefix(path, "/typed") && path != "/typed-and-sized" {
					continue
				}
				want, wantBody := servertest.Do(t, s, method, path, "")
				direct.Client().CheckRedirect = s.Client().CheckRedirect
				got, gotBody := servertest.Do(t, direct, method, path, "")
				if got.StatusCode != want.StatusCode || gotBody != wantBody ||
					servertest.Header(got) != servertest.Header(want, "X-Request-Id") {
					t.Errorf("%s %s: %d %s\n%s\nwant as without the chain: %d %s\n%s", method, path,
						want.StatusCode, wantBody, servertest.Header(want), got.StatusCode, gotBody, servertest.Header(got))
				}
			}
		}
	})
}

func TestProblemsOfTwoServicesInOneProcess(t *testing.T) {
	errGone := errors.New("sql: no rows")
	failing := problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errGone })
	conflict := problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
		return &problem.Error{Status: 409, Type: "record-changed"}
	})
	a := middleware.Problems(&middleware.ProblemsOptions{
		Types: "https://a.example/problems#",
		Map: func(err error) error {
			if errors.Is(err, errGone) {
				return problem.NotFound(err)
			}
			return nil
		},
	})
	b := middleware.Problems(nil)
	for _, tt := range []struct {
		h    http.Handler
		want string
	}{
		{a(failing), `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing here for this request."}`},
		{b(failing), `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"The server failed to process the request."}`},
		{a(conflict), `{"type":"https://a.example/problems#record-changed","title":"Conflict","status":409,"detail":"The request conflicts with the current state of the resource."}`},
		{b(conflict), `{"type":"/problems/record-changed","title":"Conflict","status":409,"detail":"The request conflicts with the current state of the resource."}`},
		{a(b(failing)), `{"type":"about:blank","title":"Internal Server Error","status":500,"detail":"The server failed to process the request."}`},
	} {
		rec := httptest.NewRecorder()
		tt.h.ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
		if got := rec.Body.String(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

// The log has what the mapping was given and what it found out, each once.
func TestCauseOfAMappedError(t *testing.T) {
	errGone, errWhy := errors.New("sql: no rows"), errors.New("archived in 2019")
	for want, to := range map[string]error{
		"sql: no rows":                   problem.NotFound(errGone),
		"sql: no rows\narchived in 2019": problem.NotFound(errWhy),
		"people: sql: no rows":           problem.NotFound(fmt.Errorf("people: %w", errGone)),
		"sql: no rows ":                  problem.NotFound(nil),
	} {
		var got error
		o := &middleware.Options{
			Map:     func(error) error { return to },
			Observe: func(rec middleware.Record) { got = rec.Err },
		}
		h := middleware.Default(zerolog.Nop(), o).Then(problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errGone }))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if want = strings.TrimRight(want, " "); fmt.Sprint(got) != want || w.Code != 404 || strings.Contains(w.Body.String(), "archived") {
			t.Errorf("%v: %d, the log has %v", to, w.Code, got)
		}
	}
}

func TestProblemsKeepsWhatAnOuterLayerHadSet(t *testing.T) {
	h, _ := edge(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Language", "nl")
		w.Header().Set("ETag", `"inner"`)
		w.Header().Set("X-Frame-Options", "DENY")
		return errSecret
	}))
	outer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Frame-Options", "SAMEORIGIN")
		w.Header().Set("Access-Control-Allow-Origin", "https://a.example")
		w.Header().Set("Vary", "Origin")
		w.Header().Set("Content-Language", "en")
		h.ServeHTTP(w, r)
	})
	servertest.Both(t, outer, func(t *testing.T, s *httptest.Server) {
		resp, _ := servertest.Do(t, s, "GET", "/", "")
		want := "Access-Control-Allow-Origin: https://a.example\nCache-Control: no-store\nContent-Language: en\n" +
			"Content-Type: application/problem+json\nVary: Origin\nX-Content-Type-Options: nosniff\nX-Frame-Options: DENY\n"
		if got := servertest.Header(resp, "Content-Length", "X-Request-Id"); got != want {
			t.Errorf("got\n%s", got)
		}
	})
}

type onlyReader struct{ io.Reader } // so that io.Copy asks the writer, not the source

// A document is the response to its last byte: what is written behind it counts as
// written and does not go out.
func TestWritesBehindADocument(t *testing.T) {
	h := middleware.RequestID(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem.Write(w, r, problem.NotFound(nil))
		w.WriteHeader(200)
		n, err := io.WriteString(w, "more")
		m, failed := io.Copy(w, onlyReader{strings.NewReader("and more")})
		if n != 4 || m != 8 || err != nil || failed != nil {
			t.Errorf("%d, %v; %d, %v", n, err, m, failed)
		}
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Request-Id", "id-1")
	c := &copier{ResponseRecorder: httptest.NewRecorder()}
	if h.ServeHTTP(c, r); c.Code != 404 || c.Body.String() != document(404) {
		t.Errorf("%d %s", c.Code, c.Body)
	}
}

// A header that is held until the body comes is the first one, and let go by
// whatever sends it.
func TestHeldHeader(t *testing.T) {
	mux := http.NewServeMux()
	for path, then := range map[string]http.HandlerFunc{
		"/twice":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"/interim": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusEarlyHints) },
		"/flushed": func(w http.ResponseWriter, _ *http.Request) {
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
		},
		"/copied": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, onlyReader{strings.NewReader("a,b\n")})
		},
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/csv")
			w.WriteHeader(422)
			then(w, r)
			_, _ = io.WriteString(w, "c,d\n")
		})
	}
	h, log := edge(mux)
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for path, want := range map[string]string{"/twice": "c,d\n", "/interim": "c,d\n", "/flushed": "c,d\n", "/copied": "a,b\nc,d\n"} {
			interim := 0
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(int, textproto.MIMEHeader) error { interim++; return nil },
			})
			r, _ := http.NewRequestWithContext(ctx, "GET", s.URL+path, nil)
			resp, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if resp.StatusCode != 422 || string(body) != want || resp.Header.Get("Content-Type") != "text/csv" {
				t.Errorf("%s: %d %q", path, resp.StatusCode, body)
			}
			if (interim == 1) != (path == "/interim") {
				t.Errorf("%s: %d interim answers", path, interim)
			}
			if line := log.access(t, path, 1); line["status"] != 422.0 {
				t.Errorf("%v", line)
			}
		}
	})
}

// Whoever takes the connection over leaves the header that was held in front of
// what follows.
func TestHijackOfAHeldHeader(t *testing.T) {
	h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		w.WriteHeader(422)
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = rw.Flush()
		_ = conn.Close()
	}))
	s := httptest.NewServer(h)
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if got, _ := io.ReadAll(conn); !strings.HasPrefix(string(got), "HTTP/1.1 422 ") {
		t.Errorf("%q", got)
	}
}

// A status that net/http does not write is the handler's panic, and one that no
// document has is a 500.
func TestStatusThatIsNone(t *testing.T) {
	for status, panics := range map[int]bool{0: true, 99: true, 600: false, 999: false, 1000: true} {
		h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		cause, _ := log.access(t, "/", 1)["error"].(string)
		if w.Code != 500 || strings.Contains(cause, "invalid WriteHeader code") != panics {
			t.Errorf("%d: %d, %s", status, w.Code, cause)
		}
	}
}

// A document that took the place of a held header is the one of the log, too.
func TestHeldHeaderIsForgottenForADocument(t *testing.T) {
	h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		w.WriteHeader(422)
		problem.Write(w, r, errSecret)
		w.(http.Flusher).Flush()
	}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if line := log.access(t, "/", 1); w.Code != 500 || line["status"] != 500.0 {
		t.Errorf("%d %v", w.Code, line)
	}
}

// The cause in the log is the error that was returned, not the text that was
// written before it.
func TestCauseOfAnErrorAfterAText(t *testing.T) {
	h, log := edge(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		http.Error(w, "for the client", 400)
		return errSecret
	}))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if line := log.access(t, "/", 1); line["error"] != errSecret.Error() {
		t.Errorf("%v", line)
	}
}

// The length of what an outer layer encodes is not the document's.
func TestProblemsOfAnEncodedResponse(t *testing.T) {
	h, _ := edge(problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errSecret }))
	w := httptest.NewRecorder()
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Length", "5")
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Header(); got["Content-Length"] != nil || got.Get("Content-Encoding") != "gzip" {
		t.Errorf("%v", got)
	}
}

func TestMistakesInOptionsPanicWhenTheChainIsBuilt(t *testing.T) {
	for name, build := range map[string]func(){
		"Problems":  func() { middleware.Problems(&middleware.ProblemsOptions{Types: "http://[::1"}) },
		"Default":   func() { middleware.Default(zerolog.Nop(), &middleware.Options{Types: ":x"}) },
		"BodyLimit": func() { middleware.BodyLimit(-1) },
	} {
		func() {
			defer func() {
				if v := recover(); v == nil || !strings.HasPrefix(fmt.Sprint(v), "middleware: ") {
					t.Errorf("%s: %v", name, v)
				}
			}()
			build()
		}()
	}
}
