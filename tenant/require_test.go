package tenant_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// The columns of the table: what a request sends to name the tenant.
var columns = []struct {
	name   string
	values []string
}{
	{"none", nil},
	{"a", []string{"a"}},
	{"c", []string{"c"}},
	{"unknown", []string{"zz9"}},
	{"case", []string{"A"}},
	{"spaced", []string{"  a "}},
	{"twice", []string{"a", "a"}},
	{"list", []string{"a, c"}},
	{"empty", []string{""}},
	{"long", []string{strings.Repeat("x", 65)}},
	{"bad", []string{"a b"}},
}

// The table: kind of token × header. A small letter is the tenant that the
// request acts for; the others are in answers.
const table = `
token                                none a   c   unknown case spaced twice list empty long bad
-                                    U    U   U   U       U    U      U     U    U     U    U
token-that-nobody-knows              I    I   I   I       I    I      I     I    I     I    I
token-while-the-key-server-is-down   K    K   K   K       K    K      K     K    K     K    K
token-whose-grants-fail              E    E   E   E       E    E      E     E    E     E    E
token-of-one                         a    a   N   N       N    a      M     M    M     M    M
token-of-one-twice                   a    a   N   N       N    a      M     M    M     M    M
token-of-several                     R    a   c   N       N    a      M     M    M     M    M
token-multi                          R    a   c   N       N    a      M     M    M     M    M
token-multi-of-one                   R    a   N   N       N    a      M     M    M     M    M
token-of-none                        N    N   N   N       N    N      M     M    M     M    M
token-of-none-multi                  N    N   N   N       N    N      M     M    M     M    M
token-of-the-empty                   N    N   N   N       N    N      M     M    M     M    M
token-of-a-and-empty                 R    a   N   N       N    a      M     M    M     M    M
token-of-no-id                       N    N   N   N       N    N      M     M    M     M    M
`

type answer struct {
	status int
	typ    string
	header string // beyond what all errors have
	log    string // is in the access line's error
}

var answers = map[string]answer{
	"U": {401, "/problems/token-required", `Www-Authenticate: Bearer realm="api"`, "needs a bearer token"},
	"I": {401, "/problems/token-invalid", `Www-Authenticate: Bearer realm="api", error="invalid_token"`, "invalid token: unknown"},
	"K": {503, "about:blank", "Retry-After: 5", "connection refused"},
	"E": {500, "about:blank", "", errGrants.Error()},
	"N": {403, "/problems/tenant-not-granted", "", "tenant: not granted: "},
	"R": {400, "/problems/tenant-required", "", "tenant: no X-Raet-Tenant-Id: "},
	"M": {400, "/problems/tenant-malformed", "", "tenant: X-Raet-Tenant-Id has "},
}

func TestTable(t *testing.T) {
	h, l := serve(nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := tenant.FromContext(r.Context())
		zerolog.Ctx(r.Context()).Info().Msg("at work")
		_, _ = io.WriteString(w, string(id))
	}))
	rows := strings.Split(strings.TrimSpace(table), "\n")
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for i, row := range rows[1:] {
			cells := strings.Fields(row)
			for j, want := range cells[1:] {
				token, column := cells[0], columns[j]
				id := fmt.Sprint(t.Name(), i, "-", j)
				t.Run(token+"/"+column.name, func(t *testing.T) {
					check(t, s, l, id, token, column.values, want)
				})
			}
		}
	})
	for token := range tokens {
		if strings.Contains(l.String(), token) {
			t.Errorf("%s is in the log", token)
		}
	}
}

