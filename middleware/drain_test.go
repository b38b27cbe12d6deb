package middleware_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// A refusal reaches a client that is still sending: whoever stops reading resets
// the connection, and a proxy makes a 502 of that.
func TestRefusalAfterMuchContent(t *testing.T) {
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

// A refusal does not wait for content that never comes, on whatever connection, and
// the connection ends. net/http reads a little of the content before it responds,
// for as long as the client likes.
func TestRefusalReachesAClientThatStalls(t *testing.T) {
	long := make([]string, 100)
	for i := range long {
		long[i] = fmt.Sprintf("application/vnd.example.%d+json", i)
	}
	mux := http.NewServeMux()
	mux.Handle("/long", middleware.Accept(long...)(http.NotFoundHandler())) // over 2 KiB: net/http reads within the very write
	mux.Handle("/long-typed", ownError(strings.Repeat("x", 5000)))
	mux.Handle("/typed", ownError("{}"))
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(308) })
	mux.HandleFunc("/flushed", func(w http.ResponseWriter, r *http.Request) {
		ownError("{}").ServeHTTP(w, r)
		_ = http.NewResponseController(w).Flush()
	})
	for path, status := range map[string]int{"/nowhere": 404, "/long": 406, "/long-typed": 422, "/typed": 422, "/redirect": 308, "/flushed": 422} {
		for _, head := range []string{
			"HTTP/1.1\r\nContent-Length: 7", "HTTP/1.1\r\nContent-Length: 262144", "HTTP/1.1\r\nContent-Length: 262145", "HTTP/1.1\r\nTransfer-Encoding: chunked",
			"HTTP/1.1\r\nConnection: close\r\nContent-Length: 262144", "HTTP/1.0\r\nContent-Length: 7", "HTTP/1.0\r\nContent-Length: 262145",
		} {
			synctest.Test(t, func(t *testing.T) {
				h, log := edge(mux)
				client, server := net.Pipe()
				s := &http.Server{Handler: h}
				go s.Serve(&pipeListener{server})
				defer time.Sleep(time.Second) // for the server to close, too
				defer client.Close()
				_ = client.SetDeadline(time.Now().Add(time.Minute))

				start := time.Now()
				_, _ = io.WriteString(client, "POST "+path+" "+head+"\r\nHost: x\r\nAccept: text/html\r\n\r\n5\r\nhel")
				all := bufio.NewReader(client)
				resp, err := http.ReadResponse(all, nil)
				if err != nil || resp.StatusCode != status {
					t.Fatalf("%s %q: %v, %v", path, head, resp, err)
				}
				if took := time.Since(start); took > 5*time.Second {
					t.Errorf("%s %q: the response came after %v", path, head, took)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				if _, err := all.ReadByte(); err != io.EOF {
					t.Errorf("%s %q: the connection stays open: %v", path, head, err)
				}
				if took := time.Since(start); took > 15*time.Second {
					t.Errorf("%s %q: the connection ends after %v", path, head, took)
				}
				if line := log.access(t, path, 1); line["status"] != float64(status) {
					t.Errorf("%s %q: %v", path, head, line)
				}
			})
		}
	}
}

