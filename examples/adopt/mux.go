package main

import (
	"net/http"

	"github.com/apiconventions/apiconventions/problem"
)

func bareMux(s *service) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /people/{id}", wrap(problem.HandlerFunc(s.get), s.read()...))
	mux.Handle("PUT /people/{id}", wrap(problem.HandlerFunc(s.put), s.write()...))
	for path, h := range s.wire() {
		mux.Handle("GET "+path, h)
	}
	return s.edge(mux)
}
