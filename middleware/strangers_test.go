package middleware_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
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
)

// What other people's layers do between and around ours.

// snoop is a writer with Unwrap, as those of httpsnoop and otelhttp.
func snoop(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&snooper{w}, r)
	})
}

type snooper struct{ http.ResponseWriter }

func (s *snooper) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// swallow recovers from everything, http.ErrAbortHandler included.
func swallow(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { _ = recover() }()
		next.ServeHTTP(w, r)
	})
}

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

// A handler may write its error and return it, too, as websocket libraries do.
func TestErrorReturnedAfterADocumentBehindASnooper(t *testing.T) {
	for name, refuse := range map[string]func(http.ResponseWriter){
		"http.Error":  func(w http.ResponseWriter) { http.Error(w, "no", 400) },
		"WriteHeader": func(w http.ResponseWriter) { w.WriteHeader(400) },
	} {
		h := middleware.Default(zerolog.Nop(), nil).Append(snoop, snoop).Then(problem.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
			refuse(w)
			return errors.New("secret")
		}))
		servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
			resp, body := servertest.Do(t, s, "GET", "/", "")
			if resp.StatusCode != 400 || resp.Header.Get("Content-Type") != "application/problem+json" || strings.Contains(body, "secret") {
				t.Errorf("%s: %d %v %s", name, resp.StatusCode, resp.Header, body)
			}
		})
	}
}

// Half an answer is no whole one, whoever swallows the panic on its way out.
func TestHalfAnAnswerPastARecovery(t *testing.T) {
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

// Nor is an answer that the handler aborts before its first byte.
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

// A server that stops reading has a client that waits.
func TestErrorAfterAReadDeadline(t *testing.T) {
	h := middleware.Default(zerolog.Nop(), nil).Then(problem.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error {
		if _, err := io.ReadAll(r.Body); err != nil {
			return problem.Wrap(http.StatusRequestTimeout, err)
		}
		return nil
	}))
	s := httptest.NewUnstartedServer(h)
	s.Config.ReadTimeout = 50 * time.Millisecond
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

// An empty Write brings no byte, so it decides nothing: http.TimeoutHandler
// always writes what it has.
func TestAnEmptyWriteIsNoBody(t *testing.T) {
	content := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		etag.Set(w, r, etag.Version(7))
		w.Header().Set("Content-Type", "application/json")
		http.ServeContent(w, r, "", time.Unix(1e9, 0), strings.NewReader(`{"a":1}`))
	})
	empty := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(412)
		_, _ = w.Write(nil)
		_, _ = io.WriteString(w, "")
	})
	timeout := func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") }
	edge := middleware.Default(zerolog.Nop(), nil)
	for name, h := range map[string]http.Handler{
		"TimeoutHandler":            edge.Append(timeout).Then(content),
		"TimeoutHandler and layers": edge.Append(timeout, middleware.Accept("application/json")).Then(content),
		"Write(nil)":                edge.Then(empty),
	} {
		servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
			resp, body := servertest.Do(t, s, "GET", "/", "", `If-Match: "6"`)
			if resp.StatusCode != 412 || resp.Header.Get("Content-Type") != "application/problem+json" ||
				resp.Header.Get("Last-Modified") != "" || !strings.Contains(body, `"status":412`) {
				t.Errorf("%s: %d %v %q", name, resp.StatusCode, resp.Header, body)
			}
		})
	}
}

// What the client saw of a connection that was taken over is in the log.
func TestStatusOfAHijackedAnswer(t *testing.T) {
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

// The files of a form belong to whoever has parsed it.
func TestFormFilesOfTheOuterRequest(t *testing.T) {
	check := problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })
	for name, inside := range map[string]func(http.ResponseWriter, *http.Request){
		"a part of a batch": func(_ http.ResponseWriter, r *http.Request) {
			check.ServeHTTP(httptest.NewRecorder(), r.Clone(r.Context()))
		},
		"a snooper": func(w http.ResponseWriter, r *http.Request) { snoop(check).ServeHTTP(w, r) },
	} {
		h := middleware.Default(zerolog.Nop(), nil).ThenFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseMultipartForm(1); err != nil {
				t.Error(err)
				return
			}
			inside(w, r)
			f, err := r.MultipartForm.File["f"][0].Open()
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			defer f.Close()
			n, _ := io.Copy(io.Discard, f)
			fmt.Fprint(w, n)
		})
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		p, _ := m.CreateFormFile("f", "f")
		_, _ = io.WriteString(p, strings.Repeat("x", 11<<20)) // more than is held in memory
		m.Close()
		s := httptest.NewServer(h)
		resp, body := servertest.Do(t, s, "POST", "/", form.String(), "Content-Type: "+m.FormDataContentType())
		if resp.StatusCode != 200 || body != fmt.Sprint(11<<20) {
			t.Errorf("%s: %d %s", name, resp.StatusCode, body)
		}
		s.Close()
	}
}
