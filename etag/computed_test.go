package etag_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/problem"
)

type handler = http.HandlerFunc

// writes is a handler that answers with the given pieces.
func writes(pieces ...string) handler {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, p := range pieces {
			_, _ = io.WriteString(w, p)
		}
	}
}

func tagOf(body string) string { return etag.Of([]byte(body)).String() }

const hello = "Hello, world"

// The whole answer to each request.
func TestComputed(t *testing.T) {
	tag := tagOf(hello)
	sum := sha256.Sum256([]byte(hello))
	ok := func(tag string) string { return "200\nContent-Length: 12\nEtag: " + tag + "\n" }
	sha := `"` + hex.EncodeToString(sum[:]) + `.h"`
	declared := func(n string, next handler) handler {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", n)
			next(w, r)
		}
	}
	with := func(k, v string, next handler) handler {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set(k, v)
			next(w, r)
		}
	}
	answer := func(status int, next handler) handler {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			next(w, r)
		}
	}
	sha256Options := &etag.ComputedOptions{Hash: sha256.New}
	for _, row := range []struct {
		name    string
		options *etag.ComputedOptions
		method  string
		fields  string
		handler handler
		want    string
	}{
		{"one write", nil, "GET", "", writes(hello), ok(tag) + hello},
		{"many writes", nil, "GET", "", writes("Hello", "", ", ", "world"), ok(tag) + hello},
		{"status 200", nil, "GET", "", answer(200, writes(hello)), ok(tag) + hello},
		{"declared", nil, "GET", "", declared("12", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(hello)) }), ok(tag) + hello},
		{"declared, many writes", nil, "GET", "", declared("12", writes("Hello", ", world")), ok(tag) + hello},
		{"declared nothing", nil, "GET", "", declared("0", writes()), "200\nContent-Length: 0\nEtag: " + tagOf("") + "\n"},
		{"fields without a line", nil, "GET", "", func(w http.ResponseWriter, r *http.Request) {
			for _, k := range []string{"Etag", "Accept-Ranges", "Content-Type", "Content-Length"} {
				w.Header()[k] = nil
			}
			writes(hello)(w, r)
		}, ok(tag) + hello},
		{"nothing", nil, "GET", "", writes(), "200\nContent-Length: 0\nEtag: " + tagOf("") + "\n"},
		{"status 200 and nothing", nil, "GET", "", answer(200, writes()), "200\nContent-Length: 0\nEtag: " + tagOf("") + "\n"},
		{"HEAD", nil, "HEAD", "", writes(hello), ok(tag) + hello}, // the server leaves the body out
		{"weak", &etag.ComputedOptions{Weak: true}, "GET", "", writes(hello), ok("W/"+tag) + hello},
		{"another hash", sha256Options, "GET", "", writes(hello), ok(sha) + hello},
		{"another hash, in place", sha256Options, "GET", "", declared("12", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(hello)) }), ok(sha) + hello},
		{"another hash, nothing", &etag.ComputedOptions{Hash: sha256.New, Weak: true}, "GET", "", writes(), "200\nContent-Length: 0\nEtag: W/\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855.h\"\n"},
		{"other fields", nil, "GET", "", with("Content-Type", "text/plain", with("Last-Modified", same, with("Cache-Control", "private", writes(hello)))),
			"200\nCache-Control: private\nContent-Length: 12\nContent-Type: text/plain\nEtag: " + tag + "\nLast-Modified: " + same + "\n" + hello},

		{"JSON", nil, "GET", "", with("Content-Type", "application/json", writes(hello)), "200\nContent-Length: 12\nContent-Type: application/json\nEtag: " + tag + "\n" + hello},
		{"a longer type", nil, "GET", "", with("Content-Type", "application/json; charset=utf-8", writes(hello)),
			"200\nContent-Length: 12\nContent-Type: application/json; charset=utf-8\nEtag: " + tag + "\n" + hello},

		// RFC 9110 §13.
		{"304", nil, "GET", "If-None-Match: " + tag, writes(hello), "304\nEtag: " + tag + "\n"},
		{"304 on HEAD", nil, "HEAD", "If-None-Match: " + tag, writes(hello), "304\nEtag: " + tag + "\n"},
		{"304, weakened", nil, "GET", "If-None-Match: W/" + tag, writes(hello), "304\nEtag: " + tag + "\n"},
		{"304, in a list on the second line", nil, "GET", `If-None-Match: "x"|If-None-Match: "y", ` + tag, writes(hello), "304\nEtag: " + tag + "\n"},
		{"304, any", nil, "GET", "If-None-Match: *", writes(hello), "304\nEtag: " + tag + "\n"},
		{"304, weak", &etag.ComputedOptions{Weak: true}, "GET", "If-None-Match: " + tag, writes(hello), "304\nEtag: W/" + tag + "\n"},
		{"304, declared", nil, "GET", "If-None-Match: " + tag, declared("12", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(hello)) }), "304\nEtag: " + tag + "\n"},
		{"304 keeps what caches need", nil, "GET", "If-None-Match: " + tag,
			with("Cache-Control", "private", with("Vary", "Origin", with("Expires", "0", with("Content-Location", "/x",
				with("Content-Type", "text/plain", with("Content-Language", "en", with("Last-Modified", same, with("Content-Disposition", "inline", writes(hello))))))))),
			"304\nCache-Control: private\nContent-Location: /x\nEtag: " + tag + "\nExpires: 0\nVary: Origin\n"},
		{"304 by date", nil, "GET", "If-Modified-Since: " + same, with("Last-Modified", same, writes(hello)), "304\nEtag: " + tag + "\n"},
		{"200 by date", nil, "GET", "If-Modified-Since: " + before, with("Last-Modified", same, writes(hello)), "200\nContent-Length: 12\nEtag: " + tag + "\nLast-Modified: " + same + "\n" + hello},
		{"no date", nil, "GET", "If-Modified-Since: " + same, writes(hello), ok(tag) + hello},
		{"a date that is none", nil, "GET", "If-Modified-Since: " + same, with("Last-Modified", "x", writes(hello)), "200\nContent-Length: 12\nEtag: " + tag + "\nLast-Modified: x\n" + hello},
		{"another tag", nil, "GET", `If-None-Match: "x"`, writes(hello), ok(tag) + hello},
		{"another tag before a date", nil, "GET", `If-None-Match: "x"|If-Modified-Since: ` + same, with("Last-Modified", same, writes(hello)), "200\nContent-Length: 12\nEtag: " + tag + "\nLast-Modified: " + same + "\n" + hello},
		{"If-Match holds", nil, "GET", `If-Match: "x"|If-Match: ` + tag, writes(hello), ok(tag) + hello},
		{"If-Match: *", nil, "GET", "If-Match: *", writes(hello), ok(tag) + hello},

		// What is left alone.
		{"no 200", nil, "GET", "If-None-Match: *", answer(201, writes(hello)), "201\n" + hello},
		{"204", nil, "GET", "If-None-Match: *", answer(204, writes()), "204\n"},
		{"206", nil, "GET", "If-None-Match: *", answer(206, writes(hello)), "206\n" + hello},
		{"an error", nil, "GET", "If-None-Match: *", answer(404, writes(hello)), "404\n" + hello},
		{"an error on HEAD", nil, "HEAD", "If-Match: \"x\"", answer(500, writes()), "500\n"},
		{"POST", nil, "POST", "If-None-Match: *", writes(hello), "200\n" + hello},
		{"PUT", nil, "PUT", "If-None-Match: " + tag, writes(hello), "200\n" + hello},
		{"OPTIONS", nil, "OPTIONS", "If-None-Match: *", writes(hello), "200\n" + hello},
		{"its own tag", nil, "GET", "If-None-Match: *", with("ETag", `"1"`, writes(hello)), "200\nEtag: \"1\"\n" + hello},
		{"its own tag, late", nil, "GET", "If-None-Match: *", func(w http.ResponseWriter, r *http.Request) {
			writes(hello)(w, r)
			w.Header().Set("ETag", `"1"`)
		}, "200\nEtag: \"1\"\n" + hello},
		{"its own tag, late, for another field", nil, "GET", "If-None-Match: *", with("Content-Language", "en", func(w http.ResponseWriter, r *http.Request) {
			writes(hello)(w, r)
			w.Header().Del("Content-Language")
			w.Header().Set("ETag", `"1"`)
		}), "200\nEtag: \"1\"\n" + hello},
		{"no-store, late", nil, "GET", "If-None-Match: *", with("Cache-Control", "private", func(w http.ResponseWriter, r *http.Request) {
			writes(hello)(w, r)
			w.Header().Set("Cache-Control", "no-store")
		}), "200\nCache-Control: no-store\n" + hello},
		{"another length, late", nil, "GET", "If-None-Match: *", func(w http.ResponseWriter, r *http.Request) {
			writes(hello)(w, r)
			w.Header().Set("Content-Length", "13")
		}, "200\nContent-Length: 13\n" + hello},
		{"ranges", nil, "GET", "If-None-Match: *", with("Accept-Ranges", "bytes", writes(hello)), "200\nAccept-Ranges: bytes\n" + hello},
		{"Content-Range", nil, "GET", "If-None-Match: *", with("Content-Range", "bytes 0-11/12", writes(hello)), "200\nContent-Range: bytes 0-11/12\n" + hello},
		{"no-store", nil, "GET", "If-None-Match: *", with("Cache-Control", "private, No-Store", writes(hello)), "200\nCache-Control: private, No-Store\n" + hello},
		{"events", nil, "GET", "If-None-Match: *", with("Content-Type", "Text/Event-Stream; charset=utf-8", writes(hello)), "200\nContent-Type: Text/Event-Stream; charset=utf-8\n" + hello},
		{"events, to the byte", nil, "GET", "If-None-Match: *", with("Content-Type", "text/event-stream", writes(hello)), "200\nContent-Type: text/event-stream\n" + hello},
		{"HEAD without a body", nil, "HEAD", "If-None-Match: *", writes(), "200\n"},
		{"HEAD with a declared length", nil, "HEAD", "If-None-Match: *", declared("12", writes()), "200\nContent-Length: 12\n"},
		{"HEAD with another length", nil, "HEAD", "If-None-Match: *", declared("13", writes(hello)), "200\nContent-Length: 13\n" + hello},
		{"GET with another length", nil, "GET", "If-None-Match: *", declared("13", writes(hello)), "200\nContent-Length: 13\n" + hello},
		{"longer than declared", nil, "GET", "", declared("12", func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte("Hello"))
			_, _ = w.Write([]byte(hello))
		}), "200\nContent-Length: 12\nHello" + hello},
		{"two lengths", nil, "GET", "If-None-Match: *", func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Length"] = []string{"12", "12"}
			writes(hello)(w, r)
		}, "200\nContent-Length: 12\nContent-Length: 12\n" + hello},
		{"a length that is none", nil, "GET", "If-None-Match: *", declared("x", writes(hello)), "200\nContent-Length: x\n" + hello},
		{"past the bound", &etag.ComputedOptions{Limit: 11}, "GET", "If-None-Match: *", writes("Hello", ", world"), "200\n" + hello},
		{"past the bound, declared", &etag.ComputedOptions{Limit: 11}, "GET", "If-None-Match: *", declared("12", writes("Hello", ", world")), "200\nContent-Length: 12\n" + hello},
		{"at the bound", &etag.ComputedOptions{Limit: 12}, "GET", "", writes("Hello", ", world"), ok(tag) + hello},
		{"at the bound, declared", &etag.ComputedOptions{Limit: 12}, "GET", "", declared("12", writes("Hello", ", world")), ok(tag) + hello},
		{"an error in place of what was written", nil, "GET", "", func(w http.ResponseWriter, r *http.Request) {
			writes(hello)(w, r)
			answer(400, writes("no"))(w, r)
		}, "400\nno"},
		{"a second status", nil, "GET", "", answer(200, answer(304, answer(201, writes(hello)))), ok(tag) + hello},
	} {
		got := whole(serve(unsniffed(etag.Computed(row.options)(row.handler)), ask(row.method, row.fields)))
		if got != row.want {
			t.Errorf("%s:\n%s\nwant\n%s", row.name, got, row.want)
		}
	}
}

