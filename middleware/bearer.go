package middleware

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// ErrToken is the error of a [Verify] function for a token that is malformed, expired,
// revoked, or not for this service.
var ErrToken = errors.New("invalid token")

// BearerOptions configure [Bearer]. The zero value, like nil, is the default.
// They are read when the chain is built and not kept.
type BearerOptions struct {
	// Realm names the protection space in the challenge (RFC 9110 §11.5). "" is
	// "api".
	Realm string

	// ResourceMetadata is the URL of the protected resource's metadata, which tells a
	// client where to get a token (RFC 9728 §5.1). "" = none.
	ResourceMetadata string
}

// Verify verifies a bearer token. It gets the context of the request, and returns the
// context to hand on, which is that one or made from it. The new context may have the
// token's subject and its scopes ([WithScopes]). Verify must be safe for concurrent use,
// must not write the token anywhere, and must not cancel the context that it returns.
//
// If the token is at fault, the error has to wrap [ErrToken]. Any other error means that
// the token could not be verified.
type Verify func(ctx context.Context, token string) (context.Context, error)

// Bearer refuses a request without a valid bearer token in Authorization (RFC 6750 §2.1).
// It ignores a token in a form or in the query (§2.2, §2.3). The scheme is Bearer in any
// case. The token is a b64token (§2.1).
//
//	no field, or another scheme             401 without an error code (§3.1)
//	several values, or no b64token          400 invalid-request, error="invalid_request"
//	the error of verify wraps ErrToken      401, error="invalid_token"
//	any other error of verify               503 with Retry-After
//
// All but the last have WWW-Authenticate with the realm, and so has a 401 document from
// further in. In the last case neither problem.From nor the service's Map decides the
// response: a 404 of the key server, for example, tells nothing about the token. If the
// error is a 503 with Retry-After, the response has that one.
//
// No document has the token. In all texts for the log it is replaced by "[token]", also
// percent-encoded and in part from 16 bytes on, because errors of HTTP clients and token
// parsers may quote it. A token of less than 8 bytes is not replaced.
//
// Every response has Authorization in Vary, unless it is public. Bearer panics if verify
// is nil, or if an option has control characters.
func Bearer(verify Verify, o *BearerOptions) func(http.Handler) http.Handler {
	if verify == nil {
		panic("middleware: Bearer without a verify function")
	}
	challenge := o.challenge()
	l := &layer.Layer{Name: "middleware.Bearer", Kind: layer.Bearer}
	l.Decide = func(x layer.Exchange) (*http.Request, error) {
		x.VaryAuthorization()
		response.Set(&x, requestChallenge, &challenge)

		token, form := bearerToken(x.R.Header["Authorization"])
		switch form {
		case none:
			return nil, missingToken(challenge)
		case malformed:
			return nil, malformedToken(challenge)
		}
		ctx, err := verifySafely(verify, withoutScopes(x.R.Context()), token)
		switch {
		case err != nil:
			return nil, tokenRefusal(err, token, challenge)
		case ctx == nil:
			return nil, errors.New("middleware: Bearer's verify function returned no context")
		}
		if !x.Info.SameRequest(request.From(ctx)) {
			// It was not made from the given one, and has lost the client's cancellation.
			ctx = request.Attach(ctx, x.R.Context())
		}
		return x.R.WithContext(ctx), nil
	}
	return l.Middleware
}

func requestChallenge(i *request.Info) *request.Pointer[string] { return &i.Challenge }

// verifySafely calls verify, and removes the token from the text of a panic.
func verifySafely(verify Verify, ctx context.Context, token string) (context.Context, error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler: // by identity, as net/http compares it
			panic(v)
		default:
			panic(redact(fmt.Sprint(v), token))
		}
	}()
	return verify(ctx, token)
}

// defaultRealm is the realm where there is no other: a challenge must have a parameter
// (RFC 6750 §3).
const defaultRealm = "api"

// challenge returns the value of WWW-Authenticate without an error code. o may be nil.
func (o *BearerOptions) challenge() string {
	if o == nil {
		o = new(BearerOptions)
	}
	c := "Bearer realm=" + quote(cmp.Or(o.Realm, defaultRealm))
	if o.ResourceMetadata != "" {
		c += ", resource_metadata=" + quote(o.ResourceMetadata)
	}
	return c
}

// form is the form of an Authorization field.
type form int

const (
	wellFormed form = iota
	none            // no field, or another scheme
	malformed
)

// bearerToken parses credentials = "Bearer" 1*SP b64token (RFC 6750 §2.1). The scheme
// may be in any case (RFC 9110 §11.1).
func bearerToken(values []string) (token string, f form) {
	switch len(values) {
	case 0:
		return "", none
	case 1:
	default:
		return "", malformed // not a list field: RFC 9110 §5.3
	}
	scheme, rest := header.Token(header.Trim(values[0]))
	if !header.EqualFold(scheme, "Bearer") {
		return "", none
	}
	token = strings.TrimLeft(rest, " ")
	if len(token) == len(rest) || !isB64Token(token) {
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

// quote returns s as a quoted string of the challenge.
func quote(s string) string {
	quoted, ok := header.Quote(s)
	if !ok {
		panic("middleware: BearerOptions: a value has control characters")
	}
	return quoted
}

// missingToken returns a 401 without an error code: the client may not know that it has to
// authenticate (RFC 6750 §3.1).
func missingToken(challenge string) error {
	e := problem.Types.TokenRequired.Problem()
	e.Header = http.Header{"Www-Authenticate": {challenge}}
	return e
}

func malformedToken(challenge string) error {
	e := problem.Invalid()
	e.Detail = "Authorization must be one field: Bearer, a blank, and the token."
	e.Header = http.Header{"Www-Authenticate": {challenge + `, error="invalid_request"`}}
	return e
}

// retryAuthentication is the Retry-After of a 503 where the error of verify has none.
const retryAuthentication = 5 * time.Second

// tokenRefusal returns the problem for an error of verify.
func tokenRefusal(err error, token, challenge string) error {
	if errors.Is(err, ErrToken) {
		e := problem.Types.TokenInvalid.Problem()
		e.Header = http.Header{"Www-Authenticate": {challenge + `, error="invalid_token"`}}
		e.Err = &redacted{err: err, token: token, kind: ErrToken}
		return e
	}
	e := problem.Unavailable(retryAuthentication, &redacted{err: err, token: token})
	if own := problem.From(err); own != nil && own.Status == e.Status {
		if after := own.Header.Values("Retry-After"); len(after) > 0 {
			e.Header["Retry-After"] = after
		}
	}
	return e
}