// check sends one request of the table and looks at all that comes of it.
func check(t *testing.T, s *httptest.Server, l *logs, id, token string, values []string, want string) {
	send := []string{"X-Request-Id: " + id}
	if token != "-" {
		send = append(send, "Authorization: bEARER "+token)
	}
	for _, v := range values {
		send = append(send, "x-rAET-tenant-id: "+v)
	}
	resp, body := servertest.Do(t, s, "GET", "/", "", send...)
	got, logged := servertest.Header(resp, "Content-Length"), l.lines(t, id)
	access := logged[len(logged)-1]
	vary := "Vary: X-Raet-Tenant-Id, Authorization\n"
	if strings.Contains("UIK", want) {
		vary = "Vary: Authorization\n" // the token is refused before a tenant counts
	}

	refused, isRefusal := answers[want]
	if !isRefusal {
		header := "Cache-Control: private, no-cache\nContent-Type: text/plain; charset=utf-8\n" + vary + "X-Request-Id: " + id + "\n"
		if resp.StatusCode != 200 || body != want || got != header {
			t.Errorf("%d %q\n%s, want %s", resp.StatusCode, body, got, want)
		}
		if len(logged) != 2 || logged[0]["message"] != "at work" || logged[0]["tenant"] != want || access["tenant"] != want {
			t.Errorf("the log says %v", logged)
		}
		return
	}

	header := "Cache-Control: no-store\nContent-Type: application/problem+json\n"
	if strings.HasPrefix(refused.header, "R") {
		header += refused.header + "\n"
	}
	header += vary
	if strings.HasPrefix(refused.header, "W") {
		header += refused.header + "\n"
	}
	header += "X-Content-Type-Options: nosniff\nX-Request-Id: " + id + "\n"
	var doc struct {
		Type, RequestID string
		Status          int
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if resp.StatusCode != refused.status || doc.Status != refused.status || doc.Type != refused.typ || doc.RequestID != id || got != header {
		t.Errorf("%d %s\n%s, want %+v\n%s", resp.StatusCode, body, got, refused, header)
	}
	cause, _ := access["error"].(string)
	if len(logged) != 1 || access["tenant"] != nil || !strings.Contains(cause, refused.log) {
		t.Errorf("the log says %v, want %q", logged, refused.log)
	}
	for _, v := range values {
		v = strings.TrimSpace(v)
		if asked := fmt.Sprintf("not granted: %q", v); want == "N" && !strings.Contains(cause, asked) {
			t.Errorf("the log says %q, but not what was asked for, %s", cause, asked)
		}
		if len(v) > 3 && strings.Contains(body, v) {
			t.Errorf("%s echoes %q", body, v)
		}
		if len(v) > 64 && strings.Contains(access["error"].(string), v) {
			t.Errorf("the log has all of %d bytes", len(v))
		}
	}
	if strings.Contains(body, token) && token != "-" {
		t.Errorf("%s has the token", body)
	}
}

func TestHide(t *testing.T) {
	h, _ := serve(&tenant.Options{Hide: true}, http.NotFoundHandler())
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, test := range []struct {
			token, asked string
			status       int
		}{
			{"token-of-one", "b", 404},
			{"token-of-one", "a", 404}, // by the handler
			{"token-of-none", "", 404},
			{"token-of-none", "a", 404},
			{"token-of-no-id", "", 404},
			{"token-of-several", "", 400},
			{"token-of-several", "a,c", 400},
		} {
			send := []string{"X-Request-Id: id-1", "Authorization: Bearer " + test.token}
			if test.asked != "" {
				send = append(send, "X-Raet-Tenant-Id: "+test.asked)
			}
			resp, body := servertest.Do(t, s, "GET", "/", "", send...)
			if resp.StatusCode != test.status {
				t.Errorf("%v: %d, want %d", test, resp.StatusCode, test.status)
			}
			if want := `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing here for this request.","requestId":"id-1"}`; test.status == 404 && body != want {
				t.Errorf("%v: %s", test, body)
			}
		}
	})
}

// The error of grants is the response.
func TestErrorsOfGrants(t *testing.T) {
	for _, test := range []struct {
		err    error
		status int
	}{
		{errGrants, 500},
		{problem.Unavailable(0, errGrants), 503},
		{fmt.Errorf("wrapped: %w", problem.New(403, "The contract has ended.")), 403},
	} {
		h := tenant.Require(func(*http.Request) (tenant.Grants, error) {
			return tenant.Grants{IDs: []tenant.ID{"a"}}, test.err
		}, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") }))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != test.status || w.Header().Get("Vary") != "X-Raet-Tenant-Id, Authorization" || strings.Contains(w.Body.String(), "directory") {
			t.Errorf("%v: %d %v %s", test.err, w.Code, w.Header(), w.Body)
		}
	}
}

