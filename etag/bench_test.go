package etag_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/etag"
)

var decision int

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

func BenchmarkGuard(b *testing.B) {
	pass := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	l := of("acme").offering(json)
	state := etag.State{Tag: etag.Version(7)}
	for _, row := range []struct{ name, method, fields string }{
		{"nothing", "GET", ""},
		{"304", "GET", "If-None-Match: " + l.wire(state.Tag)},
		{"another tag", "GET", `If-None-Match: "6"`},
		{"If-Match", "PUT", "If-Match: " + l.wire(state.Tag)},
		{"409", "PUT", `If-Match: "6"`},
	} {
		b.Run(row.name, func(b *testing.B) {
			r := ask(row.method, row.fields)
			h := l.around(etag.Guard(always(state), nil)(pass))
			w := discard{http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.h)
				h.ServeHTTP(w, r)
			}
		})
	}
}

// discard is a writer that keeps its header map, as a benchmark of our own work
// needs it.
type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) WriteHeader(int)             {}
func (d discard) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkComputed(b *testing.B) {
	for _, size := range []int{1 << 10, 32 << 10, 1 << 20} {
		for _, declared := range []bool{false, true} {
			body := bytes.Repeat([]byte("abcdefgh"), size/8)
			length := []string{strconv.Itoa(size)}
			h := etag.Computed(nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if declared {
					w.Header()["Content-Length"] = length
				}
				w.Write(body)
			}))
			r := httptest.NewRequest("GET", "/", nil)
			w := discard{http.Header{}}
			b.Run(fmt.Sprintf("%d KiB, declared %t", size>>10, declared), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					clear(w.h)
					h.ServeHTTP(w, r)
				}
			})
		}
	}
}
