package middleware_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// buffered is a foreign writer that keeps everything back until the end.
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

func (b *bufferedWriter) WriteHeader(status int)      { b.status = status }
func (b *bufferedWriter) Write(p []byte) (int, error) { return b.body.Write(p) }

// Whatever stands between, and whichever layer is there, no client takes half an
// answer for a whole one, or an answer with an error behind it.
func TestHalfAnAnswerIsNeverWhole(t *testing.T) {
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

// An HTTP/1.0 client knows the end of an answer without a length by the end of
// the connection: a broken one ends in a reset, and a TLS one without a farewell.
func TestBrokenAnswerToHTTP10(t *testing.T) {
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

// Half an answer is broken off whoever the caller is.
func TestBrokenAnswerToARecorder(t *testing.T) {
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

// A Problems behind a foreign writer that keeps the answer back says nothing
// about an answer that has not come by yet.
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

// Panics in what the service brings cost neither the answer nor the log line.
func TestPanicsInTheServicesOwnFunctions(t *testing.T) {
	log := new(logs)
	h := middleware.Default(zerolog.New(log), &middleware.Options{
		Map:     func(error) error { panic("in Map") },
		Observe: func(middleware.Record) { panic("in Observe") },
	}).Then(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		if r.URL.Path == "/ok" {
			return nil
		}
		return problem.Wrap(404, (*badError)(nil))
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		if resp, _ := servertest.Do(t, s, "GET", "/ok", ""); resp.StatusCode != 200 {
			t.Errorf("%d", resp.StatusCode)
		}
		if resp, body := servertest.Do(t, s, "GET", "/404", "", "X-Request-Id: id-1"); resp.StatusCode != 500 || body != document(500) {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		if line := log.access(t, "/404", 1); line["status"] != 500.0 || line["error"] == nil {
			t.Errorf("%v", line)
		}
	})
	if !strings.Contains(log.String(), `"error":"panic: in Observe"`) {
		t.Error("the panic of Observe is not in the log")
	}
}

// badError panics whatever it is asked for when it is nil.
type badError struct{ err error }

func (e *badError) Error() string { return e.err.Error() }
func (e *badError) Unwrap() error { return e.err }

// What no access line tells has a line of its own.
func TestErrorsOutOfSightOfTheAccessLog(t *testing.T) {
	log := new(logs)
	failing := problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errSecret })
	mux := http.NewServeMux()
	mux.Handle("/timeout", http.TimeoutHandler(failing, time.Minute, ""))
	mux.HandleFunc("/batch", func(w http.ResponseWriter, r *http.Request) { failing.ServeHTTP(httptest.NewRecorder(), r) })
	h := middleware.Default(zerolog.New(log), nil).Then(mux)
	for _, path := range []string{"/timeout", "/batch"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("X-Request-Id", "id"+path)
		h.ServeHTTP(httptest.NewRecorder(), r)
		want := `{"level":"error","status":500,"error":"` + errSecret.Error() + `","request_id":"id` + path + `","message":"error inside the request"}`
		if strings.Count(log.String(), want+"\n") != 1 {
			t.Errorf("%s: not in\n%s", path, log)
		}
		if line := log.access(t, path, 1); line["error"] != nil {
			t.Errorf("%v", line)
		}
	}
}

// Without an AccessLog a panic is in the server's log.
func TestRecoverWithoutAccessLog(t *testing.T) {
	log := new(logs)
	s := httptest.NewUnstartedServer(middleware.Recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(errSecret) })))
	s.Config.ErrorLog = stdlog(log)
	s.Start()
	defer s.Close()
	if resp, _ := servertest.Do(t, s, "GET", "/", ""); resp.StatusCode != 500 {
		t.Errorf("%d", resp.StatusCode)
	}
	if got := log.String(); !strings.Contains(got, errSecret.Error()) || !strings.Contains(got, "broken_test.go") {
		t.Errorf("%s", got)
	}
}

// With one it is there, and nowhere else.
func TestRecoverWithAccessLog(t *testing.T) {
	mux := http.NewServeMux()
	panics := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(errSecret) })
	mux.Handle("/direct", panics)
	mux.HandleFunc("/batch", func(_ http.ResponseWriter, r *http.Request) {
		middleware.Recover(panics).ServeHTTP(httptest.NewRecorder(), r)
	})
	h, log := edge(mux)
	servers := new(logs)
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = stdlog(servers)
	s.Start()
	defer s.Close()
	for i, path := range []string{"/direct", "/batch"} {
		servertest.Do(t, s, "GET", path, "")
		log.access(t, path, 1)
		if n := strings.Count(log.String(), errSecret.Error()); n != i+1 {
			t.Errorf("%s: not one line, but\n%s", path, log)
		}
	}
	if got := servers.String(); got != "" {
		t.Errorf("the server's log has %s", got)
	}
}

