package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// Tokens that the verify function of these tests knows, each with characters
// that a URL escapes.
const (
	goodToken   = "good-._~+/token=="
	badToken    = "bad-+/token="
	lostToken   = "lost-+/token="
	busyToken   = "busy-+/token="
	nobodyToken = "nobody-+/token="
	strayToken  = "stray-+/token="
	panicToken  = "panic-+/token="
)

type user struct{}

func verify(ctx context.Context, token string) (context.Context, error) {
	switch token {
	case goodToken:
		return context.WithValue(ctx, user{}, "alice"), nil
	case badToken:
		return nil, fmt.Errorf("segment of %q: %w", token, middleware.ErrToken)
	case lostToken:
		return nil, &url.Error{Op: "Get", URL: "https://keys.example/?token=" + url.QueryEscape(token), Err: errors.New("no route to " + token + " or " + url.PathEscape(token))}
	case busyToken:
		// The key server's own answers are not this service's.
		return nil, fmt.Errorf("keys: %w", errors.Join(problem.Unavailable(42e9, errors.New("busy")), problem.NotFound(nil)))
	case nobodyToken:
		return nil, nil
	case strayToken:
		return context.WithValue(context.Background(), user{}, "stray"), nil
	case panicToken:
		panic("verify panics")
	}
	return nil, problem.NotFound(errors.New("keys: 404"))
}

// whoami answers with who the request is from.
func whoami(w http.ResponseWriter, r *http.Request) {
	zerolog.Ctx(r.Context()).Info().Msg("at work")
	_, _ = io.WriteString(w, r.Context().Value(user{}).(string))
}

