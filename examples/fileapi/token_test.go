//go:build unix

package main

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
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

// A client says once who it is (RFC 6749 §2.3), and gets each scope once however often it asks.
func TestTokenRequests(t *testing.T) {
	base := serve(t)
	const basic = "Authorization: Basic ZGVtby1zaW5nbGU6c2luZ2xlLXNlY3JldA==" // demo-single:single-secret
	form := func(more string) string { return "grant_type=client_credentials&" + more }
	scopes := url.QueryEscape(strings.Repeat(scopeUpload+" "+scopeList+" ", 100) + "  ")
	for _, test := range []struct {
		name, body string
		fields     []string
		status     int
		says       string
	}{
		{"Basic", form(""), []string{basic}, 200, `"scope":"` + scopeList + " " + scopeUpload + `"`},
		{"Basic and the same client_id", form("client_id=demo-single"), []string{basic}, 200, ""},
		{"Basic and an empty secret", form("client_secret="), []string{basic}, 200, ""}, // as if not sent (§3.1)
		{"Basic and another client_id", form("client_id=demo-multi"), []string{basic}, 400, "invalid_request"},
		{"Basic and the same secret", form("client_id=demo-single&client_secret=single-secret"), []string{basic}, 400, "invalid_request"},
		{"Basic and another's", form("client_id=demo-multi&client_secret=multi-secret"), []string{basic}, 400, "invalid_request"},
		{"Basic and a secret", form("client_secret=single-secret"), []string{basic}, 400, "invalid_request"},
		{"Basic that cannot be read, and a form", form("client_id=demo-single&client_secret=single-secret"), []string{"Authorization: Basic %"}, 400, "invalid_request"},
		{"Bearer and a form", form("client_id=demo-single&client_secret=single-secret"), []string{"Authorization: Bearer x"}, 400, "invalid_request"},
		{"Basic twice", form(""), []string{basic, basic}, 400, "invalid_request"},
		{"Bearer", form(""), []string{"Authorization: Bearer x"}, 401, "invalid_client"},
		{"scopes again and again", form("scope=" + scopes), []string{basic}, 200, `"scope":"` + scopeUpload + " " + scopeList + `"`},
		{"no scope", form("scope="), []string{basic}, 200, `"scope":"` + scopeList + " " + scopeUpload + `"`},
		{"one that is not granted among many", form("scope=" + scopes + "+x"), []string{basic}, 400, "invalid_scope"},
	} {
		a := caller{base: base}.do(t, "POST", tokenPath, test.body,
			append(test.fields, "Content-Type: application/x-www-form-urlencoded", "Cache-Control: no-cache")...)
		if a.status != test.status || !strings.Contains(a.body, test.says) || a.status == 400 && a.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: %d %v %s", test.name, a.status, a.header, a.body)
		}
		if a.status == http.StatusOK && len(a.json(t, "access_token").(string)) > 1000 {
			t.Errorf("%s: a token of %d bytes", test.name, len(a.json(t, "access_token").(string)))
		}
	}
}
