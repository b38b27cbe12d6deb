package response

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/internal/servertest"
)

// Calls take turns, and the end waits for the one inside. Run with -race.
func TestCalls(t *testing.T) {
	var c Calls
	n, refused := 0, atomic.Int32{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				if !c.Enter() {
					refused.Add(1)
					return
				}
				n++
				c.Leave()
			}
		})
	}
	c.End()
	after := n
	all.Wait()
	if n != after || !c.Ended() || c.Enter() {
		t.Errorf("%d calls inside after the end", n-after)
	}
	if n < 8000 && refused.Load() == 0 {
		t.Error("calls are lost")
	}
}

type deadliner interface {
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// Whatever a goroutine does that outlives its handler, it gets an error, and
// nothing of it reaches the response of this request or of the next one on the
// connection.
func TestEndedWriter(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(file, []byte("late"), 0o600); err != nil {
		t.Fatal(err)
	}
	type late struct {
		x     Exchange
		ended chan struct{}
	}
	left := make(chan late, 1)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l := late{ended: make(chan struct{})}
		handle(func(x Exchange) {
			l.x = x
			_, _ = io.WriteString(x.W, "in time")
		}).ServeHTTP(w, r)
		close(l.ended)
		if r.URL.Path == "/first" {
			left <- l
		}
	})
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		if _, body := servertest.Do(t, s, "GET", "/first", ""); body != "in time" {
			t.Fatalf("%q", body)
		}
		l := <-left
		<-l.ended
		w := l.x.W.(*Writer)
		rc := http.NewResponseController(w)
		for name, call := range map[string]func() error{
			"Write":            func() error { _, err := w.Write([]byte("late")); return err },
			"Write of nothing": func() error { _, err := w.Write(nil); return err },
			"WriteString":      func() error { _, err := w.WriteString("late"); return err },
			"ReadFrom":         func() error { _, err := w.ReadFrom(strings.NewReader("late")); return err },
			"ReadFrom a file": func() error {
				f, err := os.Open(file)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				_, err = w.ReadFrom(f)
				return err
			},
			"io.Copy":          func() error { _, err := io.Copy(w, onlyReader{bytes.NewReader([]byte("late"))}); return err },
			"Flush":            func() error { w.Flush(); return rc.Flush() },
			"Hijack":           func() error { _, _, err := w.Hijack(); return err },
			"Push":             func() error { return w.Push("/x", nil) },
			"SetReadDeadline":  func() error { return rc.SetReadDeadline(time.Now()) },
			"SetWriteDeadline": func() error { return rc.SetWriteDeadline(time.Now()) },
			"EnableFullDuplex": rc.EnableFullDuplex,
		} {
			if err := call(); err != http.ErrHandlerTimeout {
				t.Errorf("%s: %v", name, err)
			}
		}
		w.WriteHeader(500)
		w.Header().Set("X-Late", "1")
		if n := len(w.Header()); n != 0 {
			t.Errorf("Header has %d fields", n)
		}
		Send(w, l.x.R, Document{Status: 500, Err: errors.New("late")})
		if !w.Begun() {
			t.Error("not begun")
		}
		<-w.CloseNotify()
		w.VaryTenant("X-Late", true)
		w.VaryAuthorization()
		w.NoStore()
		w.SetID("late")
		w.AddField("X-Late", "1")
		w.VaryAccept("a/b")
		w.CloseIf(func() bool { return true })
		w.SetDocuments(nil)
		w.OnlyOnSuccess(http.Header{"X-Late": {"1"}})
		w.Abort()
		if w.Observe(nil) || w.Observed() || w.IsNoStore() {
			t.Error("an ended writer is changed")
		}
		resp, body := servertest.Do(t, s, "GET", "/second", "")
		if resp.StatusCode != 200 || body != "in time" || resp.Header.Get("X-Late") != "" {
			t.Errorf("the next response is %d %q\n%s", resp.StatusCode, body, servertest.Header(resp))
		}
	})
}

type onlyReader struct{ io.Reader }

// A goroutine goes on while the handler returns, with each call a writer has. The
// layers complete the response meanwhile. Run with -race.
func TestGoroutineThatOutlivesItsHandler(t *testing.T) {
	calls := map[string]func(w *Writer){
		"/write":       func(w *Writer) { _, _ = w.Write([]byte("x")) },
		"/writestring": func(w *Writer) { _, _ = w.WriteString("x") },
		"/readfrom":    func(w *Writer) { _, _ = w.ReadFrom(strings.NewReader("x")) },
		"/flush":       func(w *Writer) { w.Flush() },
		"/writeheader": func(w *Writer) { w.WriteHeader(404) },
		"/send":        func(w *Writer) { Send(w, w.request, plain(nil, 500)) },
		"/vary":        func(w *Writer) { w.VaryAccept("a/b"); w.NoStore(); w.SetID("id-1"); w.AddField("X-A", "1") },
	}
	var running sync.WaitGroup
	h := handle(func(x Exchange) {
		call := calls[x.R.URL.Path]
		inner := Enter(x.W, x.R) // a layer further in
		started := make(chan struct{})
		running.Go(func() {
			call(x.Writer)
			close(started)
			for range 200 {
				call(x.Writer)
			}
		})
		<-started
		inner.Returned()
	})
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for path := range calls {
			for range 20 {
				// The response may be broken off; the process goes on.
				_, _, _ = servertest.Try(s, "GET", path, "")
			}
		}
		running.Wait()
	})
}

// The source of a copy may block for ever. The end does not wait for it.
func TestEndDoesNotWaitForTheSourceOfACopy(t *testing.T) {
	source, fill := io.Pipe()
	copied := make(chan error, 1)
	h := handle(func(x Exchange) {
		begun := make(chan struct{})
		go func() {
			_, err := io.Copy(x.W, io.TeeReader(source, closer{begun}))
			copied <- err
		}()
		_, _ = io.WriteString(fill, "x")
		<-begun
	})
	s := httptest.NewServer(h)
	defer s.Close()
	resp, _ := servertest.Do(t, s, "GET", "/", "")
	if resp.StatusCode != 200 {
		t.Errorf("%d", resp.StatusCode)
	}
	_, _ = io.WriteString(fill, "late")
	fill.Close()
	if err := <-copied; err != http.ErrHandlerTimeout {
		t.Errorf("%v", err)
	}
}

// closer closes the channel at the first Write.
type closer struct{ c chan struct{} }

func (c closer) Write(p []byte) (int, error) {
	select {
	case <-c.c:
	default:
		close(c.c)
	}
	return len(p), nil
}

// A deadline bounds a call that is inside: it must not wait for its turn.
func TestWriteDeadlineFreesAWrite(t *testing.T) {
	failed := make(chan error, 1)
	s := httptest.NewServer(handle(func(x Exchange) {
		go func() {
			time.Sleep(50 * time.Millisecond)
			_ = http.NewResponseController(x.W).SetWriteDeadline(time.Now())
		}()
		b := make([]byte, 1<<20)
		for {
			if _, err := x.W.Write(b); err != nil {
				failed <- err
				return
			}
		}
	}))
	defer s.Close()
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = bufio.NewReader(resp.Body).Peek(1)
	select {
	case err := <-failed:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the Write is not freed")
	}
}
