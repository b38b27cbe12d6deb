package middleware_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

const accepted = "X-Accepted" // what the handler saw

func sayAccepted(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(accepted, acceptedOf(r.Context()))
	accepted, _ := middleware.AcceptedFromContext(r.Context())
	w.Header().Set("Content-Type", accepted)
	_, _ = io.WriteString(w, "content")
}

// Every response of the route, whole, over real servers.
func TestAcceptOnTheWire(t *testing.T) {
	const none = `{"type":"/problems/not-acceptable","title":"Not acceptable","status":406,"detail":"The resource has no media type that the request accepts.",` +
		`"available":["application/json","text/csv;header=present"]}`
	refused := fmt.Sprintf("Cache-Control: no-store\nContent-Length: %d\nContent-Type: application/problem+json\nVary: Accept\nX-Content-Type-Options: nosniff\n", len(none))
	mux := http.NewServeMux()
	accept := middleware.Accept("application/json", "text/csv;header=present")
	mux.Handle("/", accept(http.HandlerFunc(sayAccepted)))
	mux.Handle("/304", accept(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"7"`)
		w.WriteHeader(http.StatusNotModified)
	})))
	mux.Handle("/vary", accept(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Vary", "Accept-Encoding, Origin")
		w.WriteHeader(http.StatusNotModified)
	})))
	mux.Handle("/varies", accept(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Vary"] = []string{"accept", "Origin"}
		w.WriteHeader(http.StatusNoContent)
	})))
	mux.Handle("/all", accept(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Vary", "*")
		w.WriteHeader(http.StatusNoContent)
	})))
	long := strings.Repeat("X-Some-Field, ", 300) + "X-Last"
	mux.Handle("/long", accept(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Vary", long)
		w.WriteHeader(http.StatusNoContent)
	})))
	edge := middleware.Default(zerolog.Nop(), nil).Append(middleware.RequestID, middleware.Recover, accept)
	mux.Handle("/long-empty", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("X-Request-Id", "x")
		edge.ThenFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Vary", long) }).ServeHTTP(w, r)
	}))
	mux.Handle("/404", accept(problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
		return problem.NotFound(nil)
	})))
	mux.Handle("/implicit", accept(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	mux.Handle("/nested", accept(middleware.Accept("text/html", "application/json")(http.HandlerFunc(sayAccepted))))

	const missing = `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing here for this request."}`
	missed := strings.Replace(refused, fmt.Sprint(len(none)), fmt.Sprint(len(missing)), 1)
	said := func(mediaType string) string {
		return "Content-Length: 7\nContent-Type: " + mediaType + "\nVary: Accept\nX-Accepted: " + mediaType + "\n"
	}
	servertest.Both(t, mux, func(t *testing.T, s *httptest.Server) {
		for _, tt := range []struct {
			method, path string
			accept       []string
			status       int
			header, body string
		}{
			{"GET", "/", nil, 200, said("application/json"), "content"},
			{"GET", "/", []string{"*/*"}, 200, said("application/json"), "content"},
			{"GET", "/", []string{"text/csv"}, 200, said("text/csv;header=present"), "content"},
			{"GET", "/", []string{"image/png", "text/*;q=0.1"}, 200, said("text/csv;header=present"), "content"},
			{"GET", "/", []string{`text/csv;q="0.5"`}, 200, said("text/csv;header=present"), "content"},
			{"GET", "/", []string{"text/csv; q = 0.5"}, 200, said("text/csv;header=present"), "content"},
			{"GET", "/", []string{"text/csv;header, */html"}, 200, said("text/csv;header=present"), "content"},
			{"GET", "/", []string{"*/html"}, 200, said("application/json"), "content"},
			{"GET", "/", []string{"text/csv;q=0.0001"}, 200, said("text/csv;header=present"), "content"},
			{"GET", "/", []string{"text/csv;q=0.0000"}, 406, refused, none},
			{"HEAD", "/", []string{"text/csv"}, 200, said("text/csv;header=present"), ""},
			{"POST", "/", []string{"text/csv"}, 200, said("text/csv;header=present"), "content"},
			{"GET", "/", []string{"image/png"}, 406, refused, none},
			{"GET", "/", []string{"text/html, application/xml;q=0.9"}, 406, refused, none},
			{"GET", "/", []string{"application/problem+json"}, 406, refused, none},
			{"GET", "/", []string{"*/*;q=0"}, 406, refused, none},
			{"HEAD", "/", []string{"image/png"}, 406, refused, ""},
			{"DELETE", "/", []string{"image/png"}, 406, refused, none},
			{"GET", "/304", nil, 304, "Etag: \"7\"\nVary: Accept\n", ""},
			{"HEAD", "/304", []string{"text/csv"}, 304, "Etag: \"7\"\nVary: Accept\n", ""},
			{"GET", "/vary", nil, 304, "Vary: Accept-Encoding, Origin, Accept\n", ""},
			{"GET", "/vary", []string{"image/png"}, 406, refused, none},
			{"GET", "/varies", nil, 204, "Vary: accept, Origin\n", ""},
			{"GET", "/all", nil, 204, "Vary: *\n", ""},
			{"GET", "/long", nil, 204, "Vary: " + long + ", Accept\n", ""},
			{"GET", "/long-empty", nil, 200, "Content-Length: 0\nVary: " + long + ", Accept\nX-Request-Id: x\n", ""},
			{"GET", "/404", []string{"application/json"}, 404, missed, missing},
			{"GET", "/404", nil, 404, missed, missing},
			{"GET", "/implicit", nil, 200, "Content-Length: 0\nVary: Accept\n", ""},
			{"GET", "/nested", nil, 200, said("text/html"), "content"},
			{"GET", "/nested", []string{"application/json, text/csv"}, 200, said("application/json"), "content"},
			{"GET", "/nested", []string{"text/html"}, 406, refused, none},
		} {
			header := []string{}
			for _, line := range tt.accept {
				header = append(header, "Accept: "+line)
			}
			resp, body := servertest.Do(t, s, tt.method, tt.path, "", header...)
			if got := servertest.Header(resp); resp.StatusCode != tt.status || got != tt.header || body != tt.body {
				t.Errorf("%s %s %q: %d\n%s%s\nwant %d\n%s%s", tt.method, tt.path, tt.accept, resp.StatusCode, got, body, tt.status, tt.header, tt.body)
			}
		}
	})
}

// A refused request does not reach the handler.
func TestAcceptDecidesBeforeTheHandler(t *testing.T) {
	ran := false
	h := middleware.Accept("application/json")(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran = true }))
	r := httptest.NewRequest("DELETE", "/", nil)
	r.Header.Set("Accept", "text/html")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusNotAcceptable || ran {
		t.Errorf("%d, the handler ran: %t", w.Code, ran)
	}
}

