package middleware_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

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

// hesitant decides late whether it compresses, as klauspost's gzhttp: it keeps
// header and body back until there is enough of it, and passes on Flush.
func hesitant(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := &hesitantWriter{ResponseWriter: w}
		defer h.close()
		next.ServeHTTP(h, r)
	})
}

type hesitantWriter struct {
	http.ResponseWriter
	status int
	kept   []byte
	gz     *gzip.Writer
}

func (h *hesitantWriter) Unwrap() http.ResponseWriter { return h.ResponseWriter }

func (h *hesitantWriter) WriteHeader(status int) {
	if status < 200 {
		h.ResponseWriter.WriteHeader(status)
	} else if h.status == 0 {
		h.status = status
	}
}

func (h *hesitantWriter) Write(p []byte) (int, error) {
	if h.gz != nil {
		return h.gz.Write(p)
	}
	if h.kept = append(h.kept, p...); len(h.kept) > 1024 {
		h.start()
	}
	return len(p), nil
}

func (h *hesitantWriter) start() {
	h.Header().Set("Content-Encoding", "gzip")
	h.Header().Del("Content-Length")
	if h.status != 0 {
		h.ResponseWriter.WriteHeader(h.status)
	}
	h.gz = gzip.NewWriter(h.ResponseWriter)
	_, _ = h.gz.Write(h.kept)
}

func (h *hesitantWriter) Flush() {
	if h.gz == nil && len(h.kept) == 0 {
		return
	}
	if h.gz == nil {
		h.start()
	}
	_ = h.gz.Flush()
	h.ResponseWriter.(http.Flusher).Flush()
}

func (h *hesitantWriter) close() {
	if h.gz != nil {
		_ = h.gz.Close()
		return
	}
	if h.status != 0 {
		h.ResponseWriter.WriteHeader(h.status)
	}
	if len(h.kept) > 0 {
		_, _ = h.ResponseWriter.Write(h.kept)
	}
}
