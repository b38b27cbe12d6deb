package problem_test

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// Without any chain, on net/http's own writers.
func TestWrite(t *testing.T) {
	const document = `{"type":"/problems/out-of-credit","title":"Out of credit","status":403,"detail":"30 of 50","balance":30}`
	outOfCredit := &problem.Error{
		Status: 403, Type: "out-of-credit", Title: "Out of credit", Detail: "30 of 50",
		Extensions: map[string]any{"balance": 30},
		Header: http.Header{
			"x-account": {"12", "13"}, "Vary": {"X-Account"}, "Set-Cookie": {"b=2"},
			"Content-Length": {"1"}, "Cache-Control": {"public"}, "Content-Encoding": {"gzip"}, "X-Request-Id": {"another"}, "Connection": {"close"},
		},
		Err: errSecret,
	}
	h := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		header := w.Header()
		for _, name := range []string{
			"ETag", "Last-Modified", "Cache-Control", "Expires", "Content-Disposition", "Content-Location", "Content-Language",
			"Content-MD5", "Digest", "Content-Digest", "Repr-Digest", "Accept-Ranges", "Trailer", "Content-Range", "Content-Type",
		} {
			header.Set(name, "x")
		}
		header.Set("Content-Length", "4711")
		header.Set(http.TrailerPrefix+"X-Sum", "1")
		header.Set("Vary", "Origin")
		header.Set("X-Kept", "yes")
		header.Set("Set-Cookie", "a=1")
		header.Set("Cdn-Cache-Control", "max-age=60")
		header.Set("X-Accel-Expires", "600")
		header.Set("Surrogate-Control", "max-age=60")
		header.Set("Edge-Control", "max-age=60")
		header.Set("Age", "5")
		return outOfCredit
	})
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
			resp, body := servertest.Do(t, s, method, "/", "")
			want := "Cache-Control: no-store\n" +
				"Content-Length: " + strconv.Itoa(len(document)) + "\n" +
				"Content-Type: application/problem+json\n" +
				"Set-Cookie: a=1\nSet-Cookie: b=2\n" +
				"Vary: Origin\nVary: X-Account\n" +
				"X-Account: 12\nX-Account: 13\n" +
				"X-Content-Type-Options: nosniff\n" +
				"X-Kept: yes\n"
			if got := servertest.Header(resp); resp.StatusCode != 403 || got != want {
				t.Errorf("%s: %d\n%s", method, resp.StatusCode, got)
			}
			if want := document; method == "HEAD" && body != "" || method != "HEAD" && body != want {
				t.Errorf("%s: body %q", method, body)
			}
			if len(resp.Trailer) > 0 {
				t.Errorf("%s: trailer %v", method, resp.Trailer)
			}
		}
	})
	if len(outOfCredit.Header) != 8 || len(outOfCredit.Header["Vary"]) != 1 {
		t.Errorf("Write changed the error it was given: %v", outOfCredit.Header)
	}
}

func TestWriteOfWhatCannotBeSent(t *testing.T) {
	for _, value := range []any{math.NaN(), make(chan int), panics{}} {
		rec := httptest.NewRecorder()
		problem.Write(rec, httptest.NewRequest("GET", "/", nil), &problem.Error{
			Status: 409, Extensions: map[string]any{"a": 1, "b": value, "status": 200, "\xff": 3, "z": 2},
		})
		if got := rec.Body.String(); got != `{"type":"about:blank","title":"Conflict","status":409,"detail":"The request conflicts with the current state of the resource.","a":1,"z":2}` {
			t.Errorf("%T: %s", value, got)
		}
	}
}

func TestWriteTypes(t *testing.T) {
	for typ, want := range map[string]string{
		"":                      "about:blank",
		"record-changed":        "/problems/record-changed",
		"/errors/x":             "/errors/x",
		"/gone":                 "/gone",
		"https://example.com/x": "https://example.com/x",
		"tag:example.com:x":     "tag:example.com:x",
	} {
		rec := httptest.NewRecorder()
		problem.Write(rec, httptest.NewRequest("GET", "/", nil), &problem.Error{Status: 400, Type: typ})
		if !strings.HasPrefix(rec.Body.String(), `{"type":"`+want+`",`) {
			t.Errorf("%q: %s", typ, rec.Body)
		}
	}
}

// A slug is of letters, digits and "-".
func TestWriteSlugs(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
	for c := range utf8.RuneSelf {
		typ := "x" + string(rune(c))
		want := typ
		if strings.ContainsRune(alphabet, rune(c)) {
			want = "/problems/" + typ
		}
		rec := httptest.NewRecorder()
		problem.Write(rec, httptest.NewRequest("GET", "/", nil), &problem.Error{Status: 400, Type: typ})
		var doc struct{ Type string }
		if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil || doc.Type != want {
			t.Errorf("%q: %s, %v", typ, rec.Body, err)
		}
	}
}

// The length that is declared is that of the body, whatever it is.
func TestWriteLengths(t *testing.T) {
	for size := range 1200 {
		for _, method := range []string{"GET", "HEAD"} {
			rec := httptest.NewRecorder()
			problem.Write(rec, httptest.NewRequest(method, "/", nil), problem.New(404, strings.Repeat("x", size+1)))
			length := len(`{"type":"about:blank","title":"Not Found","status":404,"detail":""}`) + size + 1
			if got := rec.Header().Get("Content-Length"); got != strconv.Itoa(length) {
				t.Errorf("Content-Length: %s, want %d", got, length)
			}
			if got := rec.Body.Len(); got != length && method == "GET" || got != 0 && method == "HEAD" {
				t.Errorf("%s: %d bytes, want %d", method, got, length)
			}
		}
	}
}

