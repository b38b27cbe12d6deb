package middleware_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// Whatever stands between, and whichever layer is there, no client takes half an
// answer for a whole one, or a response with an error behind it.
func TestHalfAResponseIsNeverWhole(t *testing.T) {
	half := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		_, _ = io.WriteString(w, `{"half":`)
		return errSecret
	})
	panics := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"half":`)
		panic(errSecret)
	})
	timeout := func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") }
	chain := middleware.Default(zerolog.Nop(), nil)
	for name, h := range map[string]http.Handler{
		"no chain":                         half,
		"the chain":                        chain.Then(half),
		"RequestID alone":                  middleware.RequestID(half),
		"Recover alone":                    middleware.Recover(half),
		"Recover alone and a panic":        middleware.Recover(panics),
		"a layer inside a TimeoutHandler":  chain.Append(timeout, middleware.BodyLimit(9)).Then(half),
		"nothing inside a TimeoutHandler":  chain.Append(timeout).Then(half),
		"a foreign writer that buffers":    chain.Append(buffered).Then(half),
		"a layer behind a foreign writer":  chain.Append(buffered, middleware.BodyLimit(9)).Then(half),
		"a foreign writer, without chain":  buffered(half),
		"a compressor that starts at once": chain.Append(eager).Then(half),
	} {
		t.Run(name, func(t *testing.T) {
			servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
				if resp, body, err := servertest.Try(s, "GET", "/", ""); err == nil {
					t.Errorf("the client takes %d %q for the whole answer", resp.StatusCode, body)
				}
			})
		})
	}
}

// panicking is a source that fails after some bytes.
type panicking struct{ left int }

func (p *panicking) Read(b []byte) (int, error) {
	if p.left <= 0 {
		panic(errSecret)
	}
	n := min(len(b), p.left)
	p.left -= n
	return n, nil
}

func TestPanicWhileCopying(t *testing.T) {
	h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d", &n)
		_, _ = io.Copy(w, &panicking{n})
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, path := range []string{"/1000", "/1000000"} {
			if resp, body, err := servertest.Try(s, "GET", path, ""); err == nil {
				t.Errorf("the client takes %d and %d bytes for the whole answer", resp.StatusCode, len(body))
			}
			if line := log.access(t, path, 1); line["aborted"] != true || line["level"] != "error" {
				t.Errorf("%v", line)
			}
		}
	})
}

// An HTTP/1.0 client knows the end of a response without a length by the end of
// the connection: a broken one ends in a reset, and a TLS one without a farewell.
func TestBrokenResponseToHTTP10(t *testing.T) {
	h, _ := edge(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		_, _ = w.Write(make([]byte, 5000))
		_ = http.NewResponseController(w).Flush()
		if r.URL.Path == "/abort" {
			panic(http.ErrAbortHandler)
		}
		return errSecret
	}))
	plain, secure := httptest.NewServer(h), httptest.NewTLSServer(h)
	defer plain.Close()
	defer secure.Close()
	for _, path := range []string{"/error", "/abort"} {
		for name, dial := range map[string]func() (net.Conn, error){
			"TCP": func() (net.Conn, error) { return net.Dial("tcp", plain.Listener.Addr().String()) },
			"TLS": func() (net.Conn, error) {
				return tls.Dial("tcp", secure.Listener.Addr().String(), &tls.Config{InsecureSkipVerify: true})
			},
		} {
			conn, err := dial()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "GET "+path+" HTTP/1.0\r\n\r\n")
			if got, err := io.ReadAll(conn); err == nil {
				t.Errorf("%s over %s: the client takes %d bytes for the whole answer", path, name, len(got))
			}
		}
	}
}

// Half a response is broken off whoever the caller is.
func TestBrokenResponseToARecorder(t *testing.T) {
	h, _ := edge(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		_, _ = io.WriteString(w, "half")
		return errSecret
	}))
	defer func() {
		if v := recover(); v != http.ErrAbortHandler { // by identity, as net/http compares it
			t.Errorf("recovered %v", v)
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// What somebody has begun before the handler is begun for the handler, too.
func TestErrorAfterAnotherHasBegun(t *testing.T) {
	prefix := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "prefix")
			next.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
		})
	}
	h := middleware.Default(zerolog.Nop(), nil).Append(prefix).Then(problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errSecret }))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		if resp, body, err := servertest.Try(s, "GET", "/", ""); err == nil {
			t.Errorf("the client takes %d %q for the whole answer", resp.StatusCode, body)
		}
	})
}

// Half a response is no whole one, whoever swallows the panic on its way out.
func TestHalfAResponsePastARecovery(t *testing.T) {
	half := problem.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, `{"half":`)
		return errors.New("secret")
	})
	for name, h := range map[string]http.Handler{"behind a snooper": swallow(snoop(half)), "before a snooper": snoop(swallow(half))} {
		log := new(bytes.Buffer)
		h := middleware.Default(zerolog.New(zerolog.SyncWriter(log)), nil).Then(h)
		servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
			resp, err := s.Client().Get(s.URL)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				resp.Body.Close()
			}
			if err == nil {
				t.Errorf("%s: a whole answer", name)
			}
		})
		if got := log.String(); strings.Count(got, `"aborted":true`) != 2 || strings.Count(got, "secret") != 2 {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Nor is a response that the handler aborts before its first byte.
func TestAbortPastARecovery(t *testing.T) {
	h := middleware.AccessLog(zerolog.Nop(), nil)(swallow(middleware.Recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		if resp, body, err := servertest.Try(s, "GET", "/", ""); err == nil {
			t.Errorf("the client takes %d %q for the whole answer", resp.StatusCode, body)
		}
	})
}
