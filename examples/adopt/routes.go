package main

import "net/http"

// routes is a ServeMux for generated code and typed frameworks, which register
// their handlers with HandleFunc: it puts the layers of each pattern around the
// handler, in the order in which they are written. A pattern without layers is a
// mistake.
type routes struct {
	*http.ServeMux
	layers map[string][]layer
}

func (m routes) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	layers, ok := m.layers[pattern]
	if !ok {
		panic("adopt: no layers for " + pattern)
	}
	m.Handle(pattern, wrap(http.HandlerFunc(h), layers...))
}

// newRoutes has the routes of this folder.
func newRoutes(s *service) routes {
	mux := http.NewServeMux()
	for path, h := range s.wire() {
		mux.Handle("GET "+path, h)
	}
	return routes{mux, map[string][]layer{
		"GET /people/{id}": s.read(),
		"PUT /people/{id}": s.write(),
	}}
}
