package middleware_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/tenant"
)

// whole is every layer that a read passes, in one chain.
func whole() http.Handler {
	one := tenant.Grants{IDs: []tenant.ID{"1234567"}}
	body := make([]byte, 1<<10)
	return middleware.Default(zerolog.New(io.Discard), nil).Append(
		tenant.Require(func(*http.Request) (tenant.Grants, error) { return one, nil }, nil),
		middleware.ContentType("application/json"),
		middleware.Accept("application/json", "text/csv"),
		etag.Computed(nil),
	).ThenFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(body) })
}

// What the whole chain allocates for a request.
func TestWholeChainAllocations(t *testing.T) {
	if servertest.Race {
		t.Skip("the race detector empties pools")
	}
	h := whole()
	first := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Raet-Tenant-Id", "1234567")
	r.Header.Set("Accept", "application/json")
	h.ServeHTTP(first, r)
	for _, tt := range []struct {
		ifNoneMatch string
		status      int
	}{{"", 200}, {first.Header().Get("ETag"), 304}} {
		if tt.ifNoneMatch != "" {
			r.Header.Set("If-None-Match", tt.ifNoneMatch)
		}
		w := &sink{header: http.Header{}}
		n, bytes := cost(1000, func() {
			clear(w.header)
			w.status = 200
			h.ServeHTTP(w, r)
		})
		if w.status != tt.status || n > 24 || bytes > 3300 {
			t.Errorf("status %d, want %d, with %d allocations and %d bytes", w.status, tt.status, n, bytes)
		}
	}
}

// cost is what one of n runs of f allocates.
func cost(n uint64, f func()) (mallocs, bytes uint64) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	f()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.Mallocs - before.Mallocs) / n, (after.TotalAlloc - before.TotalAlloc) / n
}

func BenchmarkWholeChain(b *testing.B) {
	h := whole()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("X-Raet-Tenant-Id", "1234567")
	r.Header.Set("Accept", "application/json")
	w := &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

// sink is a server's writer that keeps nothing.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }
