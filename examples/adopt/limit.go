package main

import (
	"net/http"
	"time"

	"github.com/go-chi/httprate"

	"github.com/apiconventions/apiconventions/problem"
)

// withRateLimit has the limiter inside the edge, which makes a document of its
// 429; Retry-After stays. Without the error handler an error of the limiter's
// store or key is a 428 with the error's text.
func withRateLimit(n int) program {
	return func(s *service) http.Handler {
		return s.edge(newMux(s), httprate.LimitBy(n, time.Hour, httprate.Key("*"), httprate.WithErrorHandler(problem.Write)), limit)
	}
}