func TestBearer(t *testing.T) {
	const (
		none      = `Bearer realm="the \"files\" \\ API"`
		invalid   = none + `, error="invalid_token"`
		malformed = none + `, error="invalid_request"`
	)
	mux := http.NewServeMux()
	mux.Handle("GET /{row}", middleware.Bearer(verify, &middleware.BearerOptions{Realm: `the "files" \ API`})(http.HandlerFunc(whoami)))
	h, l := edge(mux)
	everything := new(strings.Builder) // that leaves the service
	for i, test := range []struct {
		authorization []string
		status        int
		challenge     string // WWW-Authenticate, or the answer of 200
		log           string // in the error of the access line
	}{
		{[]string{"Bearer " + goodToken}, 200, "alice", ""},
		{[]string{"bearer " + goodToken}, 200, "alice", ""},
		{[]string{"BEARER    " + goodToken}, 200, "alice", ""},
		{[]string{" Bearer " + goodToken + " "}, 200, "alice", ""},
		{[]string{"Bearer " + strayToken}, 200, "stray", ""},

		{nil, 401, none, "needs a bearer token"},
		{[]string{""}, 401, none, ""},
		{[]string{"Basic YTpi"}, 401, none, ""},
		{[]string{"Bear " + goodToken}, 401, none, ""},
		{[]string{"Bearers " + goodToken}, 401, none, ""},
		{[]string{"Bearer-token " + goodToken}, 401, none, ""},
		{[]string{"=Bearer " + goodToken}, 401, none, ""},
		{[]string{goodToken}, 401, none, ""},
		{[]string{"Bea\u017fer x"}, 401, none, ""},

		{[]string{"Bearer " + badToken}, 401, invalid, `invalid token`},

		{[]string{"Bearer"}, 400, malformed, "must be one field"},
		{[]string{"Bearer "}, 400, malformed, ""},
		{[]string{"Bearer\t" + goodToken}, 400, malformed, ""},
		{[]string{"Bearer=" + goodToken}, 400, malformed, ""},
		{[]string{"Bearer:" + goodToken}, 400, malformed, ""},
		{[]string{"Bearer/" + goodToken}, 400, malformed, ""},
		{[]string{"Bearer, " + goodToken}, 400, malformed, ""},
		{[]string{`Bearer "` + goodToken + `"`}, 400, malformed, ""},
		{[]string{"Bearer =" + goodToken}, 400, malformed, ""},
		{[]string{"Bearer ="}, 400, malformed, ""},
		{[]string{"Bearer good=token"}, 400, malformed, ""},
		{[]string{"Bearer good token"}, 400, malformed, ""},
		{[]string{"Bearer good, Basic YTpi"}, 400, malformed, ""},
		{[]string{"Bearer token=\"good\""}, 400, malformed, ""},
		{[]string{"Bearer gööd"}, 400, malformed, ""},
		{[]string{"Bearer " + goodToken, "Bearer " + goodToken}, 400, malformed, ""},
		{[]string{"Bearer " + goodToken, "Basic YTpi"}, 400, malformed, ""},
		{[]string{"Basic YTpi", "Bearer " + goodToken}, 400, malformed, ""},
		{[]string{"Bearer " + goodToken, ""}, 400, malformed, ""},

		{[]string{"Bearer " + lostToken}, 503, "", "no route to [token] or [token]"},
		{[]string{"Bearer " + busyToken}, 503, "", "busy"},
		{[]string{"Bearer unknown"}, 503, "", "keys: 404"},
		{[]string{"Bearer " + nobodyToken}, 500, "", "returned no context"},
		{[]string{"Bearer " + panicToken}, 500, "", "verify panics"},
	} {
		path, nth := fmt.Sprint("/", i), 0
		servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
			send := []string{"X-Request-Id: id-1"}
			for _, v := range test.authorization {
				send = append(send, "Authorization: "+v)
			}
			resp, body := servertest.Do(t, s, "GET", path, "", send...)
			nth++
			access := l.access(t, path, nth)
			_, _ = fmt.Fprintln(everything, resp.Header, body, access)

			if resp.StatusCode != test.status {
				t.Errorf("%q: status %d, want %d: %s", test.authorization, resp.StatusCode, test.status, body)
			}
			if got := resp.Header["Vary"]; len(got) != 1 || got[0] != "Authorization" {
				t.Errorf("%q: Vary: %q", test.authorization, got)
			}
			if access["pattern"] != "GET /{row}" || access["request_id"] != "id-1" {
				t.Errorf("%q: the log says %v", test.authorization, access)
			}
			if test.status == 200 {
				if body != test.challenge {
					t.Errorf("%q: the handler sees %q, want %q", test.authorization, body, test.challenge)
				}
				return
			}
			if got := strings.Join(resp.Header["Www-Authenticate"], "|"); got != test.challenge {
				t.Errorf("%q: WWW-Authenticate: %s, want %s", test.authorization, got, test.challenge)
			}
			if resp.Header.Get("Cache-Control") != "no-store" || resp.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%q: header\n%s", test.authorization, servertest.Header(resp))
			}
			retry := ""
			switch {
			case strings.Contains(test.log, "busy"):
				retry = "42" // as verify has it
			case test.status == 503:
				retry = "5"
			}
			if got := resp.Header.Get("Retry-After"); got != retry {
				t.Errorf("%q: Retry-After: %q, want %q", test.authorization, got, retry)
			}
			if cause, _ := access["error"].(string); !strings.Contains(cause, test.log) {
				t.Errorf("%q: the log says %q, want %q", test.authorization, cause, test.log)
			}
		})
	}
	for _, token := range []string{goodToken, badToken, lostToken, busyToken, nobodyToken, strayToken, panicToken} {
		for _, spelling := range []string{token, url.QueryEscape(token), url.PathEscape(token)} {
			if strings.Contains(everything.String(), spelling) || strings.Contains(l.String(), spelling) {
				t.Errorf("%s has left the service", spelling)
			}
		}
	}
}

