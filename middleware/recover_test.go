package middleware_test

import (
	"fmt"
	"io"
	"log"
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
	if got := log.String(); !strings.Contains(got, errSecret.Error()) || !strings.Contains(got, "recover_test.go") {
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

// What a client gets of a handler that fails: a document, a whole answer, or a
// broken connection; never half of one that looks whole.
func TestFailures(t *testing.T) {
	mux := http.NewServeMux()
	for i, fail := range []func() error{
		func() error { panic(errSecret) },
		func() error { return errSecret },
	} {
		handle := func(path string, h problem.HandlerFunc) { mux.Handle(fmt.Sprintf("/%d%s", i, path), h) }
		handle("/first", func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("ETag", `"1"`)
			return fail()
		})
		handle("/after-hints", func(w http.ResponseWriter, r *http.Request) error {
			w.WriteHeader(103)
			return fail()
		})
		handle("/after-one-byte", func(w http.ResponseWriter, r *http.Request) error {
			_, _ = io.WriteString(w, "x")
			return fail()
		})
		handle("/after-many", func(w http.ResponseWriter, r *http.Request) error {
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
			return fail()
		})
		handle("/after-flush", func(w http.ResponseWriter, r *http.Request) error {
			w.(http.Flusher).Flush()
			return fail()
		})
		handle("/short-of-declared", func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Content-Length", "5")
			_, _ = io.WriteString(w, "1234")
			return fail()
		})
		handle("/whole", func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Content-Length", "5")
			_, _ = io.WriteString(w, "12345")
			return fail()
		})
		handle("/whole-of-twelve", func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Content-Length", "12")
			_, _ = io.WriteString(w, "123456789012")
			return fail()
		})
		handle("/whole-of-none", func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Content-Length", "0")
			w.WriteHeader(200)
			return fail()
		})
		handle("/not-modified", func(w http.ResponseWriter, r *http.Request) error {
			w.WriteHeader(304)
			return fail()
		})
		handle("/no-content", func(w http.ResponseWriter, r *http.Request) error {
			w.WriteHeader(204)
			return fail()
		})
	}
	mux.HandleFunc("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/nil", func(http.ResponseWriter, *http.Request) { panic(nil) })
	mux.HandleFunc("/problem", func(http.ResponseWriter, *http.Request) { panic(problem.New(404, "no")) })
	mux.HandleFunc("/slice", func(http.ResponseWriter, *http.Request) { panic([]int{1}) })
	h, log := edge(mux)

	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, tt := range []struct {
			path   string
			status int // 0: the connection breaks off
			body   string
			logged any
		}{
			{"/first", 500, document(500), 500.0},
			{"/after-hints", 500, document(500), 500.0},
			{"/after-one-byte", 0, "", nil},
			{"/after-many", 0, "", 200.0},
			{"/after-flush", 0, "", 200.0},
			{"/short-of-declared", 0, "", nil},
			{"/whole", 200, "12345", 200.0},
			{"/whole-of-twelve", 200, "123456789012", 200.0},
			{"/whole-of-none", 200, "", 200.0},
			{"/not-modified", 304, "", 304.0},
			{"/no-content", 204, "", 204.0},
		} {
			for i, kind := range []string{"panic: ", ""} {
				path := fmt.Sprintf("/%d%s", i, tt.path)
				resp, body, err := servertest.Try(s, "GET", path, "", "X-Request-Id: id-1")
				switch {
				case tt.status == 0 && err == nil:
					t.Errorf("%s: the client takes %d %.20q for the whole answer", path, resp.StatusCode, body)
				case tt.status != 0 && (err != nil || resp.StatusCode != tt.status || body != tt.body):
					t.Errorf("%s: %v %s %v", path, resp, body, err)
				}
				if resp != nil && resp.StatusCode == 500 && resp.Header.Get("ETag") != "" {
					t.Errorf("%s: the error has the success's ETag", path)
				}
				line := log.access(t, path, 1)
				if line["status"] != tt.logged || (line["aborted"] == true) != (tt.status == 0) || line["error"] != kind+errSecret.Error() {
					t.Errorf("%s: logged %v %v %v", path, line["status"], line["aborted"], line["error"])
				}
				if stack, _ := line["stack"].(string); strings.Contains(stack, "recover_test.go") != (i == 0) {
					t.Errorf("%s: stack %q", path, stack)
				}
			}
			// On HEAD there is no body to miss.
			if _, _, err := servertest.Try(s, "HEAD", "/1"+tt.path, ""); err != nil {
				t.Errorf("HEAD %s: %v", tt.path, err)
			}
		}
		if _, _, err := servertest.Try(s, "GET", "/abort", ""); err == nil {
			t.Error("http.ErrAbortHandler did not abort")
		}
		if line := log.access(t, "/abort", 1); line["aborted"] != true || line["status"] != nil || line["error"] != nil {
			t.Errorf("%v", line)
		}
		for _, path := range []string{"/nil", "/problem", "/slice"} {
			if resp, body := servertest.Do(t, s, "GET", path, "", "X-Request-Id: id-1"); resp.StatusCode != 500 || body != document(500) {
				t.Errorf("%s: %d %s", path, resp.StatusCode, body)
			}
		}
	})
}

