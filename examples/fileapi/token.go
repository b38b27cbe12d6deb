package main

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

const (
	issuer    = "fileapi"
	tokenLife = time.Hour
)

// claims are what a token says: who acts, for which tenants, and what it may do.
type claims struct {
	jwt.RegisteredClaims
	Tenants []string `json:"tenants"`
	Scope   string   `json:"scope"`
}

type claimsKey struct{}

func claimsOf(ctx context.Context) *claims {
	return ctx.Value(claimsKey{}).(*claims)
}

// clientOf is the client that acts in a request behind the bearer.
func clientOf(r *http.Request) string { return claimsOf(r.Context()).Subject }

// token is the endpoint of the client credentials grant (RFC 6749 §4.4).
func (s *service) token(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		e := oauthError(http.StatusBadRequest, "invalid_request", "the form cannot be read")
		e.Err = err
		return e
	}
	form := r.PostForm
	for _, values := range form {
		if len(values) > 1 { // RFC 6749 §3.2
			return oauthError(http.StatusBadRequest, "invalid_request", "a parameter is repeated")
		}
	}
	if !form.Has("grant_type") {
		return oauthError(http.StatusBadRequest, "invalid_request", "grant_type is missing")
	}
	c, ok := authenticate(credentials(r))
	if !ok {
		e := oauthError(http.StatusUnauthorized, "invalid_client", "the client or its secret is wrong")
		e.Header = http.Header{"Www-Authenticate": {`Basic realm="fileapi"`}}
		return e
	}
	if form.Get("grant_type") != "client_credentials" {
		return oauthError(http.StatusBadRequest, "unsupported_grant_type", "only client_credentials is supported")
	}
	if id := form.Get("tenant_id"); id != "" {
		if !slices.Contains(c.tenants, id) {
			return oauthError(http.StatusBadRequest, "invalid_request", "the client may not act for this tenant")
		}
		c.tenants = []string{id}
	}
	if asked := strings.Fields(form.Get("scope")); len(asked) > 0 {
		for _, scope := range asked {
			if !slices.Contains(c.scopes, scope) {
				return oauthError(http.StatusBadRequest, "invalid_scope", "the client may not have this scope")
			}
		}
		c.scopes = asked
	}
	signed, err := s.sign(c)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, map[string]any{
		"access_token": signed,
		"token_type":   "Bearer",
		"expires_in":   int(tokenLife.Seconds()),
		"scope":        strings.Join(c.scopes, " "),
	})
}

// credentials are those of the form, or those of the Authorization field, which encodes them as a form
// does (RFC 6749 §2.3.1).
func credentials(r *http.Request) (id, secret string) {
	id, secret, ok := r.BasicAuth()
	if !ok {
		return r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	id, errID := url.QueryUnescape(id)
	secret, errSecret := url.QueryUnescape(secret)
	if errors.Join(errID, errSecret) != nil {
		return "", ""
	}
	return id, secret
}

func (s *service) sign(c client) (string, error) {
	now := time.Now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer:    issuer,
			Subject:   c.id,
			ID:        uuid.NewString(),
			IssuedAt:  jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(tokenLife)),
		},
		Tenants: c.tenants,
		Scope:   strings.Join(c.scopes, " "),
	}).SignedString(s.key)
}

// verify is what the bearer middleware asks about every token.
func (s *service) verify(ctx context.Context, token string) (context.Context, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return s.key, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuer), jwt.WithExpirationRequired())
	if err != nil {
		return nil, errors.Join(middleware.ErrToken, err)
	}
	ctx = context.WithValue(ctx, claimsKey{}, &c)
	return middleware.WithScopes(ctx, strings.Fields(c.Scope)...), nil
}

// grants are the tenants that the token names.
func grants(r *http.Request) (tenant.Grants, error) {
	var g tenant.Grants
	for _, id := range claimsOf(r.Context()).Tenants {
		g.IDs = append(g.IDs, tenant.ID(id))
	}
	g.Multi = len(g.IDs) > 1
	return g, nil
}

// oauthError is a problem document with the members of RFC 6749 §5.2.
func oauthError(status int, code, description string) *problem.Error {
	e := problem.New(status, description)
	e.Extensions = map[string]any{"error": code, "error_description": description}
	return e
}

// mapTokenError gives those members to what the middleware before the endpoint refuses, too.
func mapTokenError(err error) error {
	e := problem.From(err)
	if e.Status >= 500 || e.Extensions["error"] != nil {
		return mapError(err)
	}
	mapped := *e
	mapped.Extensions = map[string]any{"error": "invalid_request", "error_description": cmp.Or(e.Detail, e.Title)}
	return &mapped
}

// tokenErrors makes client errors application/json, as RFC 6749 §5.2 wants them. Its readers look for
// error, and need not know the other members.
func tokenErrors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(tokenErrorWriter{w}, r)
	})
}

type tokenErrorWriter struct{ http.ResponseWriter }

func (w tokenErrorWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w tokenErrorWriter) WriteHeader(status int) {
	if status >= 400 && status < 500 {
		w.Header().Set("Content-Type", "application/json")
	}
	w.ResponseWriter.WriteHeader(status)
}
