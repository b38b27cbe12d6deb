package main

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/apiconventions/apiconventions/problem"
)

func gorillaMux(s *service) http.Handler {
	r := mux.NewRouter()
	r.Use(gorillaRoute, limit)
	r.MethodNotAllowedHandler = gorillaAllow(r)
	r.Handle("/people/{id}", wrap(problem.HandlerFunc(s.get), s.read()...)).Methods("GET", "HEAD")
	r.Handle("/people/{id}", wrap(problem.HandlerFunc(s.put), s.write()...)).Methods("PUT")
	for path, h := range s.wire() {
		r.Handle(path, h).Methods("GET", "HEAD")
	}
	return s.edge(r)
}

// gorillaRoute puts gorilla's path values and route into the request, where
// find and the access log look for them.
func gorillaRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range mux.Vars(r) {
			r.SetPathValue(name, value)
		}
		if route, err := mux.CurrentRoute(r).GetPathTemplate(); err == nil {
			r.Pattern = route
		}
		next.ServeHTTP(w, r)
	})
}

// gorillaAllow is a 405 with the Allow that it must have (RFC 9110 §15.5.6), which
// gorilla leaves out.
func gorillaAllow(router *mux.Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		_ = router.Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
			methods, _ := route.GetMethods()
			for _, method := range methods {
				asked := r.WithContext(r.Context())
				asked.Method = method
				if route.Match(asked, new(mux.RouteMatch)) && !slices.Contains(allowed, method) {
					allowed = append(allowed, method)
				}
			}
			return nil
		})
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		w.WriteHeader(http.StatusMethodNotAllowed)
	})
}
