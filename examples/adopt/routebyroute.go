package main

import "net/http"

// routeByRoute is a service that has clients already. What has not been converted
// stays as it is, to the byte; what has been is behind the edge. A route goes over
// by moving its pattern from one mux to the other.
func routeByRoute(s *service, old http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", old)
	mux.Handle("/people/", s.edge(newMux(s), limit))
	return mux
}