// In the ready chain the response says Vary whatever becomes of the handler, and
// errors are problem documents whatever the client accepts.
func TestAcceptInTheChain(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"panic":      func(http.ResponseWriter, *http.Request) { panic("lost") },
		"http.Error": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "lost", 500) },
	} {
		chain, _ := edge(middleware.Accept("text/html")(h))
		for _, accept := range []string{"text/html", "*/*", ""} {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept", accept)
			w := httptest.NewRecorder()
			chain.ServeHTTP(w, r)
			if resp := w.Result(); w.Code != 500 || resp.Header.Get("Vary") != "Accept" || resp.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s, Accept: %s: %d %v", name, accept, w.Code, resp.Header)
			}
		}
	}
}

// The accepted type stands in for a guess of net/http alone, also behind Computed,
// which writes later than the handler.
func TestAcceptedTypeBehindComputed(t *testing.T) {
	computed := etag.Computed(&etag.ComputedOptions{Limit: 8})
	const guess = "text/plain; charset=utf-8"
	for name, tt := range map[string]struct {
		write http.HandlerFunc
		want  string
	}{
		"a write":           {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }, "application/json"},
		"after WriteHeader": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200); _, _ = io.WriteString(w, "{}") }, guess},
		"past the limit": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(200)
			_, _ = io.WriteString(w, "{}")
			_, _ = io.WriteString(w, "          ")
		}, guess},
		"a declared length": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "2")
			w.WriteHeader(200)
			_, _ = io.WriteString(w, "{}")
		}, guess},
		"nothing": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }, ""},
	} {
		servertest.Both(t, middleware.Accept("application/json")(computed(tt.write)), func(t *testing.T, s *httptest.Server) {
			for _, method := range []string{"GET", "HEAD"} {
				if resp, _ := servertest.Do(t, s, method, "/", ""); resp.StatusCode != 200 || resp.Header.Get("Content-Type") != tt.want {
					t.Errorf("%s %s: %d %q, want %q", method, name, resp.StatusCode, resp.Header.Get("Content-Type"), tt.want)
				}
			}
		})
	}
}

