package middleware_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
)

// scopesOf is a verify function for tokens that are their scopes, joined by
// "+"; "-" has none, and says nothing of it.
func scopesOf(ctx context.Context, token string) (context.Context, error) {
	if token == "-" {
		return ctx, nil
	}
	return middleware.WithScopes(ctx, strings.Split(token, "+")...), nil
}

func noContent(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestRequireScope(t *testing.T) {
	needed := []string{"files.read", "files.write"}
	scope := middleware.RequireScope(needed...)
	needed[0] = "changed" // too late
	bearer := middleware.Bearer(scopesOf, &middleware.BearerOptions{Realm: "files"})
	h, _ := edge(bearer(scope(http.HandlerFunc(noContent))))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, test := range []struct {
			token  string
			status int
		}{
			{"files.read+files.write", 204},
			{"files.write+x+files.read", 204},
			{"files.read", 403},
			{"files.write+files.write", 403},
			{"FILES.READ+files.write", 403},
			{"files+read+write", 403},
			{"-", 403},
		} {
			resp, body := servertest.Do(t, s, "POST", "/", "", "X-Request-Id: id-1", "Authorization: Bearer "+test.token)
			if resp.StatusCode != test.status {
				t.Errorf("%s: %d, want %d", test.token, resp.StatusCode, test.status)
			}
			if test.status != 403 {
				continue
			}
			header := `Cache-Control: no-store
Content-Type: application/problem+json
Vary: Authorization
Www-Authenticate: Bearer realm="files", error="insufficient_scope", scope="files.read files.write"
X-Content-Type-Options: nosniff
X-Request-Id: id-1
`
			if got := servertest.Header(resp, "Content-Length"); got != header {
				t.Errorf("%s: header\n%s, want\n%s", test.token, got, header)
			}
			want := `{"type":"/problems/insufficient-scope","title":"Insufficient scope","status":403,"detail":"The token does not have the scopes that this needs.","requestId":"id-1","scopes":["files.read","files.write"]}`
			if body != want {
				t.Errorf("%s: %s, want %s", test.token, body, want)
			}
		}
	})
}

// Without a Bearer in front of it nobody has a scope.
func TestRequireScopeAlone(t *testing.T) {
	w := httptest.NewRecorder()
	middleware.RequireScope("files.read")(http.HandlerFunc(noContent)).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Header().Get("WWW-Authenticate"); w.Code != 403 || got != `Bearer realm="api", error="insufficient_scope", scope="files.read"` {
		t.Errorf("%d %s", w.Code, got)
	}
	if got := w.Header().Get("Vary"); got != "Authorization" {
		t.Errorf("Vary: %q", got)
	}
}

// A request that a handler dispatches with another token has that token's
// scopes, and none of those of the request around it.
func TestScopesAreTheLastTokens(t *testing.T) {
	bearer := middleware.Bearer(scopesOf, nil)
	scoped := bearer(middleware.RequireScope("files.read")(http.HandlerFunc(noContent)))
	batch := bearer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner := r.Clone(r.Context())
		inner.Header.Set("Authorization", "Bearer "+r.Header.Get("Inner"))
		answer := httptest.NewRecorder()
		scoped.ServeHTTP(answer, inner)
		w.WriteHeader(answer.Code)
	}))
	for token, want := range map[string]int{"files.read": 204, "-": 403, "files.write": 403} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Authorization", "Bearer files.read")
		r.Header.Set("Inner", token)
		w := httptest.NewRecorder()
		batch.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%s within files.read: %d, want %d", token, w.Code, want)
		}
	}
}

func TestWithScopesKeepsNoSlice(t *testing.T) {
	scopes := []string{"files.read"}
	ctx := middleware.WithScopes(context.Background(), scopes...)
	scopes[0] = "changed"
	w := httptest.NewRecorder()
	middleware.RequireScope("files.read")(http.HandlerFunc(noContent)).
		ServeHTTP(w, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if w.Code != 204 {
		t.Errorf("%d, want 204", w.Code)
	}
}
