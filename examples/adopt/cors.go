package main

import (
	"net/http"

	"github.com/jub0bs/cors"

	"github.com/apiconventions/apiconventions/tenant"
)

// withCORS has CORS inside the edge and outside of everything that wants a token:
// a preflight has none.
func withCORS(s *service) http.Handler {
	m, err := cors.NewMiddleware(cors.Config{
		Origins: []string{"https://app.example.com"},
		Methods: []string{"GET", "HEAD", "PUT"},
		RequestHeaders: []string{
			"Authorization", "Content-Type", "If-Match", "If-None-Match", "X-Request-Id", tenant.Header,
		},
		ResponseHeaders: []string{
			"ETag", "Location", "Retry-After", "WWW-Authenticate", "X-Request-Id", "Allow", "Accept",
		},
	})
	if err != nil {
		panic(err)
	}
	return s.edge(newMux(s), m.Wrap, limit)
}
