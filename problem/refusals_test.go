package problem_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// refusing is a service that refuses requests in each way that the module has.
func refusing() http.Handler {
	verify := func(ctx context.Context, token string) (context.Context, error) {
		if token != "token" {
			return nil, middleware.ErrToken
		}
		return middleware.WithScopes(ctx, "read"), nil
	}
	grants := func(r *http.Request) (tenant.Grants, error) {
		if r.URL.Path == "/many" {
			return tenant.Grants{IDs: []tenant.ID{"a", "b"}, Multi: true}, nil
		}
		return tenant.Grants{IDs: []tenant.ID{"a"}}, nil
	}
	state := func(r *http.Request) (etag.State, error) {
		return etag.State{Tag: etag.Version(7), Made: &etag.Change{Key: etag.Key(r.Context())}}, nil
	}
	caller := func(*http.Request) string { return "ada" }
	read := problem.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error {
		return problem.ReadJSON(r, new(struct{ A int }))
	})
	tenants := alice.New(middleware.BodyLimit(20), middleware.Bearer(verify, nil), tenant.Require(grants, nil))
	mux := http.NewServeMux()
	mux.Handle("/many", tenants.Then(read))
	mux.Handle("/scope", tenants.Append(middleware.RequireScope("write")).Then(read))
	mux.Handle("/record", tenants.Append(middleware.ContentType("application/json", "multipart/form-data"), middleware.Accept("text/csv"),
		etag.Guard(state, &etag.Options{Required: true, Caller: caller})).Then(read))
	mux.Handle("/keyed", etag.Guard(state, &etag.Options{KeyRequired: true, Caller: caller})(read))
	mux.Handle("/token", middleware.RequireNoCache(read))
	mux.Handle("/problems/", problem.Pages(""))
	return middleware.Default(zerolog.Nop(), nil).Then(mux)
}

// What the module refuses has the members and header fields that the catalogue, and
// so the pages and the OpenAPI components, describe, and no others.
func TestRefusalsAreAsInTheCatalogue(t *testing.T) {
	const (
		token    = "Authorization: Bearer token"
		isJSON   = "Content-Type: application/json"
		isText   = "Content-Type: text/plain"
		standard = "type title status detail instance requestId"
		every    = "Date Content-Type Content-Length Connection X-Request-Id Cache-Control Pragma X-Content-Type-Options Vary"
	)
	servertest.Both(t, refusing(), func(t *testing.T, s *httptest.Server) {
		unseen := make(map[string]*problem.Type)
		types := reflect.ValueOf(problem.Types)
		for i := range types.NumField() {
			typ := types.Field(i).Interface().(*problem.Type)
			unseen[typ.Slug] = typ
		}
		known := make(map[string]*problem.Type)
		for _, tt := range []struct {
			method, path, body string
			header             []string
		}{
			{"GET", "/record", "", nil},
			{"GET", "/record", "", []string{"Authorization: Bearer another"}},
			{"GET", "/record", "", []string{"Authorization: Bearer ?"}},
			{"GET", "/many", "", []string{token}},
			{"GET", "/many", "", []string{token, "X-Raet-Tenant-Id: a, b"}},
			{"GET", "/many", "", []string{token, "X-Raet-Tenant-Id: c"}},
			{"GET", "/scope", "", []string{token}},
			{"GET", "/record", "", []string{token, "Accept: image/png"}},
			{"PUT", "/record", "{}", []string{token, isText}},
			{"PATCH", "/record", "{}", []string{token, isText}},
			{"QUERY", "/record", "{}", []string{token, isText}},
			{"QUERY", "/record", "{}", []string{token}},
			{"PUT", "/record", "{}", []string{token, isJSON, "Content-Encoding: gzip"}},
			{"PUT", "/record", "{}", []string{token, "Content-Type: multipart/form-data"}},
			{"PUT", "/record", "{}", []string{token, isJSON}},
			{"PUT", "/record", "{}", []string{token, isJSON, `If-Match: "6"`}},
			{"PUT", "/record", "{}", []string{token, isJSON, `If-Match: 6`}},
			{"PUT", "/record", "{}", []string{token, isJSON, `If-None-Match: *`}},
			{"GET", "/record", "", []string{token, `If-Match: "6"`}},
			{"PUT", "/record", `{"A":"x"}`, []string{token, isJSON, `If-Match: *`}},
			{"PUT", "/record", strings.Repeat("x", 21), []string{token, isJSON}},
			{"PUT", "/record", "{}", []string{token, isJSON, `If-Match: *`, "Idempotency-Key: a b"}},
			{"PUT", "/record", "{}", []string{token, isJSON, `If-Match: *`, "Idempotency-Key: k"}},
			{"PUT", "/keyed", "{}", nil},
			{"POST", "/token", "", nil},
			{"GET", "/problems/", "", []string{"Accept: image/png"}},
			{"GET", "/problems/", "", []string{`If-Match: "x"`}},
		} {
			resp, body := servertest.Do(t, s, tt.method, tt.path, tt.body, tt.header...)
			var members map[string]any
			if err := json.Unmarshal([]byte(body), &members); err != nil {
				t.Fatalf("%v: %d %s", tt, resp.StatusCode, body)
			}
			name, _ := members["type"].(string)
			slug := strings.TrimPrefix(name, "/problems/")
			if typ := unseen[slug]; typ != nil {
				known[slug] = typ
				delete(unseen, slug)
			}
			typ := known[slug]
			if typ == nil {
				t.Errorf("%v: %d %s", tt, resp.StatusCode, body)
				continue
			}
			describes := func(list []problem.Member, name string) bool {
				return slices.ContainsFunc(list, func(m problem.Member) bool { return strings.EqualFold(m.Name, name) })
			}
			for member := range members {
				if !strings.Contains(standard, member) && !describes(typ.Members, member) {
					t.Errorf("%v: %s has the member %s", tt, slug, member)
				}
			}
			for field := range resp.Header {
				if !strings.Contains(every, field) && !describes(typ.Header, field) {
					t.Errorf("%v: %s has the field %s", tt, slug, field)
				}
			}
		}
		for slug := range unseen {
			t.Errorf("no refusal is %s", slug)
		}
	})
}