// How the response is sent is not for an error to choose.
func TestWriteLeavesOut(t *testing.T) {
	names := []string{"Content-Encoding", "Transfer-Encoding", "Trailer", "Connection"}
	e := &problem.Error{Status: 404, Header: http.Header{}}
	for _, name := range names {
		e.Header.Set(name, "x")
	}
	for _, err := range []error{e} {
		rec := httptest.NewRecorder()
		problem.Write(rec, httptest.NewRequest("GET", "/", nil), err)
		for _, name := range names {
			if got := rec.Header()[name]; got != nil {
				t.Errorf("%T: %s: %q", err, name, got)
			}
		}
	}
}

func TestWriteKeeps(t *testing.T) {
	for _, tt := range []struct {
		status int
		name   string
		kept   bool
	}{
		{416, "Content-Range", true},    // RFC 9110 §15.5.17
		{404, "Content-Encoding", true}, // may be a compressor's
		{405, "Allow", true},
		{404, "Set-Cookie", true},
		{404, "Content-Range", false},
		{416, "ETag", false},
	} {
		rec := httptest.NewRecorder()
		rec.Header().Set(tt.name, "x")
		problem.Write(rec, httptest.NewRequest("GET", "/", nil), problem.Wrap(tt.status, nil))
		if got := rec.Header().Get(tt.name) != ""; got != tt.kept {
			t.Errorf("%d %s kept: %v", tt.status, tt.name, got)
		}
		if encoded := rec.Header().Get("Content-Encoding") != ""; encoded == (rec.Header().Get("Content-Length") != "") {
			t.Errorf("%d %s: the length of an encoded body is not known", tt.status, tt.name)
		}
	}
}

// Who has canceled the request's context, nobody knows: the client may wait.
func TestWriteWhateverTheContextSays(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range []error{problem.New(401, ""), problem.Unavailable(1, nil), ctx.Err()} {
		rec := httptest.NewRecorder()
		problem.Write(rec, httptest.NewRequestWithContext(ctx, "POST", "/", nil), err)
		if want := problem.From(err).Status; rec.Code != want || rec.Body.Len() == 0 {
			t.Errorf("%v: %d %s", err, rec.Code, rec.Body)
		}
	}
}

func TestWriteWithoutAnError(t *testing.T) {
	for _, err := range []error{nil, (*problem.Error)(nil)} {
		rec := httptest.NewRecorder()
		problem.Write(rec, httptest.NewRequest("GET", "/", nil), err)
		if rec.Code != 500 {
			t.Errorf("%#v: %d", err, rec.Code)
		}
	}
}

// A function that returns an error may make one of a nil *Error.
func TestNilErrorIsNoError(t *testing.T) {
	h := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		var e *problem.Error
		if r.Method == http.MethodPut {
			w.WriteHeader(http.StatusNoContent)
		}
		return e
	})
	asks := middleware.Problems(&middleware.ProblemsOptions{Map: func(error) error {
		var e *problem.Error
		return e
	}})(problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return problem.New(http.StatusTeapot, "tea") }))
	for _, tt := range []struct {
		h      http.Handler
		method string
		status int
	}{{h, "GET", 200}, {h, "PUT", 204}, {asks, "GET", 418}} {
		rec := httptest.NewRecorder()
		tt.h.ServeHTTP(rec, httptest.NewRequest(tt.method, "/", nil))
		if rec.Code != tt.status || tt.status < 400 && rec.Body.Len() > 0 {
			t.Errorf("%s: %d %s", tt.method, rec.Code, rec.Body)
		}
	}
}

func TestWriteClosesTheConnectionOfARefusedBody(t *testing.T) {
	h := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, 10))
		return err
	})
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		resp, body := servertest.Do(t, s, "POST", "/", strings.Repeat("x", 11))
		if resp.StatusCode != 413 || !strings.Contains(body, `"limit":10`) {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		if resp.Close != (resp.ProtoMajor == 1) {
			t.Errorf("%s: close %v", resp.Proto, resp.Close)
		}
	})
}

// Each response has header fields of its own.
func TestWriteSharesNoLines(t *testing.T) {
	respond := func() http.Header {
		w := &discard{http.Header{}}
		problem.Write(w, httptest.NewRequest("GET", "/", nil), &problem.Error{
			Status: 401, Header: http.Header{"Www-Authenticate": {"Bearer"}, "Link": {"</a>", "</b>"}},
		})
		return w.header
	}
	want := servertest.Header(&http.Response{Header: respond()})
	var kept []http.Header
	for range 1000 {
		h := respond()
		if got := servertest.Header(&http.Response{Header: h}); got != want {
			t.Fatalf("after others have changed theirs:\n%s\nand not\n%s", got, want)
		}
		for name, lines := range h {
			lines[0] = "changed"
			h[name] = append(lines, "more")
		}
		kept = append(kept, h)
	}
	for _, h := range kept {
		for name, lines := range h {
			if lines[0] != "changed" || lines[len(lines)-1] != "more" {
				t.Fatalf("%s: %q after later responses", name, lines)
			}
		}
	}
}

type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

func BenchmarkWrite(b *testing.B) {
	e := &problem.Error{Status: 415, Detail: "no", Extensions: map[string]any{"accept": []string{"application/json"}, "limit": 5}}
	w, r := &discard{http.Header{}}, httptest.NewRequest("POST", "/", nil)
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		problem.Write(w, r, e)
	}
}
