package middleware_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// buffered is a third-party wrapper that keeps everything back until the end.
func buffered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := &bufferedWriter{ResponseWriter: w, status: 200}
		next.ServeHTTP(b, r)
		w.WriteHeader(b.status)
		_, _ = w.Write(b.body.Bytes())
	})
}

type bufferedWriter struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (b *bufferedWriter) WriteHeader(status int) { b.status = status }

func (b *bufferedWriter) Write(p []byte) (int, error) { return b.body.Write(p) }

// A recorder that says what it wraps, but has a header of its own, records
// another answer than the one it wraps.
func TestRecorderThatUnwraps(t *testing.T) {
	h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner := r.Clone(r.Context())
		inner.Header.Set("X-Request-Id", "inner")
		middleware.RequestID(http.NotFoundHandler()).ServeHTTP(unwrapping{httptest.NewRecorder(), w}, inner)
		_, _ = io.WriteString(w, "outer")
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		path := "/" + s.URL[strings.LastIndex(s.URL, ":")+1:]
		resp, body := servertest.Do(t, s, "GET", path, "", "X-Request-Id: outer")
		if resp.StatusCode != 200 || body != "outer" || resp.Header.Get("X-Request-Id") != "outer" {
			t.Errorf("%d %s %v", resp.StatusCode, body, resp.Header)
		}
		if line := log.access(t, path, 1); line["request_id"] != "outer" || line["status"] != 200.0 {
			t.Errorf("%v", line)
		}
	})
}

type unwrapping struct {
	*httptest.ResponseRecorder
	outer http.ResponseWriter
}

func (u unwrapping) Unwrap() http.ResponseWriter { return u.outer }

// beginner is a third-party wrapper that begins the response before it reads, as the
// recorders of routers do.
type beginner struct{ http.ResponseWriter }

func (b *beginner) Unwrap() http.ResponseWriter { return b.ResponseWriter }

func (b *beginner) ReadFrom(src io.Reader) (int64, error) {
	b.WriteHeader(http.StatusOK)
	return b.ResponseWriter.(io.ReaderFrom).ReadFrom(src)
}

func begins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(&beginner{w}, r) })
}

// A source that fails at once leaves room for the error, whoever copies.
func TestReadFromNothingThroughThirdPartyWrappers(t *testing.T) {
	copies := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.Copy(w, errReader{})
		return err
	})
	chain := middleware.Default(zerolog.Nop(), nil)
	for name, h := range map[string]http.Handler{
		"outside": alice.New(begins).Extend(chain).Then(copies), "inside": chain.Append(begins).Then(copies), "no chain": begins(copies),
	} {
		s := httptest.NewServer(h)
		defer s.Close()
		if resp, body := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1"); resp.StatusCode != 500 || !strings.Contains(body, `"status":500`) {
			t.Errorf("%s: %d %q", name, resp.StatusCode, body)
		}
	}
}

// snoop is a writer with Unwrap, as those of httpsnoop and otelhttp.
func snoop(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&snooper{w}, r)
	})
}

type snooper struct{ http.ResponseWriter }

func (s *snooper) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// swallow recovers from everything, http.ErrAbortHandler included.
func swallow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { _ = recover() }()
		next.ServeHTTP(w, r)
	})
}

// A handler may write its error and return it, too, as websocket libraries do.
func TestErrorReturnedAfterADocumentBehindASnooper(t *testing.T) {
	for name, refuse := range map[string]func(http.ResponseWriter){
		"http.Error":  func(w http.ResponseWriter) { http.Error(w, "no", 400) },
		"WriteHeader": func(w http.ResponseWriter) { w.WriteHeader(400) },
	} {
		h := middleware.Default(zerolog.Nop(), nil).Append(snoop, snoop).Then(problem.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
			refuse(w)
			return errors.New("secret")
		}))
		servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
			resp, body := servertest.Do(t, s, "GET", "/", "")
			if resp.StatusCode != 400 || resp.Header.Get("Content-Type") != "application/problem+json" || strings.Contains(body, "secret") {
				t.Errorf("%s: %d %v %s", name, resp.StatusCode, resp.Header, body)
			}
		})
	}
}

// What a layer behind a third-party wrapper finds out still reaches the chain: the
// writer is known by its header map.
func TestThirdPartyWrapperBetweenLayers(t *testing.T) {
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

// An error that is returned behind a third-party wrapper is in the access line, and
// not in one of its own. What was set between the chain and that writer does not
// outlive it.
func TestErrorBehindAThirdPartyWrapper(t *testing.T) {
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
func TestOtherRequestOnAnUnwrappingWriter(t *testing.T) {
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
