package main

import (
	"net/http"

	"github.com/apiconventions/apiconventions/problem"
)

func bareMux(s *service) http.Handler { return s.edge(newMux(s), limit) }

// newMux is the router that the outer layers of this folder stand around.
func newMux(s *service) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /people/{id}", wrap(problem.HandlerFunc(s.get), s.read()...))
	mux.Handle("PUT /people/{id}", wrap(problem.HandlerFunc(s.put), s.write()...))
	for path, h := range s.wire() {
		mux.Handle("GET "+path, h)
	}
	return mux
}
