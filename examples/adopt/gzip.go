package main

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"

	"github.com/apiconventions/apiconventions/etag"
)

// withGzip has the compressor outside the edge. It leaves tags alone, so what it
// may compress needs weak ones: the bytes on the wire are others (RFC 9110
// §8.8.3.3).
func withGzip(s *service) http.Handler {
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1 << 10))
	if err != nil {
		panic(err)
	}
	mux := newMux(s)
	weak := etag.Computed(&etag.ComputedOptions{Weak: true})
	mux.Handle("GET /large/tagged", weak(http.HandlerFunc(large)))
	return compress(s.edge(mux, limit))
}
