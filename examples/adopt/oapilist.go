package main

import (
	"net/http"
	"slices"

	"github.com/apiconventions/apiconventions/examples/adopt/oapi"
)

// oapiList is oapiStrict for a service that has its layers in the generator's
// list, which all operations share, and whose LAST entry is the outermost.
func oapiList(s *service) http.Handler {
	mux := http.NewServeMux()
	for path, h := range s.wire() {
		mux.Handle("GET "+path, h)
	}
	return s.edge(oapi.HandlerWithOptions(newOapi(s), oapi.StdHTTPServerOptions{
		BaseRouter:       mux,
		Middlewares:      outermostLast(byMethod(s.read(), append(s.write(), strictJSON[oapi.Person]))),
		ErrorHandlerFunc: oapiError,
	}), limit)
}

// outermostLast turns layers, outermost first, into the generator's list.
func outermostLast(layers ...layer) []oapi.MiddlewareFunc {
	var list []oapi.MiddlewareFunc
	for _, l := range slices.Backward(layers) {
		list = append(list, l)
	}
	return list
}

// byMethod is one entry of the list for operations that differ in their layers.
func byMethod(read, write []layer) layer {
	return func(next http.Handler) http.Handler {
		reads, writes := wrap(next, read...), wrap(next, write...)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet || r.Method == http.MethodHead {
				reads.ServeHTTP(w, r)
			} else {
				writes.ServeHTTP(w, r)
			}
		})
	}
}
