package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/apiconventions/apiconventions/problem"
)

func chiRouter(s *service) http.Handler {
	r := chi.NewRouter()
	r.Use(limit)
	for _, method := range []string{"GET", "HEAD"} { // for chi, GET is not HEAD
		r.With(s.read()...).Method(method, "/people/{id}", problem.HandlerFunc(s.get))
		for path, h := range s.wire() {
			r.Method(method, path, h)
		}
	}
	r.With(s.write()...).Method("PUT", "/people/{id}", problem.HandlerFunc(s.put))
	return s.edge(r) // around the router; no Logger, Recoverer, RequestID or Timeout of chi's
}
