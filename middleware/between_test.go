package middleware_test

import (
	"compress/gzip"
	"context"
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

// Compressors as they are found in the wild. Few of them have an Unwrap.

// eager says gzip before it knows what comes.
func eager(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Add("Vary", "Accept-Encoding")
		gz := gzip.NewWriter(w)
		defer gz.Close()
		next.ServeHTTP(&eagerWriter{w, gz}, r)
	})
}

type eagerWriter struct {
	http.ResponseWriter
	gz *gzip.Writer
}

func (e *eagerWriter) Write(p []byte) (int, error) { return e.gz.Write(p) }

// frank is eager with an Unwrap, as chi's compressor has it.
func frank(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		gz := gzip.NewWriter(w)
		defer gz.Close()
		next.ServeHTTP(&frankWriter{eagerWriter{w, gz}}, r)
	})
}

type frankWriter struct{ eagerWriter }

func (f *frankWriter) Unwrap() http.ResponseWriter { return f.ResponseWriter }

// lazy starts with the first byte and takes the length back.
func lazy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l := &lazyWriter{ResponseWriter: w}
		next.ServeHTTP(l, r)
		if l.gz != nil {
			l.gz.Close()
		}
	})
}

type lazyWriter struct {
	http.ResponseWriter
	gz    *gzip.Writer
	wrote bool
}

func (l *lazyWriter) WriteHeader(status int) {
	if status >= 200 && !l.wrote {
		l.wrote = true
		if status != 204 && status != 304 {
			l.Header().Set("Content-Encoding", "gzip")
			l.Header().Del("Content-Length")
		}
	}
	l.ResponseWriter.WriteHeader(status)
}

func (l *lazyWriter) Write(p []byte) (int, error) {
	if !l.wrote {
		l.WriteHeader(200)
	}
	if l.gz == nil {
		l.gz = gzip.NewWriter(l.ResponseWriter)
	}
	return l.gz.Write(p)
}

// An error decodes, whoever compresses, and wherever it comes from.
func TestErrorsDecodeBehindACompressor(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/returned", problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errSecret }))
	mux.HandleFunc("/written", func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, errSecret) })
	mux.HandleFunc("/http-error", func(w http.ResponseWriter, r *http.Request) { http.Error(w, errSecret.Error(), 500) })
	mux.HandleFunc("/bare", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
	chain := middleware.Default(zerolog.Nop(), nil)
	for name, h := range map[string]http.Handler{
		"eager inside":  chain.Append(eager).Then(mux),
		"lazy inside":   chain.Append(lazy).Then(mux),
		"frank inside":  chain.Append(frank).Then(mux),
		"with Computed": chain.Append(eager, etag.Computed(nil)).Then(mux),
		"eager outside": alice.New(eager).Extend(chain).Then(mux),
		"lazy outside":  alice.New(lazy).Extend(chain).Then(mux),
	} {
		t.Run(name, func(t *testing.T) {
			servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
				s.Client().Transport.(*http.Transport).DisableCompression = true // see the bytes as they are
				for _, path := range []string{"/returned", "/written", "/http-error", "/bare"} {
					resp, body := servertest.Do(t, s, "GET", path, "", "X-Request-Id: id-1")
					if resp.Header.Get("Content-Encoding") == "gzip" {
						zr, err := gzip.NewReader(strings.NewReader(body))
						if err != nil {
							t.Fatalf("%s: says gzip, and is none: %q", path, body)
						}
						plain, err := io.ReadAll(zr)
						if err != nil {
							t.Fatalf("%s: %v", path, err)
						}
						body = string(plain)
					}
					if resp.StatusCode != 500 || body != document(500) || resp.Header.Get("Content-Type") != "application/problem+json" {
						t.Errorf("%s: %d %q\n%s", path, resp.StatusCode, body, servertest.Header(resp))
					}
					if resp, body := servertest.Do(t, s, "HEAD", path, ""); resp.StatusCode != 500 || body != "" {
						t.Errorf("HEAD %s: %d %q", path, resp.StatusCode, body)
					}
				}
			})
		})
	}
}

