package middleware_test

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/problem"
)

// RFC 9110 §15.2: an HTTP/1.0 client would take an interim answer for the one.
func TestNoInterimResponseToHTTP10(t *testing.T) {
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

func TestStreamArrivesAtOnce(t *testing.T) {
	next := make(chan struct{})
	h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			if i%2 == 0 {
				w.(http.Flusher).Flush()
			} else if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			<-next
		}
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		resp, err := s.Client().Get(s.URL + "/" + t.Name())
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		events := bufio.NewScanner(resp.Body)
		for i := range 3 {
			if !events.Scan() || events.Text() != fmt.Sprintf("data: %d", i) {
				t.Fatalf("event %d: %q %v", i, events.Text(), events.Err())
			}
			events.Scan()
			next <- struct{}{}
		}
		if line := log.access(t, "/"+t.Name(), 1); line["status"] != 200.0 || line["bytes"] != 27.0 {
			t.Errorf("%v", line)
		}
	})
}

func TestEarlyHintsAreNotTheResponse(t *testing.T) {
	h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusProcessing)
		w.WriteHeader(http.StatusNotFound)
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		var interim []int
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
				interim = append(interim, code)
				return nil
			},
		})
		r, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/"+t.Name(), nil)
		resp, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 404 || fmt.Sprint(interim) != "[103 102]" {
			t.Errorf("%v, then %d", interim, resp.StatusCode)
		}
		if line := log.access(t, "/"+t.Name(), 1); line["status"] != 404.0 {
			t.Errorf("%v", line)
		}
	})
}

func TestTrailers(t *testing.T) {
	h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		_, _ = io.WriteString(w, "body")
		w.Header().Set("X-Sum", "1")
		w.Header().Set(http.TrailerPrefix+"X-More", "2")
	}))
	typed, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Trailer", "X-Sum")
		w.WriteHeader(422)
		w.Header().Set("X-Sum", "1")
		_, _ = io.WriteString(w, "{}")
		w.Header().Set(http.TrailerPrefix+"X-More", "2")
	}))
	for name, h := range map[string]http.Handler{"success": h, "an error of the handler's own": typed} {
		t.Run(name, func(t *testing.T) {
			servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
				resp, _ := servertest.Do(t, s, "GET", "/", "")
				if resp.Trailer.Get("X-Sum") != "1" || resp.Trailer.Get("X-More") != "2" {
					t.Errorf("%v", resp.Trailer)
				}
			})
		})
	}
}

func TestHijack(t *testing.T) {
	for name, hijack := range map[string]func(http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error){
		"Hijacker": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) { return w.(http.Hijacker).Hijack() },
		"controller": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
			return http.NewResponseController(w).Hijack()
		},
		"after WriteHeader": func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
			w.WriteHeader(http.StatusSwitchingProtocols)
			return http.NewResponseController(w).Hijack()
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.ProtoMajor == 2 {
					if _, _, err := http.NewResponseController(w).Hijack(); !errors.Is(err, http.ErrNotSupported) {
						t.Errorf("HTTP/2: %v", err)
					}
					return
				}
				conn, rw, err := hijack(w)
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				if name != "after WriteHeader" {
					_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
				}
				line, _ := rw.ReadString('\n')
				_, _ = rw.WriteString(line)
				_ = rw.Flush()
			}))
			servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
				path := "/" + strings.ReplaceAll(t.Name(), " ", "_")
				if strings.HasSuffix(path, "2") {
					servertest.Do(t, s, "GET", path, "")
					return
				}
				conn, err := net.Dial("tcp", s.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\nhello\n", path)
				got, _ := io.ReadAll(conn)
				if !strings.HasPrefix(string(got), "HTTP/1.1 101 ") || !strings.HasSuffix(string(got), "\r\n\r\nhello\n") {
					t.Errorf("%q", got)
				}
				if line := log.access(t, path, 1); line["status"] != 101.0 || line["aborted"] != nil {
					t.Errorf("%v", line)
				}
			})
		})
	}
}

func TestResponseController(t *testing.T) {
	h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		if err := errors.Join(c.SetReadDeadline(time.Now().Add(time.Minute)), c.SetWriteDeadline(time.Now().Add(time.Minute))); err != nil {
			t.Error(err)
		}
		if err := c.EnableFullDuplex(); err != nil && (r.ProtoMajor == 1 || !errors.Is(err, http.ErrNotSupported)) {
			t.Error(err)
		}
		// Full duplex: the response goes out while the request comes in.
		in := bufio.NewReader(r.Body)
		for range 3 {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Error(err)
			}
			_, _ = io.WriteString(w, line)
			_ = c.Flush()
		}
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		pr, pw := io.Pipe()
		go func() { _, _ = io.WriteString(pw, "a\n") }()
		resp, err := s.Client().Post(s.URL, "text/plain", pr)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		answer := bufio.NewReader(resp.Body)
		for i, want := range []string{"a\n", "b\n", "c\n"} {
			if got, err := answer.ReadString('\n'); got != want {
				t.Fatalf("%q %v", got, err)
			}
			if i < 2 {
				_, _ = io.WriteString(pw, string('b'+rune(i))+"\n")
			}
		}
		pw.Close()
	})
}

// copier is a server's writer with a ReadFrom of its own, as net/http's is for
// sendfile.
type copier struct {
	*httptest.ResponseRecorder
	copied int64
}

func (c *copier) ReadFrom(src io.Reader) (int64, error) {
	n, err := io.Copy(c.ResponseRecorder, src)
	c.copied += n
	return n, err
}