// A nil *problem.Error is no error.
func TestNilErrorOfGrants(t *testing.T) {
	h := tenant.Require(func(*http.Request) (tenant.Grants, error) {
		var none *problem.Error
		return tenant.Grants{IDs: []tenant.ID{"a"}}, none
	}, nil)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Two services in one process have two names for it, and two rules.
func TestOptions(t *testing.T) {
	numbers := func(s string) bool { return strings.Trim(s, "0123456789 ,") == "" }
	first, _ := serve(nil, http.HandlerFunc(echo))
	options := &tenant.Options{Header: "x-customer", Valid: numbers}
	second, _ := serve(options, http.HandlerFunc(echo))
	options.Header, options.Hide, options.Valid = "X-Other", true, nil // too late
	tokens["token-of-numbers"] = tenant.Grants{IDs: []tenant.ID{"1 2", "3,4", tenant.ID(strings.Repeat("5", 100))}}
	tokens["token-of-list"] = tenant.Grants{IDs: []tenant.ID{"3,4"}}
	defer delete(tokens, "token-of-numbers")
	defer delete(tokens, "token-of-list")

	for _, test := range []struct {
		service             http.Handler
		token, header, want string
	}{
		{first, "several", "X-Raet-Tenant-Id: c", "200 c"},
		{first, "several", "X-Customer: c", "400 /problems/tenant-required"},
		{first, "numbers", "X-Raet-Tenant-Id: 1 2", "400 /problems/tenant-malformed"},
		{second, "several", "X-Raet-Tenant-Id: c", "400 /problems/tenant-required"},
		{second, "numbers", "X-CUSTOMER: 1 2", "200 1 2"},
		{second, "numbers", "X-Customer: " + strings.Repeat("5", 100), "200 " + strings.Repeat("5", 100)},
		{second, "numbers", "X-Customer: 3,4", "400 /problems/tenant-malformed"}, // a list under any rule
		{second, "numbers", "X-Customer: ,7", "400 /problems/tenant-malformed"},
		{second, "numbers", "X-Customer:", "400 /problems/tenant-malformed"},
		{second, "numbers", "X-Customer: c", "400 /problems/tenant-malformed"},
		{second, "numbers", "X-Customer: 7", "403 /problems/tenant-not-granted"},
		{second, "list", "X-None: c", "403 /problems/tenant-not-granted"},      // a list here, too
		{second, "one", "X-None: c", "403 /problems/tenant-not-granted"},       // "a" is no id by this rule
		{second, "the-empty", "X-None: c", "403 /problems/tenant-not-granted"}, // nor is "" by any
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer token-of-"+test.token)
		name, value, _ := strings.Cut(test.header, ":")
		r.Header.Set(name, strings.TrimSpace(value))
		w := httptest.NewRecorder()
		test.service.ServeHTTP(w, r)
		got := fmt.Sprint(w.Code, " ", w.Body)
		if w.Code >= 400 {
			var p *problem.Error
			if errors.As(problem.FromResponse(w.Result()), &p) {
				got = fmt.Sprint(w.Code, " ", p.Type)
			}
		}
		if got != test.want {
			t.Errorf("%s with %s: %s, want %s", test.header, test.token, got, test.want)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer token-of-several")
	second.ServeHTTP(w, r)
	if vary := w.Header()["Vary"]; len(vary) != 1 || vary[0] != "X-Customer, Authorization" || !strings.Contains(w.Body.String(), "X-Customer") {
		t.Errorf("Vary: %q, %s", vary, w.Body)
	}
}

// echo answers with the tenant.
func echo(w http.ResponseWriter, r *http.Request) {
	id, ok := tenant.FromContext(r.Context())
	if !ok {
		id = "nobody"
	}
	_, _ = io.WriteString(w, string(id))
}

func TestMistakesPanicWhenTheChainIsBuilt(t *testing.T) {
	for name, build := range map[string]func(){
		"nil grants":   func() { tenant.Require(nil, nil) },
		"header blank": func() { tenant.Require(grants, &tenant.Options{Header: "X Tenant"}) },
		"header colon": func() { tenant.Require(grants, &tenant.Options{Header: "X-Tenant:"}) },
		// net/http keeps these elsewhere than in the header.
		"Host":              func() { tenant.Require(grants, &tenant.Options{Header: "Host"}) },
		"host":              func() { tenant.Require(grants, &tenant.Options{Header: "host"}) },
		"Transfer-Encoding": func() { tenant.Require(grants, &tenant.Options{Header: "Transfer-Encoding"}) },
		"Trailer":           func() { tenant.Require(grants, &tenant.Options{Header: "Trailer"}) },
		"Content-Length":    func() { tenant.Require(grants, &tenant.Options{Header: "content-length"}) },
	} {
		func() {
			defer func() {
				if v, ok := recover().(string); !ok || !strings.HasPrefix(v, "tenant: ") {
					t.Errorf("%s: recovered %q", name, v)
				}
			}()
			build()
		}()
	}
}