// unsniffed keeps httptest.ResponseRecorder from guessing a Content-Type.
func unsniffed(next http.Handler) http.Handler {
	return handler(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(unguessed{w}, r)
	})
}

type unguessed struct{ http.ResponseWriter }

func (w unguessed) Write(p []byte) (int, error) { w.set(); return w.ResponseWriter.Write(p) }
func (w unguessed) WriteHeader(status int)      { w.set(); w.ResponseWriter.WriteHeader(status) }
func (w unguessed) Unwrap() http.ResponseWriter { return w.ResponseWriter }
func (w unguessed) set() {
	if _, ok := w.Header()["Content-Type"]; !ok {
		w.Header()["Content-Type"] = nil
	}
}

// If-Match and If-Unmodified-Since on a read: 412, and nothing of the content.
func TestComputed412(t *testing.T) {
	for _, row := range []struct{ name, fields string }{
		{"another tag", `If-Match: "x"`},
		{"weakened", "If-Match: W/" + tagOf(hello)},
		{"modified since", "If-Unmodified-Since: " + before},
	} {
		for _, length := range []string{"", "12"} {
			resp := serve(etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Last-Modified", same)
				w.Header().Set("Cache-Control", "max-age=60")
				if length != "" {
					w.Header().Set("Content-Length", length)
				}
				if n, err := w.Write([]byte(hello)); n != len(hello) || err != nil {
					t.Errorf("Write: %d, %v", n, err)
				}
			})), ask("GET", row.fields))
			got := whole(resp)
			if !strings.HasPrefix(got, "412\nCache-Control: no-store\n") || !strings.Contains(got, `"type":"/problems/precondition-failed"`) ||
				resp.Header.Get("ETag") != tagOf(hello) || resp.Header.Get("Last-Modified") != "" || strings.Contains(got, hello) {
				t.Errorf("%s: %s", row.name, got)
			}
		}
	}
}

