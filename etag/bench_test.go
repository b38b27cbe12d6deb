package etag_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/etag"
)

var decision etag.Decision

func BenchmarkEvaluate(b *testing.B) {
	state := etag.State{Tag: etag.Strong("v7")}
	for _, row := range []struct {
		name, method string
		h            http.Header
	}{
		{"nothing", "GET", http.Header{"Accept": {"*/*"}}},
		{"If-None-Match, 1 tag", "GET", http.Header{"If-None-Match": {`"v7"`}}},
		{"If-None-Match, another", "GET", http.Header{"If-None-Match": {`"v8"`}}},
		{"If-None-Match, 10 tags", "GET", http.Header{"If-None-Match": {strings.Repeat(`"v0001", `, 9) + `"v7"`}}},
		{"If-Match, 1 tag", "PUT", http.Header{"If-Match": {`"v7"`}}},
		{"If-Match, 10 tags", "PUT", http.Header{"If-Match": {strings.Repeat(`"v0001", `, 9) + `"v7"`}}},
		{"If-None-Match, 1 MiB", "GET", http.Header{"If-None-Match": {strings.Repeat(`"v0001", `, 1<<20/9)}}},
		{"If-Modified-Since", "GET", http.Header{"If-Modified-Since": {"Sun, 06 Nov 1994 08:49:37 GMT"}}},
	} {
		b.Run(row.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				decision = etag.Evaluate(row.method, row.h, state)
			}
		})
	}
}
