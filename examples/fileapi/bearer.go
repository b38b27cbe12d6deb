package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/apiconventions/apiconventions/middleware"
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