func TestReadFrom(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(strings.Repeat("x", 1<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }))
	c := &copier{ResponseRecorder: httptest.NewRecorder()}
	h.ServeHTTP(c, httptest.NewRequest("GET", "/copied", nil))
	if c.copied < 1<<20-512 {
		t.Errorf("%d bytes went through the server's ReadFrom", c.copied)
	}
	if line := log.access(t, "/copied", 1); line["bytes"] != float64(1<<20) || line["status"] != 200.0 {
		t.Errorf("%v", line)
	}
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		if resp, body := servertest.Do(t, s, "GET", "/", ""); len(body) != 1<<20 || resp.ContentLength != 1<<20 {
			t.Errorf("%d bytes of %d", len(body), resp.ContentLength)
		}
		if resp, body := servertest.Do(t, s, "GET", "/", "", "Range: bytes=5-9"); body != "xxxxx" || resp.StatusCode != 206 {
			t.Errorf("%d %q", resp.StatusCode, body)
		}
	})
}

// Whoever copies learns how much there was, and what was wrong with the source.
func TestReadFromReports(t *testing.T) {
	for _, tt := range []struct {
		length int
		err    error
	}{{5, nil}, {512, nil}, {1 << 20, nil}, {5, errSecret}, {600, errSecret}} {
		h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			src := io.MultiReader(strings.NewReader(strings.Repeat("x", tt.length)), iotest.ErrReader(cmp.Or(tt.err, io.EOF)))
			if n, err := w.(io.ReaderFrom).ReadFrom(src); n != int64(tt.length) || err != tt.err {
				t.Errorf("%d bytes, %v, want %d, %v", n, err, tt.length, tt.err)
			}
		}))
		servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
			if _, body := servertest.Do(t, s, "GET", "/", ""); len(body) != tt.length {
				t.Errorf("%d bytes of %d", len(body), tt.length)
			}
		})
	}
}

// unwritable is a server's writer whose client has gone.
type unwritable struct{ header http.Header }

func (u *unwritable) Header() http.Header { return u.header }

func (u *unwritable) WriteHeader(int) {}

func (u *unwritable) Write([]byte) (int, error) { return 2, errSecret }

func (u *unwritable) WriteString(s string) (int, error) { return u.Write([]byte(s)) }

func (u *unwritable) FlushError() error { return errSecret }

// What cannot be written is an aborted answer, whoever learns of it.
func TestWritesThatFail(t *testing.T) {
	for name, handle := range map[string]problem.HandlerFunc{
		"Write":       func(w http.ResponseWriter, _ *http.Request) error { _, _ = w.Write([]byte("abc")); return nil },
		"WriteString": func(w http.ResponseWriter, _ *http.Request) error { _, _ = io.WriteString(w, "abc"); return nil },
		"Flush":       func(w http.ResponseWriter, _ *http.Request) error { w.(http.Flusher).Flush(); return nil },
		"a document":  func(http.ResponseWriter, *http.Request) error { return errSecret },
	} {
		h, log := edge(handle)
		swallow(h).ServeHTTP(&unwritable{http.Header{}}, httptest.NewRequest("GET", "/", nil))
		if line := log.access(t, "/", 1); line["aborted"] != true {
			t.Errorf("%s: %v", name, line)
		}
	}
	h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n, err := w.Write([]byte("abc")); n != 2 || err != errSecret {
			t.Errorf("Write: %d, %v", n, err)
		}
		if n, err := io.WriteString(w, "abc"); n != 2 || err != errSecret {
			t.Errorf("WriteString: %d, %v", n, err)
		}
		if err := http.NewResponseController(w).Flush(); err != errSecret {
			t.Errorf("Flush: %v", err)
		}
	}))
	swallow(h).ServeHTTP(&unwritable{http.Header{}}, httptest.NewRequest("GET", "/", nil))
}

// pusher is a server's writer that can push.
type pusher struct {
	*httptest.ResponseRecorder
	pushed string
}

func (p *pusher) Push(target string, _ *http.PushOptions) error {
	p.pushed = target
	return errSecret
}

func TestPush(t *testing.T) {
	var err error
	h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { err = w.(http.Pusher).Push("/a.css", nil) }))
	p := &pusher{ResponseRecorder: httptest.NewRecorder()}
	if h.ServeHTTP(p, httptest.NewRequest("GET", "/", nil)); err != errSecret || p.pushed != "/a.css" {
		t.Errorf("%v, %q", err, p.pushed)
	}
	if h.ServeHTTP(p.ResponseRecorder, httptest.NewRequest("GET", "/", nil)); err != http.ErrNotSupported {
		t.Errorf("a writer that cannot push: %v", err)
	}
}

// A source that fails before its first byte leaves room for an error.
func TestReadFromNothing(t *testing.T) {
	broken := io.MultiReader(errReader{})
	h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(w, broken); err != nil {
			http.Error(w, err.Error(), 500)
		}
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		if resp, body := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1"); resp.StatusCode != 500 || body != document(500) {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	})
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errSecret }

// A writer below that cannot do it is not promised to.
func TestNoLies(t *testing.T) {
	h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		_, _, err := c.Hijack()
		for name, err := range map[string]error{
			"Flush": c.Flush(), "Hijack": err,
			"SetReadDeadline": c.SetReadDeadline(time.Time{}), "EnableFullDuplex": c.EnableFullDuplex(),
		} {
			if !errors.Is(err, http.ErrNotSupported) {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.WriteHeader(http.StatusTeapot)
	}))
	rec := httptest.NewRecorder()
	h.ServeHTTP(struct{ http.ResponseWriter }{rec}, httptest.NewRequest("GET", "/", nil))
	if rec.Code != http.StatusTeapot || rec.Body.Len() == 0 {
		t.Errorf("a Flush that is not supported has begun the answer: %d", rec.Code)
	}
}