// Bodies around every bound, however they are written, arrive whole and in
// order, and are tagged up to the limit.
func TestComputedSizes(t *testing.T) {
	const limit = 300 << 10
	ways := map[string]func(w io.Writer, body []byte) (n int64, err error){
		"one write": func(w io.Writer, body []byte) (int64, error) {
			n, err := w.Write(body)
			return int64(n), err
		},
		"pieces": func(w io.Writer, body []byte) (n int64, err error) {
			for p := body; len(p) > 0 && err == nil; {
				m := 0
				m, err = w.Write(p[:1+len(p)/3])
				n, p = n+int64(m), p[m:]
			}
			return n, err
		},
		"strings": func(w io.Writer, body []byte) (n int64, err error) {
			for p := string(body); len(p) > 0 && err == nil; {
				m := 0
				m, err = io.WriteString(w, p[:min(len(p), 10_000)])
				n, p = n+int64(m), p[m:]
			}
			return n, err
		},
		"a reader": func(w io.Writer, body []byte) (int64, error) {
			half := len(body) / 2
			return io.Copy(w, io.MultiReader(bytes.NewReader(body[:half]), bytes.NewReader(body[half:])))
		},
		"a write and a reader": func(w io.Writer, body []byte) (int64, error) {
			n, err := w.Write(body[:len(body)/3])
			if err != nil {
				return int64(n), err
			}
			m, err := io.Copy(w, struct{ io.Reader }{bytes.NewReader(body[n:])})
			return int64(n) + m, err
		},
		"a reader and a write": func(w io.Writer, body []byte) (int64, error) {
			n, err := io.Copy(w, struct{ io.Reader }{bytes.NewReader(body[:len(body)/3])})
			if err != nil {
				return n, err
			}
			m, err := w.Write(body[n:])
			return n + int64(m), err
		},
	}
	content := func(size int) []byte {
		body := make([]byte, size)
		for i := range body {
			body[i] = byte(i>>12) + byte(i*7)
		}
		return body
	}
	h := etag.Computed(&etag.ComputedOptions{Limit: limit})(handler(func(w http.ResponseWriter, r *http.Request) {
		size, _ := strconv.Atoi(r.Header.Get("X-Size"))
		if r.Header.Get("X-Declared") == "true" {
			w.Header().Set("Content-Length", strconv.Itoa(size))
		}
		n, err := ways[r.Header.Get("X-Way")](w, content(size))
		// What is written on HEAD is refused in ways of net/http's own.
		if r.Method == "GET" && (n != int64(size) || err != nil) {
			t.Errorf("%v: wrote %d bytes, %v", r.Header, n, err)
		}
	}))
	onServers(t, h, func(t *testing.T, url string, c *http.Client) {
		for _, size := range []int{0, 1, 1 << 10, 16<<10 - 1, 16 << 10, 16<<10 + 1, 40<<10 - 1, 40 << 10, 40<<10 + 1, 256 << 10, 256<<10 + 1,
			limit - 1, limit, limit + 1, 2 * limit} {
			body := string(content(size))
			for way := range ways {
				for _, declared := range []bool{false, true} {
					for _, method := range []string{"GET", "HEAD"} {
						name := fmt.Sprintf("X-Size: %d|X-Way: %s|X-Declared: %t", size, way, declared)
						resp, got := fetch(t, c, method, url, name)
						want := ""
						if size <= limit && (method == "GET" || size > 0) {
							want = tagOf(body)
						}
						if tag := resp.Header.Get("ETag"); tag != want {
							t.Errorf("%s %s: ETag %q, want %q", method, name, tag, want)
						}
						if method == "GET" && got != body {
							t.Errorf("%s %s: other bytes came", method, name)
						}
						if want == "" {
							continue
						}
						if resp.ContentLength != int64(size) {
							t.Errorf("%s %s: Content-Length %d", method, name, resp.ContentLength)
						}
						if resp, got := fetch(t, c, method, url, name+"|If-None-Match: "+want); resp.StatusCode != 304 || got != "" {
							t.Errorf("%s %s: %d instead of 304", method, name, resp.StatusCode)
						}
					}
				}
			}
		}
	})
}

