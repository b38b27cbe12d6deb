package middleware

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apiconventions/apiconventions/internal/cause"
	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// ErrToken is what Bearer's verify function wraps when the token is at fault:
// bad, expired, revoked, or not for this service.
var ErrToken = errors.New("invalid token")

// BearerOptions configure Bearer. The zero value, like nil, is the house rule.
// They are read when the chain is built and not kept.
type BearerOptions struct {
	// Realm names the protection space in the challenge (RFC 9110 §11.5). "" is
	// "api".
	Realm string
}

// Bearer lets a request through that has a valid bearer token (RFC 6750 §2.1)
// in its Authorization field; a token in a form or in the query (§2.2, §2.3) is
// none. The scheme is Bearer in any case, the token is what §2.1 calls a
// b64token.
//
// verify gets the request's context and the token, and returns the context for
// the request: the given one, or one made from it, with who the token belongs to
// (and WithScopes). It must be safe for concurrent use, must not write the
// token anywhere, and must not cancel the context that it returns.
//
//	no field, or another scheme            401, and no error code (§3.1)
//	several fields, or no b64token in it   400 invalid-request, error="invalid_request"
//	verify's error wraps ErrToken          401, error="invalid_token"
//	any other error of verify              503 with Retry-After, that of a 503 which verify returned if it has one
//
// All but the last have WWW-Authenticate with the realm. Any other error is a
// 503 whatever it is: that the key server is down, or answers 404, says nothing
// about the token, so neither problem.From nor the service's Map is asked about
// it. In all texts that go to the log the token is struck out, for errors of
// HTTP clients and of token parsers like to quote it; it is in no document.
//
// Every answer has Authorization in Vary, unless the handler says public. It
// panics if verify is nil or Realm has control characters.
func Bearer(verify func(context.Context, string) (context.Context, error), o *BearerOptions) func(http.Handler) http.Handler {
	if verify == nil {
		panic("middleware: Bearer without a verify function")
	}
	realm := defaultRealm
	if o != nil && o.Realm != "" {
		realm = o.Realm
	}
	challenge := "Bearer realm=" + quote(realm)
	missing, garbled := missingToken(challenge), garbledToken(challenge)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			x := response.Enter(w, r)
			x.VaryAuthorization()
			x.State.Challenge = challenge

			token, form := bearerToken(r.Header["Authorization"])
			switch form {
			case none:
				problem.Write(x.W, x.R, missing)
				return
			case malformed:
				problem.Write(x.W, x.R, garbled)
				return
			}
			ctx, err := verify(withoutScopes(x.R.Context()), token)
			switch {
			case err != nil:
				problem.Write(x.W, x.R, tokenRefusal(err, token, challenge))
				return
			case ctx == nil:
				problem.Write(x.W, x.R, errors.New("middleware: Bearer's verify function returned no context"))
				return
			}
			if request.From(ctx) != &x.State {
				// Not made from the given one. What the layers know is kept; the
				// client's cancellation and net/http's own values are lost.
				ctx = response.Attach(ctx, x.Writer)
			}
			x.R = x.R.WithContext(ctx)
			x.Serve(next)
		})
	}
}

// defaultRealm is there because a challenge must have a parameter (RFC 6750 §3).
const defaultRealm = "api"

// form is what a request's Authorization is to Bearer.
type form int

const (
	wellFormed form = iota
	none            // no field, or another scheme
	malformed
)

// bearerToken reads credentials = "Bearer" 1*SP b64token (RFC 6750 §2.1). The
// scheme may be in any case (RFC 9110 §11.1).
func bearerToken(lines []string) (token string, f form) {
	switch len(lines) {
	case 0:
		return "", none
	case 1:
	default:
		return "", malformed // not a list field: RFC 9110 §5.3
	}
	const scheme = "Bearer"
	field := header.Trim(lines[0])
	end := 0
	for end < len(field) && header.IsTokenByte(field[end]) {
		end++
	}
	if !header.EqualFold(field[:end], scheme) {
		return "", none
	}
	token = strings.TrimLeft(field[end:], " ")
	if len(token) == len(field)-end || !isB64Token(token) {
		return "", malformed
	}
	return token, wellFormed
}

// isB64Token reports whether s is 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" /
// "+" / "/" ) *"=" (RFC 6750 §2.1).
func isB64Token(s string) bool {
	s = strings.TrimRight(s, "=")
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '.', c == '_', c == '~', c == '+', c == '/':
		default:
			return false
		}
	}
	return s != ""
}

// missingToken has no error code: the client may not know that it has to
// authenticate (RFC 6750 §3.1).
func missingToken(challenge string) error {
	return problem.Prepare(&problem.Error{
		Status: http.StatusUnauthorized,
		Detail: "This needs a bearer token.",
		Header: http.Header{"Www-Authenticate": {challenge}},
	})
}

func garbledToken(challenge string) error {
	return problem.Prepare(&problem.Error{
		Status: http.StatusBadRequest,
		Type:   "invalid-request",
		Title:  "Invalid request",
		Detail: "Authorization must be one field: Bearer, a blank, and the token.",
		Header: http.Header{"Www-Authenticate": {challenge + `, error="invalid_request"`}},
	})
}

// retryAuthentication is the Retry-After of a 503 for which nobody knows better.
const retryAuthentication = 5 * time.Second

func tokenRefusal(err error, token, challenge string) error {
	if errors.Is(err, ErrToken) {
		return &problem.Error{
			Status: http.StatusUnauthorized,
			Detail: "The token is not valid.",
			Header: http.Header{"Www-Authenticate": {challenge + `, error="invalid_token"`}},
			Err:    &struckOut{err: err, token: token, kind: ErrToken},
		}
	}
	e := problem.Unavailable(retryAuthentication, &struckOut{err: err, token: token})
	var own *problem.Error
	if errors.As(err, &own) && own != nil && own.Status == e.Status {
		if after := own.Header.Values("Retry-After"); len(after) > 0 {
			e.Header["Retry-After"] = after
		}
	}
	return e
}

// struckOut is an error that says what err says, without the token. It unwraps
// to its kind alone: what verify's error is made of must not decide the answer,
// and is not to be had from the log's record.
type struckOut struct {
	err   error
	token string
	kind  error
}

func (e *struckOut) Error() string {
	const instead = "[token]"
	s := cause.Text[*problem.Error](e.err)
	if len(e.token) > len(s) {
		return s
	}
	for i, spelling := range [...]string{e.token, url.QueryEscape(e.token), url.PathEscape(e.token)} {
		if i == 0 || spelling != e.token {
			s = strings.ReplaceAll(s, spelling, instead)
		}
	}
	return s
}

func (e *struckOut) Unwrap() error { return e.kind }

// quote is s as a quoted-string (RFC 9110 §5.6.4).
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ' && c != '\t', c == 0x7f:
			panic("middleware: BearerOptions.Realm has control characters")
		case c == '"', c == '\\':
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
	return b.String()
}
