//go:build unix

package main

import (
	"errors"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/apiconventions/apiconventions/middleware"
)

// A token that this service did not make just so is the token's fault, and not good.
func TestForgedTokens(t *testing.T) {
	s := &service{key: []byte("the key of the service, 32 bytes")}
	in := func(d time.Duration) *jwt.NumericDate { return jwt.NewNumericDate(time.Now().Add(d)) }
	for name, forge := range map[string]func() (string, error){
		"good": func() (string, error) { return s.sign(demoClients[0]) },
		"other key": func() (string, error) {
			return (&service{key: []byte("another")}).sign(demoClients[0])
		},
		"other issuer": func() (string, error) {
			return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": "x", "exp": in(time.Hour)}).SignedString(s.key)
		},
		"other method": func() (string, error) {
			return jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{"iss": issuer, "exp": in(time.Hour)}).SignedString(s.key)
		},
		"unsigned": func() (string, error) {
			return jwt.NewWithClaims(jwt.SigningMethodNone, jwt.MapClaims{"iss": issuer, "exp": in(time.Hour)}).SignedString(jwt.UnsafeAllowNoneSignatureType)
		},
		"expired": func() (string, error) {
			return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": issuer, "exp": in(-time.Second)}).SignedString(s.key)
		},
		"without end": func() (string, error) {
			return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": issuer}).SignedString(s.key)
		},
		"no token": func() (string, error) { return "x", nil },
	} {
		token, err := forge()
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.verify(t.Context(), token)
		if (err == nil) != (name == "good") || err != nil && !errors.Is(err, middleware.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