// What a client reads, to the byte.
func TestBearerDocuments(t *testing.T) {
	h, _ := edge(middleware.Bearer(verify, nil)(http.HandlerFunc(whoami)))
	for authorization, want := range map[string]string{
		"Basic YTpi":         `{"type":"/problems/token-required","title":"Token required","status":401,"detail":"This needs a bearer token.","requestId":"id-1"}`,
		"Bearer ":            `{"type":"/problems/invalid-request","title":"Invalid request","status":400,"detail":"Authorization must be one field: Bearer, a blank, and the token.","requestId":"id-1"}`,
		"Bearer " + badToken: `{"type":"/problems/token-invalid","title":"Token invalid","status":401,"detail":"The token is not valid.","requestId":"id-1"}`,
		"Bearer unknown":     document(503),
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Request-Id", "id-1")
		r.Header.Set("Authorization", authorization)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Body.String(); got != want {
			t.Errorf("%q: got  %s\nwant %s", authorization, got, want)
		}
	}
}

// How long to wait is said by a 503 of verify's own, if it says so, and by no
// other of its errors.
func TestBearerRetryAfter(t *testing.T) {
	wait := http.Header{"Retry-After": {"42"}}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&problem.Error{Status: 503, Header: wait}, "42"},
		{problem.Wrap(503, errSecret), "5"},
		{&problem.Error{Status: 429, Header: wait}, "5"},
	} {
		h := middleware.Bearer(func(context.Context, string) (context.Context, error) { return nil, tt.err }, nil)(http.HandlerFunc(whoami))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer x")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Retry-After"); w.Code != 503 || got != tt.want {
			t.Errorf("%v: %d, Retry-After: %q, want %q", tt.err, w.Code, got, tt.want)
		}
	}
}

// The lines that the handler logs have the request's id, whatever context
// verify returned, and so has every layer further in.
func TestBearerKeepsTheState(t *testing.T) {
	for _, token := range []string{goodToken, strayToken} {
		h, l := edge(middleware.Bearer(verify, nil)(http.HandlerFunc(whoami)))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Request-Id", "id-1")
		r.Header.Set("Authorization", "Bearer "+token)
		h.ServeHTTP(httptest.NewRecorder(), r)
		if line, _, _ := strings.Cut(l.String(), "\n"); line != `{"level":"info","request_id":"id-1","message":"at work"}` {
			t.Errorf("%s: the handler logs %s", token, line)
		}
	}
}

// And so has an error behind a third-party wrapper.
func TestBearerKeepsTheWriter(t *testing.T) {
	for _, token := range []string{goodToken, strayToken} {
		h, log := edge(middleware.Bearer(verify, nil)(aside(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			problem.Write(w, r, errSecret)
		}))))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-Request-Id", "id-1")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Body.String() != document(500) || w.Header().Get("Vary") != "Authorization" {
			t.Errorf("%s: %v %s", token, w.Header(), w.Body)
		}
		if line := log.access(t, "/", 1); line["error"] != errSecret.Error() {
			t.Errorf("%s: %s", token, log)
		}
	}
}