// http.TimeoutHandler leaves a handler behind that waits for content. The response
// does not wait for it, but for net/http, which has five seconds.
func TestRefusalBesideAnAbandonedHandler(t *testing.T) {
	t.Parallel()
	h, _ := edge(http.TimeoutHandler(problem.HandlerFunc(readsAll), 10*time.Millisecond, ""))
	s := httptest.NewServer(h)
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n1")
	if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || resp.StatusCode != 503 {
		t.Errorf("%v, %v", resp, err)
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

func (l *pipeListener) Close() error { return nil }

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// What has been read to its end leaves nothing to read on for, and its response is
// framed as ever.
func TestResponseToContentThatWasRead(t *testing.T) {
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

// A server that stops reading has a client that waits.
func TestErrorAfterAReadDeadline(t *testing.T) {
	h := middleware.Default(zerolog.Nop(), nil).Then(problem.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error {
		if _, err := io.ReadAll(r.Body); err != nil {
			return problem.Wrap(http.StatusRequestTimeout, err)
		}
		return nil
	}))
	s := httptest.NewUnstartedServer(h)
	s.Config.ReadTimeout = 500 * time.Millisecond
	s.Start()
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab") // and no more
	if got, _ := io.ReadAll(conn); !strings.HasPrefix(string(got), "HTTP/1.1 408 ") || !strings.HasSuffix(string(got), "}") {
		t.Errorf("%q", got)
	}
}

// refusals is a service that refuses what it is sent, in each way there is.
func refusals() (h http.Handler, paths map[string]int) {
	deny := func(ctx context.Context, _ string) (context.Context, error) { return ctx, middleware.ErrToken }
	routes := map[string]struct {
		status int
		h      http.Handler
	}{
		"/bearer":      {401, middleware.Bearer(deny, nil)(http.NotFoundHandler())},
		"/contenttype": {415, middleware.ContentType("text/csv")(http.NotFoundHandler())},
		"/limit":       {413, middleware.BodyLimit(9)(problem.HandlerFunc(readsAll))},
		"/returned":    {500, problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errSecret })},
		"/panic":       {500, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(errSecret) })},
		"/http-error":  {403, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) })},
		"/bare":        {409, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(409) })},
		"/typed":       {422, ownError("{}")},
		"/typed-long":  {422, ownError(strings.Repeat("x", 5000))},
		"/redirect":    {308, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Location", "/"); w.WriteHeader(308) })},
	}
	mux := http.NewServeMux()
	paths = map[string]int{"/nowhere": 404}
	for path, r := range routes {
		mux.Handle("POST "+path, r.h)
		paths[path] = r.status
	}
	return mux, paths
}

func readsAll(_ http.ResponseWriter, r *http.Request) error {
	_, err := io.Copy(io.Discard, r.Body)
	return err
}

func ownError(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(422)
		_, _ = io.WriteString(w, body)
	})
}

// A client that is still sending gets the refusal, whole: it does not find the
// connection reset. One write to loopback would hide what goes wrong.
func TestRefusalReachesAClientThatIsStillSending(t *testing.T) {
	mux, paths := refusals()
	chain := middleware.Default(zerolog.Nop(), nil).Then(mux)
	var tests sync.WaitGroup
	defer tests.Wait()
	atOnce := make(chan struct{}, 24)
	for outside, h := range map[string]http.Handler{"nobody": chain, "a compressor": hesitant(chain), "a recorder": recording(chain)} {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		for path, status := range paths {
			for _, head := range []string{
				"HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n",
				"HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n",
				"HTTP/1.0\r\nContent-Length: %d\r\n\r\n",
				"HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
				"HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
			} {
				// net/http reads up to 256 KiB itself, where it keeps the connection.
				for _, size := range []int{96 << 10, 304 << 10} {
					tests.Go(func() {
						atOnce <- struct{}{}
						defer func() { <-atOnce }()
						if err := sendSlowly(s.Listener.Addr().String(), path, head, size, status); err != nil {
							t.Errorf("%s outside, %s, %d KiB, %q: %v", outside, path, size>>10, head, err)
						}
					})
				}
			}
		}
	}
}

// Each layer reads on where it is the outermost one.
func TestRefusalOfALayerAlone(t *testing.T) {
	var gate middleware.Gate
	gate.Close(time.Second)
	deny := func(ctx context.Context, _ string) (context.Context, error) { return ctx, middleware.ErrToken }
	for name, tt := range map[string]struct {
		h      http.Handler
		status int
	}{
		"Bearer":         {middleware.Bearer(deny, nil)(http.NotFoundHandler()), 401},
		"ContentType":    {middleware.ContentType("text/csv")(http.NotFoundHandler()), 415},
		"Gate":           {gate.Handler(http.NotFoundHandler()), 503},
		"RequireNoCache": {middleware.RequireNoCache(http.NotFoundHandler()), 400},
	} {
		s := httptest.NewServer(tt.h)
		defer s.Close()
		for _, head := range []string{
			"HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n",
			"HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
		} {
			if err := sendSlowly(s.Listener.Addr().String(), "/", head, 96<<10, tt.status); err != nil {
				t.Errorf("%s, %q: %v", name, head, err)
			}
		}
	}
}