// What a layer behind a foreign writer finds out still reaches the chain: the
// writer is known by its header map.
func TestForeignWriterBetweenLayers(t *testing.T) {
	log := new(logs)
	inner := middleware.BodyLimit(3)(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.ReadAll(r.Body)
		return err
	}))
	mux := http.NewServeMux()
	mux.Handle("POST /{id}", inner)
	copied := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(struct{ http.ResponseWriter }{w}, r.WithContext(r.Context()))
	})
	h := middleware.Default(zerolog.New(log), nil).Then(copied)
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		path := "/" + strings.ReplaceAll(t.Name()[strings.LastIndex(t.Name(), "/")+1:], ".", "")
		resp, body := servertest.Do(t, s, "POST", path, "1234", "X-Request-Id: id-1")
		if resp.StatusCode != 413 || !strings.Contains(body, `"requestId":"id-1"`) {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		if line := log.access(t, path, 1); line["pattern"] != "POST /{id}" || line["status"] != 413.0 || line["error"] != "413 Content too large: The content of the request is larger than is taken here." {
			t.Errorf("%v", line)
		}
	})
}

// An error that is returned behind a foreign writer is in the access line, and
// not in one of its own. What was set between the chain and that writer does not
// outlive it.
func TestErrorBehindAForeignWriter(t *testing.T) {
	between := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Language", "nl")
			w.Header().Set("X-Kept", "yes")
			aside(next).ServeHTTP(w, r)
		})
	}
	for _, around := range []string{"", "Content-Location"} {
		log := new(logs)
		h := middleware.RequestID(middleware.AccessLog(zerolog.New(log), nil)(between(problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errSecret }))))
		w := httptest.NewRecorder()
		if around != "" {
			w.Header().Set(around, "x")
		}
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != 500 || w.Header().Get("Content-Language") != "" || w.Header().Get("X-Kept") != "yes" {
			t.Errorf("%d %v", w.Code, w.Header())
		}
		if line := log.access(t, "/", 1); line["error"] != errSecret.Error() || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("%s", log)
		}
	}
}

// A writer that unwraps leads to the chain from a request that has forgotten it.
func TestForeignRequestOnAnUnwrappingWriter(t *testing.T) {
	forgets := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r.WithContext(context.Background()))
		})
	}
	h := middleware.Default(zerolog.Nop(), nil).Append(snoop, forgets).ThenFunc(func(w http.ResponseWriter, r *http.Request) {
		problem.Write(w, r, errSecret)
	})
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Request-Id", "id-1")
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Body.String() != document(500) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// The goroutine that http.TimeoutHandler leaves behind goes on writing, logging
// and failing, while the chain outside answers. Run with -race.
func TestTimeoutHandler(t *testing.T) {
	left := make(chan struct{}, 8)
	slow := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		for range 100 {
			w.Header().Set("X-Late", "1")
			_, _ = w.Write([]byte("late"))
			zerolog.Ctx(r.Context()).Info().Msg("late")
			problem.Write(w, r, errSecret)
			time.Sleep(10 * time.Microsecond)
		}
		left <- struct{}{}
		return errSecret
	})
	chain := middleware.Default(zerolog.New(new(logs)), nil)
	timeout := func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Millisecond, "too slow") }
	for name, h := range map[string]http.Handler{
		"inside":  chain.Append(timeout, middleware.BodyLimit(10)).Then(slow),
		"outside": alice.New(timeout).Extend(chain).Then(slow),
		"between": middleware.RequestID(middleware.Problems(nil)(timeout(middleware.Recover(slow)))),
	} {
		t.Run(name, func(t *testing.T) {
			servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
				resp, body := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1")
				want := document(503)
				if name == "outside" {
					want = "too slow"
				}
				if resp.StatusCode != 503 || body != want || resp.Header.Get("X-Late") != "" {
					t.Errorf("%d %s", resp.StatusCode, body)
				}
				<-left
			})
		})
	}
}

func TestErrorInsideATimeoutHandler(t *testing.T) {
	h, _ := edge(http.TimeoutHandler(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		return problem.NotFound(errSecret)
	}), time.Minute, ""))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		resp, body := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1")
		if resp.StatusCode != 404 || body != document(404) || resp.Header.Get("X-Request-Id") != "id-1" {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	})
}

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
