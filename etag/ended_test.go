package etag_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/etag"
)

// late is a source whose Read has begun when the handler returns, and fills the
// memory that it was given after that.
type late struct {
	reading chan bool
	proceed chan bool
	secret  string
	done    chan bool
}

func (l *late) Read(p []byte) (int, error) {
	close(l.reading)
	<-l.proceed
	for i := range p {
		p[i] = l.secret[i%len(l.secret)]
	}
	return len(p), nil
}

// A goroutine that outlives its handler puts no byte into another response.
func TestComputedReadThatOutlives(t *testing.T) {
	for _, options := range []*etag.ComputedOptions{nil, {Hash: sha256.New}} {
		var source *late
		first := strings.Repeat("first", 20_000)
		computed := etag.Computed(options)
		mux := http.NewServeMux()
		mux.Handle("/first", computed(handler(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, first)
			src := source
			go func() {
				_, err := io.Copy(w, src)
				if !errors.Is(err, http.ErrHandlerTimeout) {
					t.Errorf("the copy ends with %v", err)
				}
				close(src.done)
			}()
			<-src.reading
		})))
		second := strings.Repeat("second", 20_000)
		mux.Handle("/second", computed(handler(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, second[:60_000])
			close(source.proceed)
			<-source.done
			_, _ = io.WriteString(w, second[60_000:])
		})))
		onServers(t, mux, func(t *testing.T, url string, c *http.Client) {
			for range 20 {
				source = &late{make(chan bool), make(chan bool), "SECRET", make(chan bool)}
				if _, got := fetch(t, c, "GET", url+"/first", ""); got != first {
					t.Error("other bytes came")
				}
				if _, got := fetch(t, c, "GET", url+"/second", ""); got != second {
					t.Fatal("bytes of another response came")
				}
			}
		})
	}
}

// Nothing that is used again is in the hands of a hash or a writer: they may keep
// what they were given, and write into it.
func TestComputedGivesNothingAway(t *testing.T) {
	bodies := make(map[string]string)
	for _, size := range []int{100, 2 << 10, 2<<10 + 1, 40_000, 200_000} {
		for _, letter := range "abc" {
			bodies[fmt.Sprint(size, string(letter))] = strings.Repeat(string(letter), size)
		}
	}
	h := etag.Computed(&etag.ComputedOptions{Hash: func() hash.Hash { return &scribbler{Hash: sha256.New()} }})(handler(func(w http.ResponseWriter, r *http.Request) {
		body := bodies[r.Header.Get("X-Body")]
		_, _ = io.WriteString(w, body[:len(body)/2])
		_, _ = io.WriteString(w, body[len(body)/2:])
	}))
	var kept []*keeper
	for _, h := range []http.Handler{h, layers{}.around(h), etag.Computed(nil)(h), outside{h}} {
		for name, body := range bodies {
			for _, hidden := range []bool{false, true} {
				w := &keeper{ResponseWriter: discard{http.Header{}}, body: body}
				if hidden {
					h.ServeHTTP(&pocket{&pocketed{w}}, ask("GET", "X-Body: "+name))
				} else {
					h.ServeHTTP(w, ask("GET", "X-Body: "+name))
				}
				if w.received.String() != body {
					t.Errorf("%s: other bytes came", name)
				}
				kept = append(kept, w)
			}
		}
	}
	for _, w := range kept {
		for _, p := range w.kept {
			if bytes.Trim(p, w.body[:1]) == nil {
				continue
			}
			if rest := strings.Trim(string(p), w.body[:1]); rest != "" {
				t.Fatalf("what a writer was given has become %.20q", rest)
			}
		}
	}
	// And the other way round: what they write into it is in no response.
	for range 3 {
		for name, body := range bodies {
			for _, w := range kept {
				for _, p := range w.kept {
					for i := range p {
						p[i] = '!'
					}
				}
			}
			if got, _ := io.ReadAll(serve(h, ask("GET", "X-Body: "+name)).Body); string(got) != body {
				t.Fatalf("%s: other bytes came", name)
			}
		}
	}
}

// keeper is a third-party wrapper that keeps what it is given.
type keeper struct {
	http.ResponseWriter
	received bytes.Buffer
	kept     [][]byte
	body     string
}

