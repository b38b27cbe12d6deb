package response

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What the layers want in the header, and what the handler has set.
func TestComplete(t *testing.T) {
	tenant := func(named bool) func(*Writer) {
		return func(w *Writer) {
			w.VaryTenant("X-Tenant", named)
		}
	}
	token := func(w *Writer) { w.VaryAuthorization() }
	for _, tt := range []struct {
		name    string
		layers  func(*Writer)
		handler http.Header
		want    string
	}{
		{"nothing", func(*Writer) {}, nil, ""},
		{"an id, whatever the handler sets", func(w *Writer) { w.SetID("id-1") }, http.Header{"X-Request-Id": {"a", "b"}}, "X-Request-Id: id-1"},
		{"a value of a field, beside the handler's", func(w *Writer) { w.AddField("X-A", "1") }, http.Header{"X-A": {"3"}}, "X-A: 1\nX-A: 3"},
		{"Vary, each name once", func(w *Writer) { w.VaryAccept(""); w.VaryAccept("") }, nil, "Vary: Accept"},
		{"Vary, in one line with the handler's", func(w *Writer) { w.VaryAccept("") }, http.Header{"Vary": {"Origin", "Cookie"}}, "Vary: Origin, Cookie, Accept"},
		{"Vary, that has the name", func(w *Writer) { w.VaryAccept("") }, http.Header{"Vary": {"accept"}}, "Vary: accept"},
		{"a token", token, nil, "Vary: Authorization"},
		{"a token, public", token, http.Header{"Cache-Control": {"max-age=1, public"}}, "Cache-Control: max-age=1, public"},
		{"a tenant", tenant(true), nil, "Cache-Control: private, no-cache\nVary: X-Tenant, Authorization"},
		{"a tenant, and an empty choice", tenant(true), http.Header{"Cache-Control": {""}}, "Cache-Control: private, no-cache\nVary: X-Tenant, Authorization"},
		{"a tenant, and a choice", tenant(true), http.Header{"Cache-Control": {"private, max-age=9"}}, "Cache-Control: private, max-age=9\nVary: X-Tenant, Authorization"},
		{"a tenant, and a choice for a field", tenant(true), http.Header{"Cache-Control": {`no-cache="Set-Cookie"`}}, "Cache-Control: no-cache=\"Set-Cookie\"\nCache-Control: private, no-cache\nVary: X-Tenant, Authorization"},
		{"a tenant, public, named", tenant(true), http.Header{"Cache-Control": {"public"}}, "Cache-Control: public\nVary: X-Tenant"},
		{"a tenant, public, not named", tenant(false), http.Header{"Cache-Control": {"public"}}, "Cache-Control: public\nVary: X-Tenant, Authorization"},
		{"two tenants, public, the inner one named", func(w *Writer) { tenant(false)(w); tenant(true)(w) }, http.Header{"Cache-Control": {"public"}}, "Cache-Control: public\nVary: X-Tenant, Authorization"},
		{"no-store, whatever the handler sets", func(w *Writer) { token(w); w.NoStore() }, http.Header{"Cache-Control": {"public"}}, "Cache-Control: no-store\nPragma: no-cache\nVary: Authorization"},
		{"a connection that cannot go on", func(w *Writer) { w.CloseIf(func() bool { return true }) }, nil, "Connection: close"},
		{"a tenant that Authorization names", func(w *Writer) { w.VaryTenant("Authorization", true) }, nil, "Cache-Control: private, no-cache\nVary: Authorization"},
		{"a connection that one of two cannot use", func(w *Writer) {
			w.CloseIf(func() bool { return true })
			w.CloseIf(func() bool { return false })
		}, nil, "Connection: close"},
		{"a connection that can", func(w *Writer) { w.CloseIf(func() bool { return false }) }, nil, ""},
	} {
		for end, send := range map[string]func(x Exchange){
			"WriteHeader": func(x Exchange) { x.WriteHeader(204) },
			"Flush":       func(x Exchange) { x.Flush() },
			"nothing":     func(Exchange) {},
		} {
			rec := httptest.NewRecorder()
			handle(func(x Exchange) {
				tt.layers(x.Writer)
				for name, values := range tt.handler {
					x.W.Header()[name] = values
				}
				send(x)
			}).ServeHTTP(rec, httptest.NewRequest("GET", "/", nil))
			if got := lines(rec.Header()); got != tt.want {
				t.Errorf("%s, then %s:\n%s\nwant\n%s", tt.name, end, got, tt.want)
			}
		}
	}
}

// The accepted type stands in where net/http would guess one.
func TestAcceptedType(t *testing.T) {
	for _, tt := range []struct {
		name, accepted string
		write          func(x Exchange)
		want           string
	}{
		{"a write", "application/json", func(x Exchange) { _, _ = x.Write([]byte("{}")) }, "application/json"},
		{"a string", "application/json", func(x Exchange) { _, _ = x.WriteString("{}") }, "application/json"},
		{"text", "text/csv", func(x Exchange) { _, _ = x.Write([]byte("a,b")) }, ""},
		{"the handler's own", "application/json", func(x Exchange) {
			x.W.Header().Set("Content-Type", "a/b")
			_, _ = x.Write([]byte("{}"))
		}, "a/b"},
		{"none, on purpose", "application/json", func(x Exchange) {
			x.W.Header()["Content-Type"] = nil
			_, _ = x.Write([]byte("{}"))
		}, ""},
		{"a coding", "application/json", func(x Exchange) {
			x.W.Header().Set("Content-Encoding", "gzip")
			_, _ = x.Write([]byte("{}"))
		}, ""},
		{"after WriteHeader", "application/json", func(x Exchange) { x.WriteHeader(200); _, _ = x.Write([]byte("{}")) }, ""},
		{"no byte", "application/json", func(x Exchange) { x.WriteHeader(204) }, ""},
		{"nothing", "application/json", func(Exchange) {}, ""},
		{"an empty write", "application/json", func(x Exchange) { _, _ = x.Write(nil); _, _ = x.WriteString("") }, ""},
		{"an error", "application/json", func(x Exchange) { x.WriteHeader(404) }, ""},
		{"two layers, the inner one text", "application/json", func(x Exchange) { x.VaryAccept("text/plain"); _, _ = x.Write([]byte("x")) }, ""},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			var got http.Header
			rec := httptest.NewRecorder()
			handle(func(x Exchange) {
				x.SetDocuments(nil)
				x.VaryAccept(tt.accepted)
				tt.write(x)
				got = x.W.Header().Clone()
			}).ServeHTTP(rec, httptest.NewRequest(method, "/", nil))
			if typ := strings.Replace(got.Get("Content-Type"), "text/plain; charset=utf-8", "", 1); typ != tt.want { // which the recorder guesses
				t.Errorf("%s %s: %q, want %q", method, tt.name, typ, tt.want)
			}
		}
	}
}
