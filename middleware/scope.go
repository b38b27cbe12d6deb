package middleware

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/problem"
)

const scopesKey = request.Key("scopes")

// WithScopes returns a copy of ctx with the scopes of the request's token, for a [Verify]
// function. Each string is a scope, or several separated by spaces, as in the scope claim
// of a token. They replace the scopes of ctx.
func WithScopes(ctx context.Context, scopes ...string) context.Context {
	return context.WithValue(ctx, scopesKey, strings.Fields(strings.Join(scopes, " ")))
}

// ScopesFromContext returns the scopes of the request's token. ok is false if [WithScopes]
// has not set them.
func ScopesFromContext(ctx context.Context) (scopes []string, ok bool) {
	scopes, ok = ctx.Value(scopesKey).([]string)
	return slices.Clone(scopes), ok
}

// withoutScopes returns ctx without scopes. They may be those of another token: of a
// Bearer further out, or of the request in which this one is dispatched.
func withoutScopes(ctx context.Context) context.Context {
	if ctx.Value(scopesKey) == nil {
		return ctx
	}
	return WithScopes(ctx)
}

// RequireScope refuses a request whose token does not have all of the given scopes (RFC
// 6749 §3.3) with 403. WWW-Authenticate has error="insufficient_scope" and the needed
// scopes (RFC 6750 §3.1), which are also the member "scopes" of the document. The scopes
// of the token are those of [WithScopes]. The realm is that of the Bearer further out.
//
// It panics if scopes is empty, or if one is no scope-token (RFC 6749 §3.3).
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
		granted, _ := x.R.Context().Value(scopesKey).([]string)
		for _, s := range needed {
			if !slices.Contains(granted, s) {
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