// recording has a wrapper that is older than Unwrap: it embeds the writer below, and
// passes on Flush.
func recording(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(&recordingWriter{w, 200}, r) })
}

type recordingWriter struct {
	http.ResponseWriter
	status int
}

func (w *recordingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *recordingWriter) Flush() { w.ResponseWriter.(http.Flusher).Flush() }

// A recorder has a header of its own, whatever it embeds or unwraps to: a refusal that
// it takes neither bounds the time of the connection, which a batch goes on to use, nor
// is flushed past it.
func TestRefusalInARecorder(t *testing.T) {
	refusing := middleware.ContentType("application/json")(http.NotFoundHandler())
	for name, record := range map[string]func(w http.ResponseWriter) http.ResponseWriter{
		"embeds": func(w http.ResponseWriter) http.ResponseWriter { return &embeddingRecorder{w, make(http.Header), 0} },
		"unwraps": func(w http.ResponseWriter) http.ResponseWriter {
			return &unwrappingRecorder{embeddingRecorder{w, make(http.Header), 0}}
		},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			below := &deadlines{ResponseWriter: w}
			rec := record(below)
			refusing.ServeHTTP(rec, r)
			if below.set > 0 {
				t.Errorf("%s: %d deadlines", name, below.set)
			}
			w.WriteHeader(rec.(interface{ Status() int }).Status())
		}))
		defer s.Close()
		if resp, _ := servertest.Do(t, s, "POST", "/", "<x/>", "Content-Type: text/xml"); resp.StatusCode != 415 {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
}

type embeddingRecorder struct {
	http.ResponseWriter
	header http.Header
	status int
}

func (r *embeddingRecorder) Header() http.Header         { return r.header }
func (r *embeddingRecorder) WriteHeader(status int)      { r.status = status }
func (r *embeddingRecorder) Write(p []byte) (int, error) { return len(p), nil }
func (r *embeddingRecorder) Status() int                 { return r.status }

type unwrappingRecorder struct{ embeddingRecorder }

func (r *unwrappingRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// deadlines counts those that are set for reading.
type deadlines struct {
	http.ResponseWriter
	set int
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.set++
	return http.NewResponseController(d.ResponseWriter).SetReadDeadline(t)
}

func (d *deadlines) FlushError() error { return http.NewResponseController(d.ResponseWriter).Flush() }

// sendSlowly sends content in pieces, and reads when it has sent everything, as
// proxies do.
func sendSlowly(addr, path, head string, size, status int) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	chunked := strings.Contains(head, "chunked")
	if !chunked {
		head = fmt.Sprintf(head, size)
	}
	if _, err := io.WriteString(conn, "POST "+path+" "+head); err != nil {
		return err
	}
	piece := make([]byte, 8<<10)
	end := ""
	if chunked {
		piece = fmt.Appendf(nil, "%x\r\n%s\r\n", len(piece), piece)
		end = "0\r\n\r\n"
	}
	for sent := 0; sent < size; sent += 8 << 10 {
		if _, err := conn.Write(piece); err != nil {
			return fmt.Errorf("after %d KiB: %w", sent>>10, err)
		}
		time.Sleep(2 * time.Millisecond)
	}
	if _, err := io.WriteString(conn, end); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != status {
		return fmt.Errorf("status %d, want %d", resp.StatusCode, status)
	}
	return nil
}

// A client that expects 100-continue need not wait for it (RFC 9110 §10.1.1): one that
// sends its content at once gets the refusal all the same.
func TestRefusalReachesAClientThatDoesNotWaitForContinue(t *testing.T) {
	h, _ := edge(middleware.BodyLimit(9)(http.NotFoundHandler()))
	s := httptest.NewServer(h)
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const size = 4 << 20
	_, _ = fmt.Fprintf(conn, "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", size)
	for range size / (64 << 10) {
		if _, err := conn.Write(make([]byte, 64<<10)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
	if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("%v, %v", resp, err)
	}
}