func (w *keeper) Write(p []byte) (int, error) {
	w.kept = append(w.kept, p)
	return w.received.Write(p)
}

// pocket is a third-party wrapper that does not look like one.
type pocket struct{ state *pocketed }

type pocketed struct {
	in *keeper
}

func (w *pocket) Header() http.Header         { return w.state.in.Header() }
func (w *pocket) WriteHeader(status int)      { w.state.in.WriteHeader(status) }
func (w *pocket) Write(p []byte) (int, error) { return w.state.in.Write(p) }

// outside is third-party middleware whose wrapper unwraps.
type outside struct{ next http.Handler }

func (o outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.next.ServeHTTP(unguessed{w}, r)
}

// scribbler is a hash that writes into what it is given, now and later.
type scribbler struct {
	hash.Hash
	last []byte
}

func (s *scribbler) Write(p []byte) (int, error) {
	n, err := s.Hash.Write(p)
	scribble(s.last)
	s.last = p
	scribble(p)
	return n, err
}

func scribble(p []byte) {
	for i := range p {
		p[i] = '?'
	}
}

// The writer ends with its handler.
func TestComputedEnds(t *testing.T) {
	file, err := os.Open("ended_test.go")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for name, serveOne := range map[string]func(w http.ResponseWriter){
		"nothing":  func(w http.ResponseWriter) {},
		"held":     func(w http.ResponseWriter) { _, _ = io.WriteString(w, hello) },
		"streamed": func(w http.ResponseWriter) { _, _ = io.WriteString(w, hello); w.(http.Flusher).Flush() },
		"an error": func(w http.ResponseWriter) { http.Error(w, "no", 500) },
		"panic":    func(w http.ResponseWriter) { panic("x") },
	} {
		alone := func(h http.Handler) http.Handler { return h }
		for _, around := range []func(http.Handler) http.Handler{alone, layers{}.around, of("acme").around} {
			var kept http.ResponseWriter
			rec := &copier{ResponseRecorder: httptest.NewRecorder()}
			func() {
				defer func() { _ = recover() }()
				around(etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
					kept = w
					serveOne(w)
				}))).ServeHTTP(rec, ask("GET", ""))
			}()
			sent, header := rec.Body.String(), rec.Header().Clone()

			kept.Header().Set("X-Late", "x")
			if len(kept.Header()) != 0 {
				t.Errorf("%s: Header %v", name, kept.Header())
			}
			kept.WriteHeader(503)
			for call, err := range map[string]error{
				"Write":       second(kept.Write([]byte("late"))),
				"WriteString": second(io.WriteString(kept, "late")),
				"ReadFrom":    second(kept.(io.ReaderFrom).ReadFrom(strings.NewReader("late"))),
				"a file":      second(kept.(io.ReaderFrom).ReadFrom(file)),
				"Copy":        second(io.Copy(kept, struct{ io.Reader }{strings.NewReader("late")})),
				"Flush":       http.NewResponseController(kept).Flush(),
			} {
				if err != http.ErrHandlerTimeout {
					t.Errorf("%s: %s: %v", name, call, err)
				}
			}
			if _, _, err := kept.(http.Hijacker).Hijack(); err != http.ErrHandlerTimeout {
				t.Errorf("%s: Hijack: %v", name, err)
			}
			kept.(http.Flusher).Flush()
			if rec.Body.String() != sent || fmt.Sprint(rec.Header()) != fmt.Sprint(header) {
				t.Errorf("%s: the response became %v %q", name, rec.Header(), rec.Body)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A naive timeout in front of a slow backend: the handler writes an error, and
// returns, while a goroutine of its own copies.
func TestComputedNaiveTimeout(t *testing.T) {
	stop := make(chan bool)
	defer close(stop)
	h := etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		began := make(chan bool)
		go func() {
			for i := 0; ; i++ {
				if _, err := io.WriteString(w, strings.Repeat("x", 5000)); err != nil {
					return
				}
				if i == 0 {
					close(began)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		}()
		<-began
		if r.Header.Get("X-Error") != "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "timeout")
		}
	}))
	onServers(t, h, func(t *testing.T, url string, c *http.Client) {
		for i := range 20 {
			r, err := http.NewRequest("GET", url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				r.Header.Set("X-Error", "x")
			}
			resp, err := c.Do(r)
			if err != nil {
				continue // broken off
			}
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			if rest := strings.ReplaceAll(string(body), "timeout", ""); strings.Trim(rest, "x") != "" {
				t.Errorf("%.50q", rest)
			}
		}
	})
}