// Where there is no server, or one without a log of its own, a panic is in that
// of package log.
func TestRecoverLogsToThePackage(t *testing.T) {
	out := new(logs)
	defer log.SetOutput(log.Writer())
	log.SetOutput(out)
	h := middleware.Recover(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { panic("at " + r.URL.Path) }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/no-server", nil))
	s := httptest.NewServer(h)
	defer s.Close()
	resp, _ := servertest.Do(t, s, "GET", "/no-log", "")
	if got := out.String(); w.Code != 500 || resp.StatusCode != 500 ||
		!strings.Contains(got, "http: panic serving 192.0.2.1:1234: at /no-server\ngoroutine") || !strings.Contains(got, ": at /no-log\ngoroutine") {
		t.Errorf("%d, %d, %s", w.Code, resp.StatusCode, got)
	}
}

// Somebody may write when the handler has returned, as compressors do: by then
// the document is the answer.
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

// A handler that clears the header, as httputil.ReverseProxy does after an
// interim answer, and one that copies another service's id: the id is ours.
func TestRequestIDSurvivesTheHandler(t *testing.T) {
	h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clear(w.Header())
		w.Header().Add("X-Request-Id", "another service's")
		_, _ = io.WriteString(w, "x")
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		resp, _ := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1")
		if got := resp.Header["X-Request-Id"]; len(got) != 1 || got[0] != "id-1" {
			t.Errorf("%q", got)
		}
	})
}

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

// A refusal reaches a client that is still sending: whoever stops reading resets
// the connection, and a proxy makes a 502 of that.
func TestRefusalReachesAClientThatIsStillSending(t *testing.T) {
	limited := middleware.BodyLimit(1 << 20)(http.NotFoundHandler())
	t.Run("the chain", func(t *testing.T) {
		h, log := edge(limited)
		refused(t, h, log)
	})
	t.Run("AccessLog alone", func(t *testing.T) {
		log := new(logs)
		refused(t, middleware.AccessLog(zerolog.New(log), nil)(limited), log)
	})
	t.Run("a beginning that was read", func(t *testing.T) {
		h, log := edge(problem.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error {
			_, _ = io.ReadFull(r.Body, make([]byte, 10))
			return problem.TooLarge(10, nil)
		}))
		refused(t, h, log)
	})
	t.Run("an unknown length", func(t *testing.T) {
		h, _ := edge(problem.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error { return problem.TooLarge(10, nil) }))
		s := httptest.NewServer(h)
		defer s.Close()
		for range 5 {
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
			for range 16 {
				if _, err := io.WriteString(conn, "100000\r\n"+strings.Repeat("x", 1<<20)+"\r\n"); err != nil {
					t.Error(err)
				}
			}
			_, _ = io.WriteString(conn, "0\r\n\r\n")
			if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || resp.StatusCode != 413 {
				t.Errorf("%v, %v", resp, err)
			}
			conn.Close()
		}
	})
}

// Of a little content that nobody wanted there is nothing to read on.
func TestRefusalOfALittleContent(t *testing.T) {
	servertest.Both(t, middleware.RequestID(http.NotFoundHandler()), func(t *testing.T, s *httptest.Server) {
		if resp, body := servertest.Do(t, s, "POST", "/", "x"); resp.StatusCode != 404 || body != "404 page not found\n" {
			t.Errorf("%d %q", resp.StatusCode, body)
		}
	})
}