// On HEAD the server gets the beginning, by which it finds out the Content-Type,
// and not the rest, which it would refuse; the handler does not notice.
func TestComputedHead(t *testing.T) {
	body := []byte(strings.Repeat(hello, 100))
	for _, length := range []string{"", strconv.Itoa(len(body))} {
		w := httptest.NewRecorder()
		etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
			if length != "" {
				w.Header().Set("Content-Length", length)
			}
			if n, err := w.Write(body); n != len(body) || err != nil {
				t.Errorf("Write: %d, %v", n, err)
			}
		})).ServeHTTP(w, ask("HEAD", ""))
		if got := w.Body.Len(); got != 512 || w.Header().Get("ETag") != tagOf(string(body)) || w.Header().Get("Content-Length") != strconv.Itoa(len(body)) {
			t.Errorf("declared %q: %d bytes, %v", length, got, w.Header())
		}
	}
}

// What is held for a 200 gives way to an error, and to a panic.
func TestComputedErrors(t *testing.T) {
	for _, row := range []struct {
		name    string
		handler handler
		want    string
	}{
		{"http.Error", func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(hello))
			http.Error(w, "no", 500)
		}, "500\nContent-Type: text/plain; charset=utf-8\nX-Content-Type-Options: nosniff\nno\n"},
		{"http.Error after a status", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(200)
			http.Error(w, "no", 404)
		}, "404\nContent-Type: text/plain; charset=utf-8\nX-Content-Type-Options: nosniff\nno\n"},
		{"problem.Write", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(hello))
			problem.Write(w, r, problem.New(503, "later"))
		}, "503\nCache-Control: no-store\nContent-Length: 84\nContent-Type: application/problem+json\nX-Content-Type-Options: nosniff\n" +
			`{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"later"}`},
	} {
		for _, l := range []layers{{}, of("acme")} {
			resp := serve(l.around(etag.Computed(nil)(row.handler)), ask("GET", "If-None-Match: *"))
			resp.Header.Del("Vary")
			got := whole(resp)
			if l.tenant != "" {
				got = strings.Replace(got, "Cache-Control: private, no-cache\n", "", 1)
			}
			want := row.want
			if i := strings.Index(want, "Content-Length: 84"); i >= 0 {
				want = strings.Replace(want, "84", strconv.Itoa(len(want[strings.Index(want, "{"):])), 1)
			}
			if got != want {
				t.Errorf("%s:\n%s\nwant\n%s", row.name, got, want)
			}
		}
	}
}

// The status that was held is not written behind the error that took its place: a
// wrapper in between would have it in its log.
func TestComputedErrorIsTheLastStatus(t *testing.T) {
	for name, fail := range map[string]http.HandlerFunc{
		"http.Error":    func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) },
		"problem.Write": func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, problem.New(500, "no")) },
	} {
		h := etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(200)
			fail(w, r)
			_ = http.NewResponseController(w).Flush()
		}))
		w := &statuses{ResponseWriter: httptest.NewRecorder()}
		h.ServeHTTP(w, ask("GET", "If-None-Match: *"))
		if !slices.Equal(w.written, []int{500}) {
			t.Errorf("%s: %v", name, w.written)
		}
	}
}

// statuses keeps each status that is written.
type statuses struct {
	http.ResponseWriter
	written []int
}

