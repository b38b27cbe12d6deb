package main

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

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
