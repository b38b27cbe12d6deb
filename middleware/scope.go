package middleware

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/problem"
)

type scopesKey struct{}

// WithScopes returns a copy of ctx with the scopes of the request's token, for
// Bearer's verify function. Each string is one scope or a list of scopes separated
// by blanks, as the scope claim of a token is. They take the place of scopes that
// ctx may have already.
func WithScopes(ctx context.Context, scopes ...string) context.Context {
	return context.WithValue(ctx, scopesKey{}, strings.Fields(strings.Join(scopes, " ")))
}

// ScopesFromContext returns the scopes of the request's token; ok is false where
// nobody has set them.
func ScopesFromContext(ctx context.Context) (scopes []string, ok bool) {
	scopes, ok = ctx.Value(scopesKey{}).([]string)
	return slices.Clone(scopes), ok
}

// withoutScopes keeps those of another token (of a request in which this one is
// dispatched, of a Bearer further out) from a token whose verify function sets
// none.
func withoutScopes(ctx context.Context) context.Context {
	if ctx.Value(scopesKey{}) == nil {
		return ctx
	}
	return WithScopes(ctx)
}

// RequireScope lets a request through whose token has all of the given scopes
// (RFC 6749 §3.3), and answers every other one 403 with WWW-Authenticate:
// error="insufficient_scope" and the needed scopes (RFC 6750 §3.1), which are
// the member "scopes" of the document, too. The token's scopes are those that
// Bearer's verify function put into the context with WithScopes; without any,
// the answer is 403. The realm is Bearer's.
//
// It panics without scopes, and if one is no scope-token (RFC 6749 §3.3).
func RequireScope(scopes ...string) func(http.Handler) http.Handler {
	if len(scopes) == 0 {
		panic("middleware: RequireScope without a scope")
	}
	for _, s := range scopes {
		if !isScope(s) {
			panic("middleware: RequireScope: no scope-token: " + s)
		}
	}
	needed := slices.Clone(scopes)
	parameters := `, error="insufficient_scope", scope="` + strings.Join(needed, " ") + `"`
	l := &layer.Layer{Name: "middleware.RequireScope", Kind: layer.Scope}
	l.Decide = func(x layer.Exchange) (*http.Request, error) {
		x.VaryAuthorization()
		held, _ := x.R.Context().Value(scopesKey{}).([]string)
		for _, s := range needed {
			if !slices.Contains(held, s) {
				return nil, insufficientScope(x.Info.Challenge.Get(), parameters, needed)
			}
		}
		return x.R, nil
	}
	return l.Middleware
}

func insufficientScope(challenge *string, parameters string, needed []string) error {
	if challenge == nil {
		usual := (*BearerOptions)(nil).challenge()
		challenge = &usual
	}
	e := problem.Types.InsufficientScope.Problem()
	e.Extensions = map[string]any{"scopes": slices.Clone(needed)}
	e.Header = http.Header{"Www-Authenticate": {*challenge + parameters}}
	return e
}

// isScope reports whether s is 1*( %x21 / %x23-5B / %x5D-7E ).
func isScope(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c == '"' || c == '\\' || c > '~' {
			return false
		}
	}
	return s != ""
}