func (s *statuses) WriteHeader(status int) {
	s.written = append(s.written, status)
	s.ResponseWriter.WriteHeader(status)
}

func (s *statuses) FlushError() error { return nil }

// A body of 1 MiB gets a tag where no limit is set, and no longer one.
func TestComputedDefaultLimit(t *testing.T) {
	for size, want := range map[int]bool{1 << 20: true, 1<<20 + 1: false} {
		resp := serve(etag.Computed(nil)(writes(strings.Repeat("x", size))), ask("GET", ""))
		if got := resp.Header.Get("ETag") != ""; got != want {
			t.Errorf("%d bytes have a tag: %t", size, got)
		}
	}
}

// lost is a server's writer whose client has gone.
type lost struct{ header http.Header }

var errLost = errors.New("the client has gone")

func (l lost) Header() http.Header       { return l.header }
func (l lost) WriteHeader(int)           {}
func (l lost) Write([]byte) (int, error) { return 0, errLost }
func (l lost) FlushError() error         { return nil }

func (l lost) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }

// Whoever writes what is not held any more learns of it.
func TestComputedWritesThatFail(t *testing.T) {
	held := func(w http.ResponseWriter) { _, _ = w.Write([]byte("He")) }
	for name, write := range map[string]func(w http.ResponseWriter) error{
		"Write":       func(w http.ResponseWriter) error { held(w); _, err := w.Write([]byte(hello)); return err },
		"WriteString": func(w http.ResponseWriter) error { held(w); _, err := io.WriteString(w, hello); return err },
		"ReadFrom": func(w http.ResponseWriter) error {
			held(w)
			_, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader(hello))
			return err
		},
		"Flush": func(w http.ResponseWriter) error { held(w); return http.NewResponseController(w).Flush() },
		"Hijack": func(w http.ResponseWriter) error {
			held(w)
			_, _, err := http.NewResponseController(w).Hijack()
			return err
		},
	} {
		etag.Computed(&etag.ComputedOptions{Limit: 4})(handler(func(w http.ResponseWriter, r *http.Request) {
			if err := write(w); err != errLost {
				t.Errorf("%s: %v", name, err)
			}
		})).ServeHTTP(lost{http.Header{}}, ask("GET", ""))
	}
}

// Whoever copies learns how much there was, and what was wrong with the source,
// held or not.
func TestComputedReadFromReports(t *testing.T) {
	boom := errors.New("boom")
	for _, size := range []int{0, 3, 4, 5, 100} {
		for _, want := range []error{nil, boom} {
			body := strings.Repeat("x", size)
			src := io.Reader(strings.NewReader(body))
			if want != nil {
				src = io.MultiReader(src, failing{want})
			}
			resp := serve(etag.Computed(&etag.ComputedOptions{Limit: 4})(handler(func(w http.ResponseWriter, r *http.Request) {
				if n, err := w.(io.ReaderFrom).ReadFrom(src); n != int64(size) || err != want {
					t.Errorf("%d bytes, %v: %d, %v", size, want, n, err)
				}
			})), ask("GET", ""))
			if got, _ := io.ReadAll(resp.Body); string(got) != body {
				t.Errorf("%d bytes: %q", size, got)
			}
		}
	}
}

func TestComputedPanic(t *testing.T) {
	w := httptest.NewRecorder()
	func() {
		defer func() { _ = recover() }()
		etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(hello))
			panic("x")
		})).ServeHTTP(w, ask("GET", ""))
	}()
	if w.Body.Len() > 0 || w.Header().Get("ETag") != "" {
		t.Errorf("half an answer: %s %v", w.Body, w.Header())
	}
}

// What was held for a client that has gone does not pass for a response.
func TestComputedGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := httptest.NewRecorder()
	of("acme").around(etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(hello))
		cancel()
		problem.Write(w, r, r.Context().Err())
	}))).ServeHTTP(w, ask("GET", "").WithContext(ctx))
	if w.Code != 500 || strings.Contains(w.Body.String(), hello) || w.Header().Get("ETag") != "" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
}

// A failing source leaves room for an error.
func TestComputedReadFromFails(t *testing.T) {
	boom := errors.New("boom")
	resp := serve(layers{}.around(etag.Computed(nil)(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		n, err := io.Copy(w, io.MultiReader(strings.NewReader(hello), failing{boom}))
		if n != int64(len(hello)) || err != boom {
			t.Errorf("Copy: %d, %v", n, err)
		}
		return err
	}))), ask("GET", ""))
	if got := whole(resp); !strings.HasPrefix(got, "500\n") || strings.Contains(got, hello) {
		t.Error(got)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// The layers' word on caches is on what Computed answers by itself.
func TestComputedBelowLayers(t *testing.T) {
	h := of("acme").offering(json).around(etag.Computed(nil)(writes(hello)))
	tag := `"61f0632fb079b54d7386e91040cf00c3bacb769b46f6d169.h"`
	for lines, want := range map[string]string{
		"If-None-Match: *": "304\nCache-Control: private, no-cache\nEtag: " + tag + "\nVary: X-Raet-Tenant-Id, Accept, Authorization\n",
		"":                 "200\nCache-Control: private, no-cache\nContent-Length: 12\nContent-Type: application/json\nEtag: " + tag + "\nVary: X-Raet-Tenant-Id, Accept, Authorization\n" + hello,
	} {
		if got := whole(serve(h, ask("GET", lines))); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", lines, got, want)
		}
	}
}