// What verify's error is made of does not decide the response, nor does the
// service's own mapping: it is about the service's records.
func TestBearerAloneJudgesTheToken(t *testing.T) {
	errNoRows := errors.New("no rows")
	seen := error(nil)
	chain := middleware.Problems(&middleware.ProblemsOptions{Map: func(err error) error {
		seen = err
		if errors.Is(err, errNoRows) {
			return problem.NotFound(err)
		}
		return nil
	}})
	for _, test := range []struct {
		err     error
		status  int
		isToken bool
	}{
		{errNoRows, 503, false},
		{fmt.Errorf("tokens: %w", errNoRows), 503, false},
		{errors.Join(middleware.ErrToken, errNoRows), 401, true},
		{problem.New(401, "the key server says"), 503, false},
		{context.DeadlineExceeded, 503, false},
		{&http.MaxBytesError{Limit: 1}, 503, false},
		{(*problem.Error)(nil), 503, false},
	} {
		h := chain(middleware.Bearer(func(context.Context, string) (context.Context, error) { return nil, test.err }, nil)(
			http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") })))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer x")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != test.status || strings.Contains(w.Body.String(), "key server") {
			t.Errorf("%v: %d %s, want %d", test.err, w.Code, w.Body, test.status)
		}
		if errors.Is(seen, middleware.ErrToken) != test.isToken {
			t.Errorf("%v: Map and the log get %v", test.err, seen)
		}
	}
}

func TestBearerMistakesPanicWhenTheChainIsBuilt(t *testing.T) {
	for name, build := range map[string]func(){
		"no verify":      func() { middleware.Bearer(nil, nil) },
		"line in realm":  func() { middleware.Bearer(verify, &middleware.BearerOptions{Realm: "a\r\nb"}) },
		"feed in realm":  func() { middleware.Bearer(verify, &middleware.BearerOptions{Realm: "a\nb"}) },
		"1f in realm":    func() { middleware.Bearer(verify, &middleware.BearerOptions{Realm: "a\x1fb"}) },
		"DEL in realm":   func() { middleware.Bearer(verify, &middleware.BearerOptions{Realm: "a\x7fb"}) },
		"no scope":       func() { middleware.RequireScope() },
		"empty scope":    func() { middleware.RequireScope("a", "") },
		"scope of two":   func() { middleware.RequireScope("a b") },
		"quote in scope": func() { middleware.RequireScope(`a"b`) },
		"slash in scope": func() { middleware.RequireScope(`a\b`) },
		"scope in Greek": func() { middleware.RequireScope("α") },
		"blank at first": func() { middleware.RequireScope(" a") },
		"DEL in scope":   func() { middleware.RequireScope("a\x7f") },
	} {
		func() {
			defer func() {
				if v, ok := recover().(string); !ok || !strings.HasPrefix(v, "middleware: ") {
					t.Errorf("%s: recovered %q", name, v)
				}
			}()
			build()
		}()
	}
	if !builds(func() { middleware.RequireScope("!#[]~") }) {
		t.Error("all the edges of a scope-token are no scope")
	}
}

// The realm is said as it was given, a tab and the ends of ASCII included, and
// "api" where none was.
func TestBearerRealm(t *testing.T) {
	for _, tt := range []struct {
		o    *middleware.BearerOptions
		want string
	}{
		{nil, `Bearer realm="api"`},
		{&middleware.BearerOptions{}, `Bearer realm="api"`},
		{&middleware.BearerOptions{Realm: "a\tb !~é"}, "Bearer realm=\"a\tb !~é\""},
	} {
		w := httptest.NewRecorder()
		middleware.Bearer(verify, tt.o)(http.HandlerFunc(whoami)).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if got := w.Header().Get("WWW-Authenticate"); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.o, got, tt.want)
		}
	}
}

// The options are read when the chain is built.
func TestBearerDoesNotKeepItsOptions(t *testing.T) {
	o := &middleware.BearerOptions{Realm: "one"}
	h := middleware.Bearer(verify, o)(http.HandlerFunc(whoami))
	o.Realm = "two"
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Header().Get("WWW-Authenticate"); got != `Bearer realm="one"` {
		t.Errorf("WWW-Authenticate: %s", got)
	}
}

