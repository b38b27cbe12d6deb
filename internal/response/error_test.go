package response

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/apiconventions/apiconventions/internal/servertest"
)

// What becomes of an error response, on GET and on HEAD.
func TestErrorResponses(t *testing.T) {
	set := func(name, value string) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.Header().Set(name, value) }
	}
	do := func(steps ...func(w http.ResponseWriter)) func(w http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			for _, step := range steps {
				step(w)
			}
		}
	}
	fails := func(w http.ResponseWriter) { w.WriteHeader(422) }
	writes := func(w http.ResponseWriter) { _, _ = io.WriteString(w, "{}") }
	flushes := func(w http.ResponseWriter) { w.(http.Flusher).Flush() }
	typed, tagged := set("Content-Type", "a/b"), set("Etag", `"1"`)
	const (
		document = "Cache-Control: no-store\nContent-Length: 15\nContent-Type: application/problem+json\nX-Content-Type-Options: nosniff\n"
		own      = "Content-Length: 2\nContent-Type: a/b\nEtag: \"1\"\n"
		streamed = "Content-Type: a/b\nEtag: \"1\"\n"
		unknown  = "Cache-Control: no-store\n"
	)
	for _, tt := range []struct {
		name      string
		handler   func(http.ResponseWriter)
		get, body string
		head      string
		logged    string
	}{
		{"a status", do(tagged, fails), document, "document of 422", document, ""},
		{"http.Error", func(w http.ResponseWriter) { http.Error(w, "no", http.StatusUnprocessableEntity) }, document, "document of 422", document, "no"},
		{"text without a type", do(tagged, fails, writes), document, "document of 422", document, "{}"},
		{"text in a coding", do(set("Content-Encoding", "gzip"), fails, writes), document, "document of 422", document, ""},
		{"an empty type", do(set("Content-Type", ""), fails), document, "document of 422", document, ""},
		{"a type and a body", do(typed, tagged, fails, writes), own, "{}", own, ""},
		{"a type, a length and a body", do(typed, tagged, set("Content-Length", "2"), fails, writes), own, "{}", own, ""},
		{"a type and no body", do(typed, tagged, fails), document, "document of 422", unknown, ""},
		{"a type, length 0", do(typed, tagged, set("Content-Length", "0"), fails), document, "document of 422", document, ""},
		{"a type, and an empty write", do(typed, fails, func(w http.ResponseWriter) { _, _ = w.Write(nil) }), document, "document of 422", unknown, ""},
		{"a type and a flush", do(typed, tagged, fails, flushes, writes), streamed, "{}", streamed, ""},
		{"a field that is set late", do(typed, tagged, fails, set("X-Late", "1"), writes), own, "{}", own, ""},
		{"two statuses", do(typed, tagged, fails, func(w http.ResponseWriter) { w.WriteHeader(200) }, writes), own, "{}", own, ""},
	} {
		e := newEnds()
		servertest.Both(t, e.around(func(x Exchange) { tt.handler(x.W) }), func(t *testing.T, s *httptest.Server) {
			for _, method := range []string{"GET", "HEAD"} {
				resp, body := servertest.Do(t, s, method, "/", "")
				want, wantBody := tt.get, tt.body
				if method == "HEAD" {
					want, wantBody = tt.head, ""
				}
				got := servertest.Header(resp)
				if resp.StatusCode != 422 || body != wantBody || got != want {
					t.Errorf("%s %s: %d %q\n%swant\n%s", method, tt.name, resp.StatusCode, body, got, want)
				}
				logged := ""
				if o := <-e.outcomes; o.Err != nil {
					logged = o.Err.Error()
				}
				if logged != tt.logged {
					t.Errorf("%s %s: logged %q, want %q", method, tt.name, logged, tt.logged)
				}
			}
		})
	}
}

// The log gets the beginning of a long text.
func TestLongErrorText(t *testing.T) {
	e := newEnds()
	e.around(func(x Exchange) {
		x.WriteHeader(500)
		for range 100 {
			_, _ = x.Write(make([]byte, 100))
		}
	}).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if o := <-e.outcomes; len(o.Err.Error()) != maxText {
		t.Errorf("%d bytes", len(o.Err.Error()))
	}
}

// Without Problems nothing is replaced.
func TestErrorsWithoutDocuments(t *testing.T) {
	rec := httptest.NewRecorder()
	handle(func(x Exchange) {
		x.SetDocuments(nil)
		http.Error(x.W, "no", 404)
	}).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
	if rec.Code != 404 || rec.Body.String() != "no\n" {
		t.Errorf("%d %q", rec.Code, rec.Body)
	}
}