// Equal bytes as two media types are two representations: the tag of the one is
// no condition that the other meets (RFC 9110 §8.8.1). Browsers send it.
func TestComputedNamesTheMediaType(t *testing.T) {
	tags := make(map[string]string)
	for _, l := range []layers{{}, of("acme"), of("acme").offering(json), of("acme").offering(octets)} {
		h := l.around(etag.Computed(nil)(writes(hello)))
		tag := serve(h, ask("GET", "")).Header.Get("ETag")
		for other, mediaType := range tags {
			got := serve(h, ask("GET", "If-None-Match: "+other)).StatusCode
			if same := mediaType == l.mediaType; same != (other == tag) || same != (got == http.StatusNotModified) {
				t.Errorf("%q with %s of %q: %d, its own is %s", l.mediaType, other, mediaType, got, tag)
			}
		}
		tags[tag] = l.mediaType
	}
}

// The coding of a success goes with it: nobody stands between the error and the
// chain's own writer.
func TestComputedErrorKeepsNoCoding(t *testing.T) {
	h := of("acme").around(etag.Computed(nil)(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Encoding", "gzip")
		return errors.New("no")
	})))
	if got := serve(h, ask("GET", "")); got.StatusCode != 500 || got.Header.Get("Content-Encoding") != "" {
		t.Errorf("%d %v", got.StatusCode, got.Header)
	}
}

// RequireNoCache's no-store is said when the header goes out; it counts before.
func TestComputedUnderNoStore(t *testing.T) {
	noStore := &layer.Layer{Name: "test", Decide: func(x layer.Exchange) (*http.Request, error) {
		x.NoStore()
		return x.R, nil
	}}
	h := noStore.Middleware(etag.Computed(nil)(writes(hello)))
	if got := serve(h, ask("GET", "If-None-Match: *")); got.StatusCode != 200 || got.Header.Get("ETag") != "" {
		t.Errorf("%d %v", got.StatusCode, got.Header)
	}
}

// A Guard or a Check further in has the last word.
func TestComputedAroundGuard(t *testing.T) {
	h := etag.Computed(nil)(etag.Guard(always(tagged), nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		etag.Set(w, r, tagged.Tag)
		_, _ = w.Write([]byte(hello))
	})))
	for lines, want := range map[string]int{"": 200, `If-None-Match: "v1"`: 304, `If-Match: "v1"`: 200, `If-Match: "x"`: 412, "If-None-Match: " + tagOf(hello): 200} {
		resp := serve(h, ask("GET", lines))
		if resp.StatusCode != want || resp.Header.Get("ETag") != `"v1"` {
			t.Errorf("%s: %d with %s, want %d", lines, resp.StatusCode, resp.Header.Get("ETag"), want)
		}
	}
}

// What flushes streams: the client has the beginning before the end is written.
func TestComputedFlush(t *testing.T) {
	var next chan bool
	h := etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "Hello")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("Flush: %v", err)
		}
		<-next
		_, _ = io.WriteString(w, ", world")
	}))
	onServers(t, h, func(t *testing.T, url string, c *http.Client) {
		next = make(chan bool)
		resp, err := c.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		first := make([]byte, 5)
		if _, err := io.ReadFull(resp.Body, first); err != nil {
			t.Fatal(err)
		}
		close(next)
		rest, err := io.ReadAll(resp.Body)
		if err != nil || string(first)+string(rest) != hello || resp.Header.Get("ETag") != "" {
			t.Errorf("%s%s, %v, %v", first, rest, resp.Header, err)
		}
	})
}

// What has flushed streams from there on, whatever it says of its status.
func TestComputedFlusher(t *testing.T) {
	rec := httptest.NewRecorder()
	etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "Hello")
		w.(http.Flusher).Flush()
		w.WriteHeader(200)
		_, _ = io.WriteString(w, ", world")
		if got := rec.Body.String(); got != hello || !rec.Flushed {
			t.Errorf("%q has gone out, flushed: %t", got, rec.Flushed)
		}
	})).ServeHTTP(rec, ask("GET", ""))
	if got := rec.Header().Get("ETag"); got != "" {
		t.Errorf("ETag: %s", got)
	}
}

// An interim answer passes at once and decides nothing.
func TestComputedInterim(t *testing.T) {
	var arrived chan bool
	h := etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		select {
		case <-arrived:
		case <-time.After(10 * time.Second):
			t.Error("the interim answer is held")
		}
		_, _ = io.WriteString(w, hello)
	}))
	onServers(t, h, func(t *testing.T, url string, c *http.Client) {
		arrived = make(chan bool)
		trace := &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			if code != http.StatusEarlyHints || h.Get("Link") == "" {
				t.Errorf("%d %v", code, h)
			}
			close(arrived)
			return nil
		}}
		r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), "GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != 200 || string(body) != hello || resp.Header.Get("ETag") != tagOf(hello) {
			t.Errorf("%d %s %v", resp.StatusCode, body, resp.Header)
		}
	})
}