// What is replaced in a text for the log: the token, as it is and
// percent-encoded, its segments, and the beginning of either.
func TestBearerRedactsTheToken(t *testing.T) {
	const long = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4"
	for _, tt := range []struct{ token, text, want string }{
		{"token-01", "cannot parse token-01", "cannot parse [token]"},
		{"token-01", "token-01token-01", "[token][token]"},
		{"token-01", "no", "no"},
		{"token", "cannot parse token", "cannot parse token"}, // too short to be a secret
		{"e", "every e in here", "every e in here"},
		{"abc+/def==", "GET /verify?t=abc%2B%2fdef%3D%3D: 404", "GET /verify?t=[token]: 404"},
		{"abc+/def==", "GET /verify?t=abc+%2Fdef==: 404", "GET /verify?t=[token]: 404"},
		{"abc+/def==", "100% abc", "100% abc"},
		{long, "token " + long + " is bad", "token [token] is bad"},
		{long, `segment "eyJzdWIiOiIxMjM0NTY3ODkwIn0" is bad`, `segment "[token]" is bad`},
		{long, "token eyJhbGciOiJub25lIn0.eyJz... is bad", "token [token]... is bad"},
		{long, "segment eyJzdWIiOiIxMjM0... is bad", "segment [token]... is bad"},
		{long, "eyJhbGciOiJub25", "eyJhbGciOiJub25"}, // 15 bytes
		{strings.Repeat("a", 1<<20), strings.Repeat(strings.Repeat("a", 15)+"b", 1<<14), strings.Repeat(strings.Repeat("a", 15)+"b", 1<<8)},
	} {
		for name, fail := range map[string]func() error{
			"another error":  func() error { return errors.New(tt.text) },
			"ErrToken":       func() error { return fmt.Errorf("%w: %s", middleware.ErrToken, tt.text) },
			"a problem":      func() error { return problem.New(400, tt.text) },
			"a panic":        func() error { panic(tt.text) },
			"a joined error": func() error { return errors.Join(errors.New(tt.text), middleware.ErrToken) },
		} {
			h, log := edge(middleware.Bearer(func(context.Context, string) (context.Context, error) {
				return nil, fail()
			}, nil)(http.NotFoundHandler()))
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Authorization", "Bearer "+tt.token)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if line := log.access(t, "/", 1); !strings.Contains(fmt.Sprint(line["error"]), tt.want) {
				t.Errorf("%.20s, %s: %.300q, want %.300q", tt.token, name, line["error"], tt.want)
			}
			if strings.Contains(tt.want, "[token]") && strings.Contains(log.String()+w.Body.String(), tt.token) {
				t.Errorf("%s: the token is in the log", name)
			}
		}
	}
}

// A 401 document from behind Bearer has the challenge, whoever makes it (RFC 9110
// §15.5.2), with the URL of the metadata where there is one (RFC 9728 §5.1), and no
// 401 names a scope.
func TestChallenge(t *testing.T) {
	const metadata = `Bearer realm="api", resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"`
	o := &middleware.BearerOptions{ResourceMetadata: "https://api.example.com/.well-known/oauth-protected-resource"}
	mux := http.NewServeMux()
	mux.HandleFunc("/bare", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) })
	mux.HandleFunc("/http-error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) })
	mux.Handle("/returned", problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return problem.New(401, "no") }))
	mux.Handle("/own", problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
		return &problem.Error{Status: 401, Header: http.Header{"Www-Authenticate": {`Step realm="x"`}}}
	}))
	mux.HandleFunc("/403", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) })
	h, _ := edge(middleware.Bearer(verify, o)(mux))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for path, want := range map[string]string{
			"/bare": metadata, "/http-error": metadata, "/returned": metadata, "/403": "", "/own": `Step realm="x"`,
		} {
			resp, _ := servertest.Do(t, s, "GET", path, "", "Authorization: Bearer "+goodToken)
			if got := strings.Join(resp.Header["Www-Authenticate"], "|"); got != want && !(path == "/own" && strings.HasPrefix(got, want)) {
				t.Errorf("%s: %d %q, want %q", path, resp.StatusCode, got, want)
			}
		}
		for token, want := range map[string]string{"": metadata, badToken: metadata + `, error="invalid_token"`} {
			var header []string
			if token != "" {
				header = append(header, "Authorization: Bearer "+token)
			}
			resp, _ := servertest.Do(t, s, "GET", "/bare", "", header...)
			if got := resp.Header.Get("Www-Authenticate"); resp.StatusCode != 401 || got != want {
				t.Errorf("%q: %d %q, want %q", token, resp.StatusCode, got, want)
			}
		}
	})
}
