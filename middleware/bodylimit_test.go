package middleware_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// The content may be read, past its limit, by a goroutine that outlives the
// handler: run with -race.
func TestBodyLimitTouchesNoHeader(t *testing.T) {
	slow := http.TimeoutHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}), 30*time.Millisecond, "")
	h := middleware.Default(zerolog.Nop(), nil).Append(middleware.BodyLimit(1000)).Then(slow)
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		r, err := http.NewRequest("POST", s.URL, io.MultiReader(strings.NewReader(strings.Repeat("x", 5000)))) // of unknown length
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 503 || resp.Close != (resp.ProtoMajor == 1) {
			t.Errorf("%d, close %v", resp.StatusCode, resp.Close)
		}
	})
}

func TestBodyLimit(t *testing.T) {
	ran := false
	h, _ := edge(middleware.BodyLimit(5)(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		ran = true
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		_, err = w.Write(b)
		return err
	})))
	const refused = `{"type":"/problems/content-too-large","title":"Content too large","status":413,"detail":"The content of the request is larger than is taken here.","requestId":"id-1","limit":5}`
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, tt := range []struct {
			name, body string
			chunked    bool
			status     int
			ran        bool
		}{
			{"none", "", false, 200, true},
			{"at the limit", "12345", false, 200, true},
			{"declared too long", "123456", false, 413, false},
			{"declared much too long", strings.Repeat("x", 1<<20), false, 413, false},
			{"undeclared, at the limit", "12345", true, 200, true},
			{"undeclared, too long", "123456", true, 413, true},
		} {
			ran = false
			var body io.Reader = strings.NewReader(tt.body)
			if tt.chunked {
				body = io.MultiReader(body)
			}
			r, _ := http.NewRequest("PUT", s.URL, body)
			r.Header.Set("X-Request-Id", "id-1")
			resp, err := s.Client().Do(r)
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			got, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			want := tt.body
			if tt.status == 413 {
				want = refused
			}
			if resp.StatusCode != tt.status || string(got) != want || ran != tt.ran {
				t.Errorf("%s: %d %.200s, ran %v", tt.name, resp.StatusCode, got, ran)
			}
			if closed := resp.Close; closed != (tt.status == 413 && resp.ProtoMajor == 1) {
				t.Errorf("%s over %s: close %v", tt.name, resp.Proto, closed)
			}
		}
	})
}

// A limit of 0 takes a request without content, which stays one.
func TestBodyLimitOfNothing(t *testing.T) {
	for _, tt := range []struct {
		body   io.ReadCloser
		length int64
		status int
	}{
		{nil, 0, 204},
		{http.NoBody, 0, 204},
		{io.NopCloser(strings.NewReader("1")), 1, 413},
	} {
		r := httptest.NewRequest("PUT", "/", nil)
		r.Body, r.ContentLength = tt.body, tt.length
		w := httptest.NewRecorder()
		middleware.BodyLimit(0)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Body != tt.body {
				t.Errorf("the handler gets %v for %v", r.Body, tt.body)
			}
			w.WriteHeader(http.StatusNoContent)
		})).ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%d bytes: %d, want %d", tt.length, w.Code, tt.status)
		}
	}
}

// As with net/http alone, the connection of a refused body is closed, even
// where the handler ignores the error.
func TestBodyLimitClosesTheConnection(t *testing.T) {
	h, _ := edge(middleware.BodyLimit(5)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	})))
	for name, h := range map[string]http.Handler{"nobody outside": h, "a foreign writer without Unwrap outside": lazy(h)} {
		s := httptest.NewServer(h)
		defer s.Close()
		resp, err := http.Post(s.URL, "text/plain", io.MultiReader(bytes.NewReader(make([]byte, 10))))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if !resp.Close {
			t.Errorf("%s: the connection stays open", name)
		}
	}
}

// A handler that returns the error of a read blames nobody but the client.
func TestContentThatDoesNotArrive(t *testing.T) {
	var cause error
	h, log := edge(middleware.BodyLimit(100)(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.ReadAll(r.Body)
		cause = err
		return err
	})))
	s := httptest.NewUnstartedServer(h)
	s.Config.ReadTimeout = 500 * time.Millisecond
	s.Start()
	defer s.Close()
	for _, tt := range []struct {
		name, sent string // behind the request's first lines
		half       bool   // and then the client closes its half
		status     int
		is         error
	}{
		{"whole", "Content-Length: 2\r\n\r\nab", false, 200, nil},
		{"cut off", "Content-Length: 10\r\n\r\nab", true, 400, io.ErrUnexpectedEOF},
		{"cut off in chunks", "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", true, 400, io.ErrUnexpectedEOF},
		{"no chunks", "Transfer-Encoding: chunked\r\n\r\nzz\r\n", false, 400, nil},
		{"too slow", "Content-Length: 10\r\n\r\nab", false, 408, os.ErrDeadlineExceeded},
		{"too long", "Transfer-Encoding: chunked\r\n\r\n65\r\n" + strings.Repeat("x", 101) + "\r\n0\r\n\r\n", false, 413, nil},
	} {
		path := "/" + strings.ReplaceAll(tt.name, " ", "-")
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: x\r\n"+tt.sent)
		if tt.half {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != tt.status || tt.status != 200 && resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %v, %v", tt.name, resp, err)
		}
		conn.Close()
		if line := log.access(t, path, 1); line["status"] != float64(tt.status) || line["level"] != "info" {
			t.Errorf("%s: %v", tt.name, line)
		}
		if tt.is != nil && !errors.Is(cause, tt.is) {
			t.Errorf("%s: the handler read %v", tt.name, cause)
		}
	}
}

// Two limits say it once; and of a content that the handler has closed nobody
// else is to blame.
func TestContentThatFailsWithinTwoLimits(t *testing.T) {
	for _, tt := range []struct {
		err             error
		document, cause string
	}{
		{
			io.ErrUnexpectedEOF,
			`{"type":"/problems/invalid-request","title":"Invalid request","status":400,"detail":"The content of the request did not arrive whole.","requestId":"id-1"}`,
			"400 Invalid request: The content of the request did not arrive whole.: unexpected EOF",
		},
		{http.ErrBodyReadAfterClose, document(500), http.ErrBodyReadAfterClose.Error()},
	} {
		h, log := edge(middleware.BodyLimit(9)(middleware.BodyLimit(5)(problem.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error {
			_, err := io.ReadAll(r.Body)
			return err
		}))))
		r := httptest.NewRequest("POST", "/", iotest.ErrReader(tt.err))
		r.Header.Set("X-Request-Id", "id-1")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if line := log.access(t, "/", 1); w.Body.String() != tt.document || line["error"] != tt.cause {
			t.Errorf("%v: %s, and the log has %v", tt.err, w.Body, line["error"])
		}
	}
}
