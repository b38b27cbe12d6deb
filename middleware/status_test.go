package middleware_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// HTTP/2 keeps more back than HTTP/1.1 before the header leaves.
func TestStatusThatNeverLeft(t *testing.T) {
	for _, size := range []int{2048, 2049, 3000, 4096, 4097} {
		h, log := edge(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
			_, _ = w.Write(make([]byte, size))
			return errSecret
		}))
		servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
			path := "/" + s.URL[strings.LastIndex(s.URL, ":")+1:]
			resp, _, err := servertest.Try(s, "GET", path, "")
			if err == nil {
				t.Error("the client takes it for the whole answer")
			}
			if line := log.access(t, path, 1); (line["status"] != nil) != (resp != nil) {
				t.Errorf("of %d bytes the client got %v, the log says %v", size, resp, line["status"])
			}
		})
	}
}

func TestLongerThanDeclared(t *testing.T) {
	h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		_, _ = bufio.NewReader(strings.NewReader("1234567890")).WriteTo(w)
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		path := "/" + s.URL[strings.LastIndex(s.URL, ":")+1:]
		_, body, err := servertest.Try(s, "GET", path, "")
		if line := log.access(t, path, 1); (line["aborted"] == true) != (err != nil) {
			t.Errorf("the client got %q, %v; the log says %v", body, err, line)
		}
	})
}

// What the client saw of a connection that was taken over is in the log.
func TestStatusOfAHijackedResponse(t *testing.T) {
	for name, tt := range map[string]struct {
		request string
		handler problem.HandlerFunc
		status  string
	}{
		"an upgrade that ends in an error": {"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusSwitchingProtocols)
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return err
			}
			conn.Close()
			return errors.New("the client left")
		}, `"status":101`},
		"half an answer on HTTP/1.0": {"GET / HTTP/1.0\r\n\r\n", func(w http.ResponseWriter, _ *http.Request) error {
			_, _ = io.WriteString(w, "half")
			return errors.New("the rest is missing")
		}, `"status":200`},
	} {
		log := new(bytes.Buffer)
		done := make(chan struct{})
		h := middleware.Default(zerolog.New(log), &middleware.Options{Observe: func(middleware.Record) { close(done) }}).Then(tt.handler)
		s := httptest.NewServer(h)
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, tt.request)
		got, _ := io.ReadAll(conn)
		<-done
		if seen := strings.Fields(string(got) + " - -")[1]; !strings.Contains(log.String(), tt.status) || !strings.HasSuffix(tt.status, seen) {
			t.Errorf("%s: the client got %q, the log has %s", name, got, log)
		}
		conn.Close()
		s.Close()
	}
}

// Whoever takes the connection over and says nothing of a status has upgraded it
// if the client asked for that. What net/http refuses afterwards changes nothing.
func TestStatusOfAHijackedConnection(t *testing.T) {
	for header, want := range map[string]int{
		"Connection: Upgrade\r\nUpgrade: x\r\n": 101,
		"Connection: Upgrade\r\n":               0,
		"Upgrade: x\r\n":                        0,
		"":                                      0,
	} {
		for name, late := range map[string]problem.HandlerFunc{
			"nothing":     func(http.ResponseWriter, *http.Request) error { return nil },
			"a header":    func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(500); return nil },
			"a body":      func(w http.ResponseWriter, _ *http.Request) error { _, _ = io.WriteString(w, "x"); return nil },
			"a text":      func(w http.ResponseWriter, _ *http.Request) error { http.Error(w, "late", 500); return nil },
			"a late fail": func(http.ResponseWriter, *http.Request) error { return errors.New("late") },
		} {
			records := make(chan middleware.Record, 1)
			o := &middleware.Options{Observe: func(rec middleware.Record) { records <- rec }}
			s := httptest.NewUnstartedServer(middleware.Default(zerolog.Nop(), o).Then(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					return err
				}
				_, _ = io.WriteString(conn, "raw")
				defer conn.Close()
				return late(w, r)
			})))
			s.Config.ErrorLog = stdlog(io.Discard)
			s.Start()
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n"+header+"\r\n")
			got, _ := io.ReadAll(conn)
			if rec := <-records; rec.Status != want || rec.Aborted != (name == "a late fail") || string(got) != "raw" {
				t.Errorf("%q, then %s: the client got %q, the log has %+v", header, name, got, rec)
			}
			conn.Close()
			s.Close()
		}
	}
}

func TestClientThatHangsUp(t *testing.T) {
	var started chan struct{}
	mux := http.NewServeMux()
	for path, write := range map[string]http.HandlerFunc{
		"/error":   func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "too late", 500) },
		"/success": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 100_000)) },
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			close(started)
			<-r.Context().Done()
			write(w, r)
		})
	}
	for _, test := range []string{"GET /error", "HEAD /error", "HEAD /success"} {
		method, path, _ := strings.Cut(test, " ")
		for _, proto := range []string{"HTTP/1.1", "HTTP/2"} {
			h, log := edge(mux)
			started = make(chan struct{})
			s := httptest.NewUnstartedServer(h)
			s.EnableHTTP2 = proto == "HTTP/2"
			s.StartTLS()
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-started; cancel() }()
			r, _ := http.NewRequestWithContext(ctx, method, s.URL+path, nil)
			if _, err := s.Client().Do(r); err == nil {
				t.Error("no error")
			}
			line := log.access(t, path, 1)
			if _, has := line["status"]; has || line["aborted"] != true || line["bytes"] != 0.0 {
				t.Errorf("%s, %s: %v", test, proto, line)
			}
			s.Close()
		}
	}
}

