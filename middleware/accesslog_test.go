package middleware_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/justinas/alice"
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
			time.Sleep(1500*time.Millisecond + 342*time.Microsecond)
			return problem.Wrap(503, fmt.Errorf("dial: %w", errSecret))
		}))
		r := httptest.NewRequest("GET", "/people/7?token=secret", nil)
		r.Header.Set("X-Request-Id", "id-1")
		r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
		chain.Then(mux).ServeHTTP(httptest.NewRecorder(), r)
		want := `{"level":"error","method":"GET","pattern":"GET /people/{id}","path":"/people/7","status":503,"bytes":156,"duration":1500.342,` +
			`"error":"503 Service Unavailable: dial: pq: password authentication failed","request_id":"id-1","trace_id":"0af7651916cd43dd8448eb211c80319c","message":"request"}` + "\n"
		if got := log.String(); got != want {
			t.Errorf("got  %swant %s", got, want)
		}
		if record.Err == nil {
			t.Fatal("no cause")
		}
		if got := r.Context(); record.Context == got || record.Context.Value(http.ServerContextKey) != got.Value(http.ServerContextKey) {
			t.Errorf("the record's context is %v", record.Context)
		}
		record.Err, record.Context = nil, nil
		if want := (middleware.Record{
			Method: "GET", Pattern: "GET /people/{id}", Path: "/people/7", Status: 503, Bytes: 156, Duration: 1500*time.Millisecond + 342*time.Microsecond,
			RequestID: "id-1", TraceID: "0af7651916cd43dd8448eb211c80319c",
		}); !reflect.DeepEqual(record, want) {
			t.Errorf("got %+v", record)
		}
	})
}

// A line names what there is: alone, AccessLog knows of no id and no trace.
func TestAccessLogNamesWhatItKnows(t *testing.T) {
	const id, trace = `"request_id":"id-1",`, `"trace_id":"0af7651916cd43dd8448eb211c80319c",`
	for _, tt := range []struct {
		name  string
		chain func(zerolog.Logger) alice.Chain
		known string
	}{
		{"alone", func(log zerolog.Logger) alice.Chain { return alice.New(middleware.AccessLog(log, nil)) }, ""},
		{"in the chain", func(log zerolog.Logger) alice.Chain { return middleware.Default(log, nil) }, id + trace},
	} {
		synctest.Test(t, func(t *testing.T) {
			log := new(logs)
			h := tt.chain(zerolog.New(log)).ThenFunc(func(w http.ResponseWriter, r *http.Request) {
				zerolog.Ctx(r.Context()).Info().Msg("at work")
			})
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("X-Request-Id", "id-1")
			r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
			h.ServeHTTP(httptest.NewRecorder(), r)
			want := `{"level":"info",` + tt.known + `"message":"at work"}` + "\n" +
				`{"level":"info","method":"GET","path":"/","status":200,"bytes":0,"duration":0,` + tt.known + `"message":"request"}` + "\n"
			if got := log.String(); got != want {
				t.Errorf("%s: got\n%swant\n%s", tt.name, got, want)
			}
		})
	}
}

// Only the server's failures are errors, and only they break a response off as
// one.
func TestAccessLogLevel(t *testing.T) {
	h, log := edge(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		switch r.URL.Path {
		case "/404":
			return problem.NotFound(errSecret)
		case "/499":
			return problem.Wrap(499, errSecret)
		case "/500":
			return errSecret
		case "/broken":
			_, _ = io.WriteString(w, "half")
			return errSecret
		case "/aborted":
			panic(http.ErrAbortHandler)
		}
		return nil
	}))
	for path, want := range map[string]string{"/": "info", "/404": "info", "/499": "info", "/500": "error", "/broken": "error", "/aborted": "info"} {
		swallow(h).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
		if line := log.access(t, path, 1); line["level"] != want {
			t.Errorf("%s: %v, want %s", path, line, want)
		}
	}
}

// A panic that nobody inside recovers from is on its way to the server, which
// breaks off.
func TestAccessLogOfAPanicThatPassesBy(t *testing.T) {
	log := new(logs)
	h := middleware.AccessLog(zerolog.New(log), nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(errSecret) }))
	swallow(h).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if line := log.access(t, "/", 1); line["aborted"] != true || line["status"] != nil {
		t.Errorf("%v", line)
	}
}

// An error that Problems, further out, makes a document of at the end is in the
// line.
func TestAccessLogInsideProblems(t *testing.T) {
	log := new(logs)
	h := middleware.Problems(nil)(middleware.AccessLog(zerolog.New(log), nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		w.WriteHeader(404)
	})))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if line := log.access(t, "/", 1); line["status"] != 404.0 {
		t.Errorf("%v", line)
	}
}

func TestAccessLogCutsLongFields(t *testing.T) {
	h, log := edge(problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errors.New(strings.Repeat("e", 10_000)) }))
	r := httptest.NewRequest("GET", "/", nil)
	r.Method, r.URL.Path = strings.Repeat("G", 3000), "/"+strings.Repeat("p", 3000)
	h.ServeHTTP(httptest.NewRecorder(), r)
	line := log.access(t, r.URL.Path[:2<<10], 1)
	if line["method"] != r.Method[:2<<10] || line["error"] != strings.Repeat("e", 8<<10) {
		t.Errorf("%v", line)
	}
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
		var e *nilError
		return e
	}))
	for path, want := range map[string]string{"/": "*middleware_test.nilError"} {
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
		"/flushed": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(201); w.(http.Flusher).Flush() },
		"/empty":   func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(nil); w.WriteHeader(201) },
		"/held": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "a/b")
			w.WriteHeader(404)
		},
	} {
		mux.HandleFunc(path, h)
	}
	h, log := edge(mux)
	for path, want := range map[string]string{"/nothing": "200 0", "/write": "200 2", "/flush": "200 2", "/twice": "201 0", "/flushed": "201 0", "/empty": "200 0", "/held": "404 153"} {
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
	w := httptest.NewRecorder()
	chain.Extend(chain).Then(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := strings.Count(log.String(), "\n"); got != 1 || w.Code != 404 {
		t.Errorf("%d, %d lines\n%s", w.Code, got, log)
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

// The line has the tenant of the layers that it knows, where third-party middleware
// has put another context in the place of the request's.
func TestAccessLogOfAnotherContext(t *testing.T) {
	log := new(logs)
	chain := alice.New(
		middleware.Problems(nil), middleware.Problems(nil), middleware.AccessLog(zerolog.New(log), nil),
		tenant.Require(func(*http.Request) (tenant.Grants, error) { return tenant.Grants{IDs: []tenant.ID{"acme"}}, nil }, nil),
		func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r.WithContext(context.Background()))
			})
		},
		middleware.Accept("text/csv"),
	)
	chain.Then(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if line := log.access(t, "/", 1); line["tenant"] != "acme" {
		t.Errorf("%v", line)
	}
}
