package middleware_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// The whole line, and the same to metrics.
func TestAccessLogLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var record middleware.Record
		log := new(logs)
		chain := middleware.Default(zerolog.New(log), &middleware.Options{Observe: func(r middleware.Record) { record = r }})
		mux := http.NewServeMux()
		mux.Handle("GET /people/{id}", problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
			time.Sleep(1500*time.Millisecond + 42*time.Microsecond)
			return problem.Wrap(503, fmt.Errorf("dial: %w", errSecret))
		}))
		r := httptest.NewRequest("GET", "/people/7?token=secret", nil)
		r.Header.Set("X-Request-Id", "id-1")
		r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		chain.Then(mux).ServeHTTP(httptest.NewRecorder(), r)
		want := `{"level":"error","method":"GET","pattern":"GET /people/{id}","path":"/people/7","status":503,"bytes":84,"duration":1500.042,` +
			`"request_id":"id-1","trace_id":"0af7651916cd43dd8448eb211c80319c","error":"503 Service Unavailable: dial: pq: password authentication failed","message":"request"}` + "\n"
		if got := log.String(); got != want {
			t.Errorf("got  %swant %s", got, want)
		}
		if record.Err == nil {
			t.Fatal("no cause")
		}
		record.Err = nil
		if want := (middleware.Record{
			Method: "GET", Pattern: "GET /people/{id}", Path: "/people/7", Status: 503, Bytes: 84, Duration: 1500*time.Millisecond + 42*time.Microsecond,
			RequestID: "id-1", TraceID: "0af7651916cd43dd8448eb211c80319c",
		}); record != want {
			t.Errorf("got %+v", record)
		}
	})
}

// Nothing that a client sends breaks the line, adds a field, or makes it long.
func TestAccessLogOfHostileRequests(t *testing.T) {
	h, log := edge(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		return fmt.Errorf("no such thing: %s", r.URL.Path)
	}))
	for _, path := range []string{"/a\r\n{\"status\":200}", `/","status":200,"x":"`, "/\x00\xff\u2028", "/" + strings.Repeat("é", 1<<20)} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path, r.Method = path, "G"+strings.Repeat("E", 1<<20)+"T"
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines", len(lines))
	}
	for _, line := range lines {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil || fields["status"] != 500.0 || len(fields) != 9 || len(line) > 64<<10 {
			t.Errorf("%v in %d bytes %.300s", err, len(line), line)
		}
	}
}

type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }

func TestAccessLogOfErrorsThatCannotSpeak(t *testing.T) {
	h, log := edge(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		if r.URL.Path == "/problem" {
			var e *problem.Error
			return e
		}
		var e *nilError
		return e
	}))
	for path, want := range map[string]string{"/": "*middleware_test.nilError", "/problem": "500 Internal Server Error"} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		if line := log.access(t, path, 1); rec.Code != 500 || line["error"] != want {
			t.Errorf("%s: %d %v", path, rec.Code, line)
		}
	}
}

func TestAccessLogStatus(t *testing.T) {
	mux := http.NewServeMux()
	for path, h := range map[string]http.HandlerFunc{
		"/nothing": func(http.ResponseWriter, *http.Request) {},
		"/write":   func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "12") },
		"/flush":   func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush(); _, _ = w.Write([]byte("12")) },
		"/twice":   func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(201); w.WriteHeader(500) },
		"/held": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "a/b")
			w.WriteHeader(404)
		},
	} {
		mux.HandleFunc(path, h)
	}
	h, log := edge(mux)
	for path, want := range map[string]string{"/nothing": "200 0", "/write": "200 2", "/flush": "200 2", "/twice": "201 0", "/held": "404 102"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("X-Request-Id", strings.Repeat("x", 32))
		h.ServeHTTP(httptest.NewRecorder(), r)
		if line := log.access(t, path, 1); fmt.Sprint(line["status"], " ", line["bytes"]) != want {
			t.Errorf("%s: %v", path, line)
		}
	}
}

func TestAccessLogWritesOneLine(t *testing.T) {
	log := new(logs)
	chain := middleware.Default(zerolog.New(log), nil)
	chain.Extend(chain).Then(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if got := strings.Count(log.String(), "\n"); got != 1 {
		t.Errorf("%d lines\n%s", got, log)
	}
}

func TestAccessLogHeedsTheLevel(t *testing.T) {
	log := new(logs)
	h := middleware.Default(zerolog.New(log).Level(zerolog.WarnLevel), nil).Then(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/500" {
			w.WriteHeader(500)
		}
	}))
	for _, path := range []string{"/", "/500"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"path":"/500"`) {
		t.Errorf("%s", got)
	}
}

type blank struct{ header http.Header }

func (b *blank) Header() http.Header         { return b.header }
func (b *blank) Write(p []byte) (int, error) { return len(p), nil }
func (b *blank) WriteHeader(int)             {}

func TestDefaultAllocations(t *testing.T) {
	h := middleware.Default(zerolog.New(io.Discard), nil).Then(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w, r := &blank{http.Header{}}, httptest.NewRequest("GET", "/", nil)
	if n := testing.AllocsPerRun(100, func() { clear(w.header); h.ServeHTTP(w, r) }); n > 2 {
		t.Errorf("%v allocations", n) // the writer with its state and the copy of the request, the id
	}
}

func BenchmarkDefault(b *testing.B) {
	h := middleware.Default(zerolog.New(io.Discard), nil).Then(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w, r := &blank{http.Header{}}, httptest.NewRequest("GET", "/", nil)
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

// Whoever has the request's logger may log while the layers are at work. Run
// with -race.
func TestLoggingWhileTheLayersWork(t *testing.T) {
	log := new(logs)
	var wg sync.WaitGroup
	busy := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for range 4 {
				wg.Go(func() {
					for range 50 {
						zerolog.Ctx(r.Context()).Info().Msg("meanwhile")
					}
				})
			}
			next.ServeHTTP(w, r)
		})
	}
	one := func(*http.Request) (tenant.Grants, error) { return tenant.Grants{IDs: []tenant.ID{"a"}}, nil }
	h := middleware.Default(zerolog.New(log), nil).Append(busy, tenant.Require(one, nil)).ThenFunc(func(w http.ResponseWriter, r *http.Request) {
		zerolog.Ctx(r.Context()).Info().Msg("from the handler")
	})
	for range 20 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		wg.Wait()
	}
	if got := strings.Count(log.String(), `"tenant":"a","message":"from the handler"`); got != 20 {
		t.Errorf("%d of 20 lines have the tenant", got)
	}
}