// Nobody waits for what will not come: a client that was not told to go on, and
// one that is slower than the server reads.
func TestRefusalDoesNotWait(t *testing.T) {
	h, _ := edge(middleware.BodyLimit(9)(http.NotFoundHandler()))
	s := httptest.NewUnstartedServer(h)
	s.Config.ReadTimeout = 200 * time.Millisecond
	s.Start()
	defer s.Close()
	patient := httptest.NewServer(h)
	defer patient.Close()
	for name, tt := range map[string]struct {
		s    *httptest.Server
		more string
	}{"Expect": {patient, "Expect: 100-continue\r\n"}, "ReadTimeout": {s, ""}} {
		conn, err := net.Dial("tcp", tt.s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		start := time.Now()
		_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n"+tt.more+"\r\n")
		got, _ := io.ReadAll(conn)
		if took := time.Since(start); !strings.HasPrefix(string(got), "HTTP/1.1 413 ") || took > 3*time.Second {
			t.Errorf("%s: %q after %v", name, got, took)
		}
	}
}

func refused(t *testing.T, h http.Handler, log *logs) {
	s := httptest.NewServer(h)
	defer s.Close()
	for i := range 5 {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		// A client that reads when it has sent everything, as proxies do.
		path := fmt.Sprintf("/%d", i)
		_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nX-Request-Id: id-1\r\nContent-Length: %d\r\n\r\n", path, 16<<20)
		if n, err := io.CopyN(conn, zeros{}, 16<<20); err != nil {
			t.Errorf("%v after %d bytes", err, n)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != 413 || !resp.Close {
			t.Errorf("%v, %v", resp, err)
		}
		conn.Close()
		if line := log.access(t, path, 1); line["status"] != 413.0 || line["aborted"] != nil {
			t.Errorf("%v", line)
		}
	}
}

// A refusal does not wait for content that never comes: net/http reads a little
// of it before it answers, for as long as the client likes.
func TestRefusalReachesAClientThatStalls(t *testing.T) {
	for _, framing := range []string{"Content-Length: 7", "Content-Length: 262144", "Content-Length: 262145", "Transfer-Encoding: chunked"} {
		synctest.Test(t, func(t *testing.T) {
			h, log := edge(http.NotFoundHandler())
			client, server := net.Pipe()
			s := &http.Server{Handler: h}
			go s.Serve(&pipeListener{server})
			defer time.Sleep(time.Second) // for the server to close, too
			defer client.Close()
			_ = client.SetDeadline(time.Now().Add(time.Minute))

			start := time.Now()
			_, _ = io.WriteString(client, "POST /a HTTP/1.1\r\nHost: x\r\n"+framing+"\r\n\r\n5\r\nhel")
			resp, err := http.ReadResponse(bufio.NewReader(client), nil)
			if err != nil || resp.StatusCode != 404 || !resp.Close {
				t.Fatalf("%s: %v, %v", framing, resp, err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s: the answer came after %v", framing, took)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			client.Close()
			if line := log.access(t, "/a", 1); line["status"] != 404.0 {
				t.Errorf("%s: %v", framing, line)
			}
		})
	}
}

// pipeListener accepts one connection.
type pipeListener struct{ conn net.Conn }

func (l *pipeListener) Accept() (net.Conn, error) {
	if l.conn == nil {
		return nil, net.ErrClosed
	}
	conn := l.conn
	l.conn = nil
	return conn, nil
}
func (l *pipeListener) Close() error   { return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// What has been read to its end leaves nothing to read on for, and its answer is
// framed as ever.
func TestAnswerToContentThatWasRead(t *testing.T) {
	h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Location", "/")
		w.WriteHeader(http.StatusSeeOther)
	}))
	s := httptest.NewServer(h)
	defer s.Close()
	s.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, _ := servertest.Do(t, s, "POST", "/", strings.Repeat("x", 1<<20))
	if resp.StatusCode != 303 || resp.ContentLength != 0 || resp.Close {
		t.Errorf("%d, %d bytes, close %v", resp.StatusCode, resp.ContentLength, resp.Close)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// RFC 9110 §15.2: an HTTP/1.0 client would take an interim answer for the one.
func TestNoInterimAnswerToHTTP10(t *testing.T) {
	h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, status := range []int{100, 102, 103, 201} {
			w.WriteHeader(status)
		}
		_, _ = io.WriteString(w, "x")
	}))
	s := httptest.NewServer(h)
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
	if got, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(got), "HTTP/1.0 201 Created\r\n") {
		t.Errorf("%q, %v", got, err)
	}
}

// beginner is a foreign writer that begins the answer before it reads, as the
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
func TestReadFromNothingThroughForeignWriters(t *testing.T) {
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

// The files of a form go with its request, although the request is a copy.
func TestFormsLeaveNoFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	parses := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error { return r.ParseMultipartForm(1) })
	for name, h := range map[string]http.Handler{"the chain": middleware.Default(zerolog.Nop(), nil).Then(parses), "no chain": parses} {
		s := httptest.NewServer(h)
		defer s.Close()
		body := "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + strings.Repeat("x", 12<<20) + "\r\n--b--\r\n"
		if resp, got := servertest.Do(t, s, "POST", "/", body, "Content-Type: multipart/form-data; boundary=b"); resp.StatusCode != 200 {
			t.Fatalf("%s: %d %s", name, resp.StatusCode, got)
		}
		s.Close()
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: %d files are left", name, len(left))
		}
	}
}

// An abandoned handler may be reading what the edge reads on. Run with -race.
func TestReadingOnBesideAnAbandonedHandler(t *testing.T) {
	reads := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, 64)
		for {
			if _, err := r.Body.Read(b); err != nil {
				return
			}
			time.Sleep(10 * time.Microsecond)
		}
	})
	h := http.MaxBytesHandler(middleware.Default(zerolog.Nop(), nil).Then(http.TimeoutHandler(reads, 5*time.Millisecond, "")), 1<<30)
	s := httptest.NewServer(h)
	defer s.Close()
	if resp, _ := servertest.Do(t, s, "POST", "/", strings.Repeat("x", 4<<20)); resp.StatusCode != 503 {
		t.Errorf("%d", resp.StatusCode)
	}
}

// On HEAD there is no body to fail: HTTP/2 answers writes of one with an error,
// and the answer is whole all the same.
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
