package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
)

// A handler that clears the header, as httputil.ReverseProxy does after an
// interim answer, and one that copies another service's id: the id is ours.
func TestRequestIDSurvivesTheHandler(t *testing.T) {
	h, _ := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clear(w.Header())
		w.Header().Add("X-Request-Id", "another service's")
		_, _ = io.WriteString(w, "x")
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		resp, _ := servertest.Do(t, s, "GET", "/", "", "X-Request-Id: id-1")
		if got := resp.Header["X-Request-Id"]; len(got) != 1 || got[0] != "id-1" {
			t.Errorf("%q", got)
		}
	})
}

func TestRequestID(t *testing.T) {
	h, log := edge(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		zerolog.Ctx(r.Context()).Info().Str("at", r.URL.Path).Msg("from the handler")
		w.Header().Set("X-Seen", requestIDOf(r.Context()))
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, tt := range []struct {
			name  string
			lines []string
			taken bool
		}{
			{"none", nil, false},
			{"a uuid", []string{"3f0c5b1a-0a53-4d0c-9f3c-1e2d3c4b5a69"}, true},
			{"one character", []string{"!"}, true},
			{"128 characters", []string{strings.Repeat("~", 128)}, true},
			{"129 characters", []string{strings.Repeat("~", 129)}, false},
			{"100,000 characters", []string{strings.Repeat("x", 100_000)}, false},
			{"empty", []string{""}, false},
			{"a blank inside", []string{"a b"}, false},
			{"a quote", []string{`"},"x`}, true},
			{"not ASCII", []string{"idé"}, false},
			{"a tab", []string{"a\tb"}, false},
			{"two lines", []string{"a", "b"}, false},
		} {
			path := "/" + strings.ReplaceAll(strings.ReplaceAll(tt.name, " ", "-"), ",", "") + s.URL[len(s.URL)-5:]
			var header []string
			for _, l := range tt.lines {
				header = append(header, "X-Request-Id: "+l)
			}
			resp, _ := servertest.Do(t, s, "GET", path, "", header...)
			id := resp.Header.Get("X-Request-Id")
			if tt.taken && id != tt.lines[0] || !tt.taken && !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(id) {
				t.Errorf("%s: %q", tt.name, id)
			}
			if seen := resp.Header.Get("X-Seen"); seen != id {
				t.Errorf("%s: the handler has %q", tt.name, seen)
			}
			if line := log.access(t, path, 1); line["request_id"] != id {
				t.Errorf("%s: logged %q", tt.name, line["request_id"])
			}
		}
	})
	if got := strings.Count(log.String(), `,"request_id":"\"},\"x","message":"from the handler"`); got != 2 {
		t.Errorf("the handler's lines lack the request id:\n%s", log)
	}
}

func TestRequestIDFromNowhere(t *testing.T) {
	if id := requestIDOf(t.Context()); id != "" {
		t.Errorf("%q", id)
	}
}

// An id is of visible ASCII from its first character to its last.
func TestRequestIDAlphabet(t *testing.T) {
	for c := range 256 {
		for _, id := range []string{string([]byte{byte(c), 'x'}), string([]byte{'x', byte(c)})} {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header["X-Request-Id"] = []string{id}
			w := httptest.NewRecorder()
			middleware.RequestID(http.NotFoundHandler()).ServeHTTP(w, r)
			if got, taken := w.Header().Get("X-Request-Id"), '!' <= c && c <= '~'; (got == id) != taken {
				t.Errorf("%q: %q, want it taken: %t", id, got, taken)
			}
		}
	}
}

// All of an id that is made up is random.
func TestRequestIDIsRandom(t *testing.T) {
	var seen [32]string // the digits at each place
	for range 100 {
		w := httptest.NewRecorder()
		middleware.RequestID(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		for i, c := range w.Header().Get("X-Request-Id") {
			if !strings.ContainsRune(seen[i], c) {
				seen[i] += string(c)
			}
		}
	}
	for i, digits := range seen {
		if len(digits) < 8 {
			t.Errorf("digit %d is one of %s", i, digits)
		}
	}
}

func TestTraceparent(t *testing.T) {
	const id = "0af7651916cd43dd8448eb211c80319c"
	h, log := edge(http.NotFoundHandler())
	for i, tt := range []struct {
		field string
		valid bool
	}{
		{"00-" + id + "-b7ad6b7169203331-01", true},
		{"00-" + id + "-b7ad6b7169203331-00", true},
		{"01-" + id + "-b7ad6b7169203331-01", true},
		{"cc-" + id + "-b7ad6b7169203331-01-what-the-future-brings", true},
		{"cc-" + id + "-b7ad6b7169203331-01x", false},
		{"00-" + id + "-b7ad6b7169203331-01-more", false},
		{"ff-" + id + "-b7ad6b7169203331-01", false},
		{"00-" + strings.ToUpper(id) + "-b7ad6b7169203331-01", false},
		{"00-00000000000000000000000000000000-b7ad6b7169203331-01", false},
		{"00-" + id + "-0000000000000000-01", false},
		{"00-" + id + "-b7ad6b7169203331", false},
		{"00_" + id + "-b7ad6b7169203331-01", false},
		{"0g-" + id + "-b7ad6b7169203331-01", false},
		{"00-" + id + "-b7ad6b7169203331-zz", false},
		{"00-" + id + "-b7ad6b7169203331-0", false},
		{"", false},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Traceparent", tt.field)
		h.ServeHTTP(httptest.NewRecorder(), r)
		want := any(id)
		if !tt.valid {
			want = nil
		}
		if line := log.access(t, "/", i+1); line["trace_id"] != want {
			t.Errorf("%q: %v", tt.field, line["trace_id"])
		}
	}
	const field = "00-" + id + "-b7ad6b7169203331-01"
	got := ""
	observed := middleware.Default(zerolog.Nop(), &middleware.Options{Observe: func(rec middleware.Record) { got = rec.TraceID }}).Then(http.NotFoundHandler())
	for i := range field {
		for _, c := range "/:@AFG`g~" { // around the digits and the letters
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Traceparent", field[:i]+string(c)+field[i+1:])
			if observed.ServeHTTP(httptest.NewRecorder(), r); got != "" {
				t.Errorf("%s: %v", r.Header.Get("Traceparent"), got)
			}
		}
	}
	r := httptest.NewRequest("GET", "/two", nil)
	r.Header["Traceparent"] = []string{"00-" + id + "-b7ad6b7169203331-01", "00-" + id + "-b7ad6b7169203331-01"}
	h.ServeHTTP(httptest.NewRecorder(), r)
	if line := log.access(t, "/two", 1); line["trace_id"] != nil {
		t.Error("two traceparent fields are none")
	}
}
