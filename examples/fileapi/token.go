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
	if form.Get("grant_type") == "" { // sent without a value is not sent (RFC 6749 §3.1)
		return oauthError(http.StatusBadRequest, "invalid_request", "grant_type is missing")
	}
	if ambiguous(r) {
		return oauthError(http.StatusBadRequest, "invalid_request", "the client must identify itself in one way")
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
		granted := make([]string, 0, len(c.scopes))
		for _, scope := range asked {
			if !slices.Contains(c.scopes, scope) {
				return oauthError(http.StatusBadRequest, "invalid_scope", "the client may not have this scope")
			}
			if !slices.Contains(granted, scope) {
				granted = append(granted, scope)
			}
		}
		c.scopes = granted
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

// ambiguous reports whether a client says who it is in more than one way (RFC 6749 §2.3). The same client_id
// beside an Authorization field is none (§3.2.1).
func ambiguous(r *http.Request) bool {
	fields := r.Header["Authorization"]
	if len(fields) == 0 {
		return false
	}
	id, _ := credentials(r)
	named := r.PostForm.Get("client_id")
	return len(fields) > 1 || r.PostForm.Get("client_secret") != "" || named != "" && named != id
}

// credentials are those of the form, or those of the Authorization field, which encodes them as a form
// does (RFC 6749 §2.3.1).
func credentials(r *http.Request) (id, secret string) {
	// White space around a value is no part of it (RFC 9110 §5.5); net/http leaves it on HTTP/2.
	trimmed := http.Request{Header: http.Header{"Authorization": {strings.Trim(r.Header.Get("Authorization"), " \t")}}}
	id, secret, ok := trimmed.BasicAuth()
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