// No panic is lost, whatever the order of the layers: its value and stack are in
// one line, of level error, and in Record.
func TestPanicIsLogged(t *testing.T) {
	panics := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			_, _ = io.WriteString(w, "half")
		}
		panic(errSecret)
	})
	for name, tt := range map[string]struct {
		chain     func(middleware.AccessLogOptions, zerolog.Logger) alice.Chain
		responded bool
	}{
		"the edge": {func(o middleware.AccessLogOptions, l zerolog.Logger) alice.Chain {
			return middleware.Default(l, &middleware.Options{Observe: o.Observe})
		}, true},
		"Recover outside AccessLog": {func(o middleware.AccessLogOptions, l zerolog.Logger) alice.Chain {
			return alice.New(middleware.Recover, middleware.AccessLog(l, &o))
		}, true},
		"Recover outside, with something in between": {func(o middleware.AccessLogOptions, l zerolog.Logger) alice.Chain {
			return alice.New(middleware.Recover, snoop, middleware.AccessLog(l, &o), aside)
		}, true},
		"AccessLog alone": {func(o middleware.AccessLogOptions, l zerolog.Logger) alice.Chain {
			return alice.New(middleware.AccessLog(l, &o))
		}, false},
		"AccessLog and Problems": {func(o middleware.AccessLogOptions, l zerolog.Logger) alice.Chain {
			return alice.New(middleware.AccessLog(l, &o), middleware.Problems(nil))
		}, false},
		"Problems outside": {func(o middleware.AccessLogOptions, l zerolog.Logger) alice.Chain {
			return alice.New(middleware.Problems(nil), middleware.AccessLog(l, &o), middleware.RequestID)
		}, false},
		"Computed inside": {func(o middleware.AccessLogOptions, l zerolog.Logger) alice.Chain {
			return alice.New(middleware.AccessLog(l, &o), etag.Computed(nil))
		}, false},
	} {
		log := new(logs)
		records := make(chan middleware.Record, 10)
		o := middleware.AccessLogOptions{Observe: func(rec middleware.Record) { records <- rec }}
		servertest.Both(t, tt.chain(o, zerolog.New(log)).Then(panics), func(t *testing.T, s *httptest.Server) {
			// On a connection that was kept the client would try again.
			s.Client().Transport.(*http.Transport).DisableKeepAlives = true
			for _, path := range []string{"/early", "/late"} {
				before := strings.Count(log.String(), errSecret.Error())
				resp, _, err := servertest.Try(s, "GET", path, "")
				responded := tt.responded && (path == "/early")
				if responded != (err == nil) || responded && resp.StatusCode != 500 {
					t.Errorf("%s, %s: %v, %v", name, path, resp, err)
				}
				rec := <-records
				if rec.Err == nil || !strings.Contains(rec.Err.Error(), errSecret.Error()) || !strings.Contains(rec.Stack, "recover_test.go") {
					t.Errorf("%s, %s: the record has %v, %.30q", name, path, rec.Err, rec.Stack)
				}
				if rec.Aborted == responded || responded != (rec.Status == 500) {
					t.Errorf("%s, %s: status %d, aborted %v", name, path, rec.Status, rec.Aborted)
				}
				if n := strings.Count(log.String(), errSecret.Error()) - before; n != 1 {
					t.Errorf("%s, %s: logged %d times\n%s", name, path, n, log)
				}
				if lines := strings.Split(strings.TrimSpace(log.String()), "\n"); !strings.Contains(lines[len(lines)-1], `"level":"error"`) {
					t.Errorf("%s, %s: %s", name, path, lines[len(lines)-1])
				}
			}
		})
	}
}
