package main

import (
	"net/http"

	sentryhttp "github.com/getsentry/sentry-go/http"
)

// withSentry has it inside the edge, where it sees panics and, of requests without
// content, the route. limit is inside of it, for the access log: sentry hands on a
// copy of the request. Repanic is not its default: without it a panic ends as a 200
// without content.
func withSentry(s *service) http.Handler {
	return s.edge(newMux(s), sentryhttp.New(sentryhttp.Options{Repanic: true}).Handle, limit)
}