// What the choice means for entity tags: the representation has a name where
// there is more than one, the same on every instance.
func TestAcceptNamesTheRepresentation(t *testing.T) {
	for _, tt := range []struct {
		types             [][]string // of the layers, the outermost first
		accept            string
		mediaType, digest string
	}{
		{[][]string{{"application/json"}}, "", "application/json", ""},
		{[][]string{{"application/json", "text/csv"}}, "", "application/json", "bacb769b46f6d169"},
		{[][]string{{"text/csv", "application/json"}}, "application/json", "application/json", "bacb769b46f6d169"},
		{[][]string{{"application/json", "text/csv"}}, "text/*", "text/csv", "5c9dad2437310dbe"},
		{[][]string{{"application/json", "text/csv"}, {"text/csv"}}, "*/*", "text/csv", ""},
		{[][]string{{"application/json"}, {"application/json", "text/csv"}}, "*/*", "application/json", "bacb769b46f6d169"},
		{nil, "", "", ""},
	} {
		var got request.Representation
		var h http.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if i := request.From(r.Context()); i != nil && i.Representation.Get() != nil {
				got = *i.Representation.Get()
			}
			if a := acceptedOf(r.Context()); a != tt.mediaType {
				t.Errorf("%q: Accepted is %q", tt.types, a)
			}
		})
		for i := len(tt.types) - 1; i >= 0; i-- {
			h = middleware.Accept(tt.types[i]...)(h)
		}
		r := httptest.NewRequest("GET", "/", nil)
		if tt.accept != "" {
			r.Header.Set("Accept", tt.accept)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got.MediaType != tt.mediaType || got.Digest != tt.digest {
			t.Errorf("%q: %q, %q, want %q, %q", tt.types, got.MediaType, got.Digest, tt.mediaType, tt.digest)
		}
	}
	if got := acceptedOf(context.Background()); got != "" {
		t.Errorf("outside of a chain: %q", got)
	}
	middleware.RequestID(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if got := acceptedOf(r.Context()); got != "" {
			t.Errorf("in a chain without Accept: %q", got)
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

func TestAcceptMistakesPanicWhenTheChainIsBuilt(t *testing.T) {
	for _, types := range [][]string{
		{}, {""}, {"json"}, {"application/"}, {"/json"}, {"*/*"}, {"text/*"}, {"*"}, {"application/*+json"}, {"a/b, c/d"},
		{" a/b"}, {"a/b "}, {"a/b;c"}, {"a/b;c="}, {`a/b;c="`}, {"a/b;c=1;C=2"}, {"a/b;q=1"}, {"a/b;v=1;Q=0.5"},
		{"a/b", "A/B"}, {"a/b;v=1", "c/d", `a/b; V="1"`}, {"a/b;v=1;w=2", "a/b;w=2;v=1"}, {"a/b;charset=utf-8", "a/b;charset=UTF-8"},
	} {
		if builds(func() { middleware.Accept(types...) }) {
			t.Errorf("Accept(%q) builds", types)
		}
	}
	for _, types := range [][]string{
		{"a/b"}, {"a/b;"}, {"a/b;;"}, {"a/b ;c=1"}, {`a/b;c="d, e"`}, {"a/b", "a/b;v=1", "a/b;v=2", "a/b;v=1;w=2"}, {"a/b;v=x", "a/b;v=X"}, offers(40),
	} {
		if !builds(func() { middleware.Accept(types...) }) {
			t.Errorf("Accept(%q) does not build", types)
		}
	}
}

func TestAcceptKeepsNoSlice(t *testing.T) {
	types := []string{"application/json", "text/csv"}
	h := middleware.Accept(types...)(http.HandlerFunc(sayAccepted))
	types[0], types[1] = "image/png", "image/gif"
	for _, tt := range []struct{ accept, want string }{{"*/*", "application/json"}, {"text/csv", "text/csv"}, {"image/png", ""}} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept", tt.accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get(accepted); got != tt.want || strings.Contains(w.Body.String(), "image") {
			t.Errorf("%s: %q, want %q, %s", tt.accept, got, tt.want, w.Body)
		}
		// Nor can a handler reach the next answer through this one.
		w.Header()["Vary"][0] = "changed by somebody outside"
	}
}
