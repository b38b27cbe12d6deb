package response

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
	"time"

	"github.com/apiconventions/apiconventions/internal/servertest"
)

// dial sends the beginning of a request and returns the connection.
func dial(t *testing.T, s *httptest.Server, begin string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, begin); err != nil {
		t.Fatal(err)
	}
	return conn
}

// So many refused requests are read on, and no more: beyond that the connection
// ends as net/http ends it.
func TestDrainIsBounded(t *testing.T) {
	for name, tt := range map[string]struct {
		others int32 // that are being read on
		reads  bool
	}{"one more": {drainRequests - 1, true}, "one too many": {drainRequests, false}} {
		e := newEnds()
		e.drain.requests.Store(tt.others)
		s := httptest.NewServer(e.around(func(x Exchange) { Send(x.W, x.R, plain(nil, 409)) }))
		defer s.Close()
		const length = "1000000"
		conn := dial(t, s, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "+length+"\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != 409 {
			t.Fatalf("%s: %v, %v", name, resp, err)
		}
		failed := false
		for range 100 {
			if _, err := conn.Write(make([]byte, 10000)); err != nil {
				failed = true
				break
			}
			time.Sleep(time.Millisecond)
		}
		if failed == tt.reads {
			t.Errorf("%s: the connection was reset: %v", name, failed)
		}
		s.Close()
		if n := e.drain.requests.Load(); n != tt.others {
			t.Errorf("%s: %d are counted afterwards", name, n)
		}
	}
}

// A response that is no refusal, and content that was read or is not to come, leave
// nothing to read on for.
func TestDrainReadsOnlyAfterARefusal(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		begin  string
		read   bool
	}{
		"a success":       {200, "Content-Length: 1000000\r\n\r\n", false},
		"a 100 to come":   {409, "Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n", false},
		"content is read": {409, "Content-Length: 4\r\n\r\nbody", true},
		"no content":      {409, "Content-Length: 0\r\n\r\n", false},
	} {
		returned := make(chan *Writer, 1)
		h := handle(func(x Exchange) {
			if tt.read {
				_, _ = io.Copy(io.Discard, x.R.Body)
			}
			x.SetDocuments(nil)
			x.W.WriteHeader(tt.status)
			returned <- x.Writer
		})
		s := httptest.NewServer(h)
		dial(t, s, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+tt.begin)
		w := <-returned
		s.Close() // waits for the request
		if w.mayReceive() && w.status >= 300 {
			t.Errorf("%s: is read on", name)
		}
	}
}

// A handler that goes on after its refusal has the deadlines that it had.
func TestDeadlineIsTakenBack(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		own  time.Duration // deadline that the handler sets; 0 = none
		want error
	}{"no deadline": {0, nil}, "the handler's own": {time.Second, os.ErrDeadlineExceeded}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := make(chan error, 1)
			s := httptest.NewServer(handle(func(x Exchange) {
				x.SetDocuments(nil)
				rc := http.NewResponseController(x.W)
				if err := rc.EnableFullDuplex(); err != nil { // or net/http takes the content
					t.Error(err)
				}
				if tt.own > 0 {
					if err := rc.SetReadDeadline(time.Now().Add(tt.own)); err != nil {
						t.Error(err)
					}
				}
				x.W.Header().Set("Content-Type", "a/b")
				x.W.WriteHeader(422)
				_, _ = x.W.Write(make([]byte, 5000))
				_ = rc.Flush()
				_, err := io.Copy(io.Discard, x.R.Body)
				got <- err
			}))
			defer s.Close()
			conn := dial(t, s, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n1")
			select {
			case err := <-got:
				if tt.want == nil || !errors.Is(err, tt.want) {
					t.Errorf("%v", err)
				}
			case <-time.After(drainTime + time.Second):
				if tt.want != nil {
					t.Error("the handler's deadline is lost")
				}
				_, _ = io.WriteString(conn, "2")
				if err := <-got; err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A handler that was abandoned waits for content within Read. The refusal does not
// wait for it longer than for a client.
func TestRefusalBesideARead(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(handle(func(x Exchange) {
		reading := make(chan struct{})
		go func() {
			close(reading)
			_, _ = io.Copy(io.Discard, x.R.Body)
		}()
		<-reading
		time.Sleep(20 * time.Millisecond)
		Send(x.W, x.R, plain(nil, 503))
	}))
	defer s.Close()
	conn := dial(t, s, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n1")
	if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || resp.StatusCode != 503 {
		t.Errorf("%v, %v", resp, err)
	}
}

// The body of the request that is handed on is of a type that ParseForm knows.
func TestInsideMaxBytesReader(t *testing.T) {
	var body io.ReadCloser = io.NopCloser(strings.NewReader("x"))
	if got := InsideMaxBytesReader(body, http.NoBody); got != http.NoBody {
		t.Errorf("%T", got)
	}
	limited := http.MaxBytesReader(nil, body, 1)
	got := InsideMaxBytesReader(limited, io.NopCloser(strings.NewReader("much longer")))
	if b, err := io.ReadAll(got); err != nil || string(b) != "much longer" {
		t.Errorf("%q, %v", b, err)
	}
	h := http.MaxBytesHandler(handle(func(x Exchange) {
		if err := x.R.ParseForm(); err != nil {
			t.Error(err)
		}
	}), 64<<20)
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		resp, err := s.Client().Post(s.URL, "application/x-www-form-urlencoded", bytes.NewReader(make([]byte, 11<<20)))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	})
}