// A hang-up is no fault of the service's, unless something panics over it.
func TestLevelOfAHangUp(t *testing.T) {
	for path, tt := range map[string]struct {
		level string
		after func(w http.ResponseWriter) error // the client has gone
	}{
		"/error": {"info", func(http.ResponseWriter) error { return errSecret }},
		"/half":  {"info", func(w http.ResponseWriter) error { _, _ = io.WriteString(w, "half"); return errSecret }},
		"/panic": {"error", func(http.ResponseWriter) error { panic(errSecret) }},
	} {
		started := make(chan struct{})
		h, log := edge(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
			close(started)
			<-r.Context().Done()
			return tt.after(w)
		}))
		s := httptest.NewServer(h)
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
		<-started
		conn.Close()
		if line := log.access(t, path, 1); line["level"] != tt.level || line["aborted"] != true || line["status"] != nil {
			t.Errorf("%s: %v", path, line)
		}
		s.Close()
	}
}

// A client that has closed only its half of the connection looks like one that has
// gone, and waits.
func TestRefusalToAHalfClosedConnection(t *testing.T) {
	h, log := edge(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return problem.New(401, "")
	}))
	s := httptest.NewServer(h)
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	_ = conn.(*net.TCPConn).CloseWrite()
	if got, _ := io.ReadAll(conn); !strings.HasPrefix(string(got), "HTTP/1.1 401 ") || !strings.HasSuffix(string(got), "}") {
		t.Errorf("%q", got)
	}
	if line := log.access(t, "/", 1); line["level"] != "info" || line["status"] != 401.0 {
		t.Errorf("%v", line)
	}
}

// A service that shuts down cancels the base context while its clients are
// still there: they get their answers. The log cannot know.
func TestCanceledByTheServer(t *testing.T) {
	base, shutdown := context.WithCancel(t.Context())
	h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shutdown()
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
	}))
	s := httptest.NewUnstartedServer(h)
	s.Config.BaseContext = func(net.Listener) context.Context { return base }
	s.Start()
	defer s.Close()
	if resp, body := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1"); resp.StatusCode != 503 || body != document(503) {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if line := log.access(t, "/", 1); line["aborted"] != true || line["status"] != nil || line["level"] != "info" {
		t.Errorf("%v", line)
	}
}

// A refusal is one with or without an edge around it.
func TestRefusalsCanceledByTheServer(t *testing.T) {
	var closed middleware.Gate
	closed.Close(time.Second)
	none := func(*http.Request) (tenant.Grants, error) { return tenant.Grants{}, nil }
	there := func(*http.Request) (etag.State, error) { return etag.State{Tag: etag.Version(7)}, nil }
	base, shutdown := context.WithCancel(t.Context())
	shutdown()
	for want, layer := range map[int]func(http.Handler) http.Handler{
		400: middleware.RequireNoCache,
		401: middleware.Bearer(func(ctx context.Context, _ string) (context.Context, error) { return ctx, nil }, nil),
		403: tenant.Require(none, nil),
		406: middleware.Accept("application/json"),
		409: etag.Guard(there, nil),
		413: middleware.BodyLimit(1),
		415: middleware.ContentType("application/json"),
		503: closed.Handler,
	} {
		s := httptest.NewUnstartedServer(layer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%d: the handler ran", want) })))
		s.Config.BaseContext = func(net.Listener) context.Context { return base }
		s.Start()
		resp, body := servertest.Do(t, s, "PUT", "/", "text", "Accept: text/html", "Content-Type: text/plain", `If-Match: "6"`)
		if resp.StatusCode != want || resp.Header.Get("Content-Type") != "application/problem+json" || body == "" {
			t.Errorf("%d instead of %d: %v %s", resp.StatusCode, want, resp.Header, body)
		}
		s.Close()
	}
}

// Less than declared is not the whole answer, whoever is at fault.
func TestShortOfDeclared(t *testing.T) {
	h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		if r.URL.Query().Has("copied") {
			_, _ = io.Copy(w, onlyReader{strings.NewReader("12345")})
		} else {
			_, _ = io.WriteString(w, "12345")
		}
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		path := "/" + strings.ReplaceAll(t.Name(), "/", "-")
		for i, query := range []string{"", "?copied"} {
			if _, body, err := servertest.Try(s, "GET", path+query, ""); err == nil {
				t.Errorf("the client takes %q for the whole answer", body)
			}
			if line := log.access(t, path, i+1); line["aborted"] != true || line["status"] != 200.0 || line["bytes"] != 5.0 {
				t.Errorf("%v", line)
			}
		}
	})
}
