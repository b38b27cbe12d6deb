package middleware

import (
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/problem"
)

// RequireNoCache refuses a request without the directive no-cache in Cache-Control (RFC
// 9111 §5.2.1.4) with 400 "no-cache-required". It is for authentication endpoints. The
// directive is in any case and may stand among others. Pragma: no-cache counts only where
// net/http makes it a Cache-Control: on HTTP/1.1, in a request that has none.
//
// Every response, including errors and panics, is Cache-Control: no-store and Pragma:
// no-cache, whatever the handler sets. RFC 6749 §5.1 demands that of responses with
// tokens.
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

// noCache reports whether Cache-Control has no-cache. The directive of a request has no
// argument, but a cache heeds it with one as well (RFC 9111 §5.2).
func noCache(values []string) bool {
	for directive := range header.Elements(values) {
		name, _, _ := strings.Cut(directive, "=")
		if header.EqualFold(name, "no-cache") {
			return true
		}
	}
	return false
}