// Trailers arrive, announced or not.
func TestComputedTrailers(t *testing.T) {
	announced := false
	h := etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		if announced {
			w.Header().Set("Trailer", "X-Sum")
		}
		_, _ = io.WriteString(w, hello)
		if announced {
			w.Header().Set("X-Sum", "12")
		} else {
			w.Header().Set(http.TrailerPrefix+"X-Sum", "12")
			http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute))
		}
	}))
	onServers(t, h, func(t *testing.T, url string, c *http.Client) {
		for _, announced = range []bool{true, false} {
			resp, body := fetch(t, c, "GET", url, "")
			if body != hello || resp.Header.Get("ETag") != "" {
				t.Errorf("announced %t: %q %v", announced, body, resp.Header)
			}
			// net/http sends those that are not announced where it has begun to
			// send chunks, so not after a body as short as this one on HTTP/1.1.
			if got := resp.Trailer.Get("X-Sum"); got != "12" && (announced || resp.ProtoMajor == 2) {
				t.Errorf("announced %t: trailer %q", announced, got)
			}
		}
	})
}

// A body shorter than its declared length stays broken.
func TestComputedShort(t *testing.T) {
	h := etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, hello)
	}))
	onServers(t, h, func(t *testing.T, url string, c *http.Client) {
		resp, err := c.Get(url)
		if err != nil {
			return // broken off before the header, on HTTP/2
		}
		defer resp.Body.Close()
		if _, err := io.ReadAll(resp.Body); err == nil || resp.Header.Get("ETag") != "" {
			t.Errorf("%v, %v", resp.Header, err)
		}
	})
}

// A body longer than its declared length is cut where the server cuts it.
func TestComputedLong(t *testing.T) {
	s := httptest.NewServer(etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		_, _ = io.WriteString(w, "Hello")
		if _, err := io.WriteString(w, ", world"); !errors.Is(err, http.ErrContentLength) {
			t.Errorf("Write: %v", err)
		}
	})))
	defer s.Close()
	if _, body := fetch(t, s.Client(), "GET", s.URL, ""); body != "Hello" {
		t.Errorf("%q", body)
	}
}

func TestComputedHijack(t *testing.T) {
	h := etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nhi")
		_ = rw.Flush()
	}))
	s := httptest.NewServer(h)
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != 101 || resp.Header.Get("ETag") != "" {
		t.Errorf("%v, %v", resp, err)
	}
	// Where the server cannot, it says so, and the response goes on.
	resp = serve(etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := http.NewResponseController(w).Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("Hijack: %v", err)
		}
		_, _ = io.WriteString(w, hello)
	})), ask("GET", ""))
	if body, _ := io.ReadAll(resp.Body); string(body) != hello {
		t.Errorf("%s", body)
	}
}

// Deadlines reach the server through the writer.
func TestComputedController(t *testing.T) {
	h := etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Errorf("SetWriteDeadline: %v", err)
		}
		_, _ = io.WriteString(w, hello)
	}))
	onServers(t, h, func(t *testing.T, url string, c *http.Client) {
		if resp, _ := fetch(t, c, "GET", url, ""); resp.Header.Get("ETag") != tagOf(hello) {
			t.Errorf("%v", resp.Header)
		}
	})
}

// http.ServeContent stays in charge of its ranges and conditions.
func TestComputedServeContent(t *testing.T) {
	h := etag.Computed(nil)(handler(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "x.txt", changed, strings.NewReader(hello))
	}))
	for lines, want := range map[string]int{"": 200, "Range: bytes=0-4": 206, "If-None-Match: *": 304, "Range: bytes=50-": 416, "If-Modified-Since: " + same: 304} {
		resp := serve(h, ask("GET", lines))
		if resp.StatusCode != want || resp.Header.Get("ETag") != "" {
			t.Errorf("%s: %d %v", lines, resp.StatusCode, resp.Header)
		}
	}
}

// Buffers and hashes are used again, and nobody sees another's bytes.
func TestComputedConcurrent(t *testing.T) {
	const limit = 100_000
	for name, room := range map[string]struct {
		options *etag.ComputedOptions
		tag     func(body string) string
	}{
		"XXH3": {&etag.ComputedOptions{Limit: limit}, tagOf},
		"SHA-256": {&etag.ComputedOptions{Limit: limit, Hash: sha256.New}, func(body string) string {
			sum := sha256.Sum256([]byte(body))
			return `"` + hex.EncodeToString(sum[:]) + `.h"`
		}},
	} {
		h := etag.Computed(room.options)(handler(func(w http.ResponseWriter, r *http.Request) {
			n, _ := strconv.Atoi(r.Header.Get("X-Size"))
			_, _ = io.Copy(w, struct{ io.Reader }{strings.NewReader(strings.Repeat(r.Header.Get("X-Letter"), n))})
			if r.Header.Get("X-Fails") == "true" {
				http.Error(w, "no", 500)
			}
		}))
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				letter := string(rune('a' + i))
				for n := range 60 {
					size, fails := n*n*40, n%5 == 4
					resp := serve(h, ask("GET", fmt.Sprintf("X-Letter: %s|X-Size: %d|X-Fails: %t", letter, size, fails && size <= limit)))
					body, _ := io.ReadAll(resp.Body)
					want, tag, status := strings.Repeat(letter, size), "", 200
					switch {
					case size > limit:
					case fails:
						want, status = "no\n", 500
					default:
						tag = room.tag(want)
					}
					if resp.StatusCode != status || string(body) != want || resp.Header.Get("ETag") != tag {
						t.Errorf("%s: %s of %d bytes: other bytes came, or another tag", name, letter, size)
						return
					}
				}
			})
		}
		all.Wait()
	}
}

