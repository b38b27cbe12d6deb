package middleware

import (
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/problem"
)

// RequireNoCache is for authentication endpoints: a request must have the
// directive no-cache in its Cache-Control (RFC 9111 §5.2.1.4), in any case and
// among any others, or it is answered 400 "no-cache-required" before the next
// handler. A Pragma in its place does not count, but where there is no
// Cache-Control at all net/http reads it as one on HTTP/1.1.
//
// Every answer, errors and panics included, is Cache-Control: no-store and
// Pragma: no-cache, as RFC 6749 §5.1 demands of those that carry tokens,
// whatever the handler sets.
func RequireNoCache(next http.Handler) http.Handler {
	l := &layer.Layer{Name: "middleware.RequireNoCache", Decide: requireNoCache, Report: reportNoCache}
	return l.Middleware(next)
}

func requireNoCache(x layer.Exchange) (*http.Request, error) {
	x.NoStore()
	return reportNoCache(x)
}

func reportNoCache(x layer.Exchange) (*http.Request, error) {
	if !noCache(x.R.Header["Cache-Control"]) {
		return x.R, problem.Types.NoCacheRequired.Problem()
	}
	return x.R, nil
}

// noCache looks for the directive itself: it has no argument on a request, but a
// cache would heed it with one (RFC 9111 §5.2).
func noCache(lines []string) bool {
	for directive := range header.Elements(lines) {
		name, _, _ := strings.Cut(directive, "=")
		if header.EqualFold(name, "no-cache") {
			return true
		}
	}
	return false
}