// A regular file that is too large to be held goes to the server's own ReadFrom,
// which can use sendfile; anything else does not.
func TestComputedReadFromFile(t *testing.T) {
	const limit = 1000
	name := filepath.Join(t.TempDir(), "file")
	content := strings.Repeat("0123456789", 10_000)
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	file := func() *os.File {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	for _, row := range []struct {
		name     string
		src      func() io.Reader
		before   func(w http.ResponseWriter)
		size     int
		sendfile bool
	}{
		{"a file", func() io.Reader { return file() }, nil, len(content), true},
		{"a part of one", func() io.Reader { return io.LimitReader(file(), 5000) }, nil, 5000, true},
		{"a part that is held", func() io.Reader { return io.LimitReader(file(), limit) }, nil, limit, false},
		{"of a response that is left alone", func() io.Reader { return io.LimitReader(file(), 10) }, func(w http.ResponseWriter) { w.WriteHeader(201) }, 10, true},
		{"a reader", func() io.Reader { return struct{ io.Reader }{file()} }, nil, len(content), false},
	} {
		below := &copier{ResponseRecorder: httptest.NewRecorder()}
		etag.Computed(&etag.ComputedOptions{Limit: limit})(handler(func(w http.ResponseWriter, r *http.Request) {
			if row.before != nil {
				row.before(w)
			}
			if n, err := w.(io.ReaderFrom).ReadFrom(row.src()); n != int64(row.size) || err != nil {
				t.Errorf("%s: %d, %v", row.name, n, err)
			}
		})).ServeHTTP(below, ask("GET", ""))
		if got := below.Body.String(); got != content[:row.size] {
			t.Errorf("%s: %d other bytes came", row.name, len(got))
		}
		if below.copied > 0 != row.sendfile {
			t.Errorf("%s: %d bytes went through the server's ReadFrom", row.name, below.copied)
		}
	}
}

// copier is a server's writer with a ReadFrom of its own.
type copier struct {
	*httptest.ResponseRecorder
	copied int64
}

func (c *copier) ReadFrom(src io.Reader) (int64, error) {
	n, err := io.Copy(c.ResponseRecorder, src)
	c.copied += n
	return n, err
}

// Computed takes no interface away that net/http's writer has.
func TestComputedInterfaces(t *testing.T) {
	var arrived, closed chan bool
	h := etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			_, _ = io.WriteString(w, hello)
			return
		}
		//lint:ignore SA1019 third-party code asserts it
		notified := w.(http.CloseNotifier).CloseNotify()
		close(arrived)
		defer close(closed)
		select {
		case <-notified:
		case <-time.After(10 * time.Second):
			t.Error("nobody says that the client has gone")
		}
	}))
	onServers(t, handler(func(w http.ResponseWriter, r *http.Request) {
		etag.Computed(nil)(handler(func(inner http.ResponseWriter, r *http.Request) {
			_, pushes := w.(http.Pusher)
			err := inner.(http.Pusher).Push("/x", nil)
			if pushes == (err == http.ErrNotSupported) && r.ProtoMajor == 1 {
				t.Errorf("Push: %v", err)
			}
			c := http.NewResponseController(inner)
			if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Errorf("SetReadDeadline: %v", err)
			}
			if err := c.EnableFullDuplex(); err != nil && r.ProtoMajor == 1 {
				t.Errorf("EnableFullDuplex: %v", err)
			}
		})).ServeHTTP(w, r)
		h.ServeHTTP(w, r)
	}), func(t *testing.T, url string, c *http.Client) {
		arrived, closed = make(chan bool), make(chan bool)
		r, err := http.NewRequest("GET", url+"/closes", nil)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			resp, err := c.Do(r.WithContext(ctx))
			if err == nil {
				resp.Body.Close()
			}
		}()
		<-arrived
		cancel()
		<-closed
	})
	//lint:ignore SA1019 third-party code asserts it
	serve(etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) { w.(http.CloseNotifier).CloseNotify() })), ask("GET", ""))
}
