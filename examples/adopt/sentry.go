package main

import (
	"net/http"

	sentryhttp "github.com/getsentry/sentry-go/http"
)

// withSentry has it inside the edge, right around the router, where it sees panics
// and the route. Repanic is not its default: without it a panic ends as a 200
// without content.
func withSentry(s *service) http.Handler {
	return s.edge(newMux(s), sentryhttp.New(sentryhttp.Options{Repanic: true}).Handle)
}