// A hash is asked for when the chain is built, to find out.
func TestComputedNilHash(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a Hash that returns nil passes")
		}
	}()
	etag.Computed(&etag.ComputedOptions{Hash: func() hash.Hash { return nil }})
}

// However large a body is, a tag costs the same memory.
func TestComputedMemory(t *testing.T) {
	if servertest.Race {
		t.Skip("pools forget under the race detector")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // and at a collection
	const most = 8 << 10
	for name, options := range map[string]etag.ComputedOptions{"XXH3": {}, "SHA-256": {Hash: sha256.New}} {
		options.Limit = 8 << 20
		for _, size := range []int{1 << 10, 32 << 10, 1 << 20, 8 << 20} {
			for _, declared := range []bool{false, true} {
				for _, lines := range []string{"", "If-None-Match: *"} {
					body, length := make([]byte, size), []string{strconv.Itoa(size)}
					h := etag.Computed(&options)(handler(func(w http.ResponseWriter, r *http.Request) {
						if declared {
							w.Header()["Content-Length"] = length
						}
						_, _ = w.Write(body)
					}))
					w, r := discard{http.Header{}}, ask("GET", lines)
					once := func() {
						clear(w.h)
						h.ServeHTTP(w, r)
					}
					once()
					if bytes := bytesPerRun(10, once); bytes > most {
						t.Errorf("%s of %d bytes, declared %t, %q: %d bytes", name, size, declared, lines, bytes)
					}
				}
			}
		}
	}
}

func bytesPerRun(runs uint64, f func()) uint64 {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	f()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / runs
}

// FuzzComputed holds Computed against nothing: whatever a handler does, the same
// bytes come in the same order with the same status and fields, but for a tag
// and its length, or a 304 or 412 where a condition asks for it.
func FuzzComputed(f *testing.F) {
	f.Add([]byte("wwww"), uint16(10), "")
	f.Add([]byte("wi"), uint16(10), "")
	f.Add([]byte("hi"), uint16(10), "")
	f.Add([]byte("rc"), uint16(10), "")
	f.Add([]byte("hwfw"), uint16(10), "x")
	f.Add([]byte("srdwtwnlaceiog"), uint16(3), "*")
	f.Add([]byte("0w1w2w"), uint16(200), "*")
	f.Fuzz(func(t *testing.T, ops []byte, limit uint16, noneMatch string) {
		play := handler(func(w http.ResponseWriter, r *http.Request) {
			for i, op := range ops {
				letters := strings.Repeat(string(rune('A'+i%26)), i%7*i%50)
				switch op {
				case 'w':
					_, _ = w.Write([]byte(letters))
				case 's':
					_, _ = io.WriteString(w, letters)
				case 'r':
					_, _ = io.Copy(w, struct{ io.Reader }{strings.NewReader(letters)})
				case 'f':
					_ = http.NewResponseController(w).Flush()
				case 'h':
					w.WriteHeader(200)
				case 'c':
					w.WriteHeader(201)
				case 'n':
					w.Header().Set("Cache-Control", "no-store")
				case 'e':
					w.Header().Set("ETag", `"own"`)
				case 't':
					w.Header().Set("Trailer", "X")
				case 'l':
					w.Header().Set("Last-Modified", same)
				case 'a':
					w.Header().Set("Accept-Ranges", "bytes")
				case 'i':
					w.WriteHeader(103)
				}
			}
		})
		lines := ""
		if noneMatch == "*" {
			lines = "If-None-Match: *"
		}
		plain, interims := serveCounting(play, ask("GET", ""))
		ours, n := serveCounting(etag.Computed(&etag.ComputedOptions{Limit: int64(limit)})(play), ask("GET", lines))
		if n != interims {
			t.Fatalf("%q: %d interim answers, want %d", ops, n, interims)
		}
		want, _ := io.ReadAll(plain.Body)
		got, _ := io.ReadAll(ours.Body)
		if ours.StatusCode == 304 {
			if lines == "" || plain.StatusCode != 200 || len(got) > 0 || ours.Header.Get("ETag") != tagOf(string(want)) {
				t.Fatalf("%q became 304 with %v and %q", ops, ours.Header, got)
			}
			return
		}
		if ours.StatusCode != plain.StatusCode || string(got) != string(want) {
			t.Fatalf("%q: %d %q, want %d %q", ops, ours.StatusCode, got, plain.StatusCode, want)
		}
		if tag := ours.Header.Get("ETag"); tag != plain.Header.Get("ETag") && tag != `"own"` && tag != tagOf(string(want)) {
			t.Fatalf("%q: tag %s", ops, tag)
		}
	})
}

// serveCounting is serve for handlers that send interim answers, which
// httptest.ResponseRecorder takes for final ones.
func serveCounting(h http.Handler, r *http.Request) (resp *http.Response, interims int) {
	w := httptest.NewRecorder()
	c := &counting{ResponseWriter: w}
	h.ServeHTTP(c, r)
	return w.Result(), c.interims
}

type counting struct {
	http.ResponseWriter
	began    bool
	interims int
}

func (c *counting) WriteHeader(status int) {
	switch {
	case status >= 200:
		c.began = true
		c.ResponseWriter.WriteHeader(status)
	case !c.began:
		c.interims++
	}
}

func (c *counting) Write(p []byte) (int, error) {
	c.began = true
	return c.ResponseWriter.Write(p)
}

func (c *counting) FlushError() error {
	c.began = true
	return http.NewResponseController(c.ResponseWriter).Flush()
}
