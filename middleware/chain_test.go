package middleware_test

import (
	"context"
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
func whole(o *middleware.BearerOptions) http.Handler {
	one := tenant.Grants{IDs: []tenant.ID{"1234567"}}
	body := make([]byte, 1<<10)
	return middleware.Default(zerolog.New(io.Discard), nil).Append(
		middleware.Bearer(func(ctx context.Context, _ string) (context.Context, error) { return ctx, nil }, o),
		tenant.Require(func(*http.Request) (tenant.Grants, error) { return one, nil }, nil),
		middleware.ContentType("application/json"),
		middleware.Accept("application/json", "text/csv"),
		etag.Computed(nil),
	).ThenFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(body) })
}

// What the whole chain allocates for a request. What only a refusal has, such as the
// URL of the metadata, costs the others nothing.
func TestWholeChainAllocations(t *testing.T) {
	if servertest.Race {
		t.Skip("the race detector empties pools")
	}
	h, full := whole(nil), whole(&middleware.BearerOptions{Realm: "files", ResourceMetadata: "https://api.example.com/metadata"})
	first := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer a")
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
		of := func(h http.Handler) (n, bytes uint64) {
			return cost(1000, func() {
				clear(w.header)
				w.status = 200
				h.ServeHTTP(w, r)
			})
		}
		n, bytes := of(h)
		if w.status != tt.status || n > 18 || bytes > 2200 {
			t.Errorf("status %d, want %d, with %d allocations and %d bytes", w.status, tt.status, n, bytes)
		}
		if more, _ := of(full); more != n {
			t.Errorf("%d allocations, and %d with all options of Bearer", n, more)
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
	h := whole(nil)
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer a")
	r.Header.Set("X-Raet-Tenant-Id", "1234567")
	r.Header.Set("Accept", "application/json")
	w := &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

// BenchmarkRefusal is a change that meets another version: 409.
func BenchmarkRefusal(b *testing.B) {
	one := tenant.Grants{IDs: []tenant.ID{"1234567"}}
	h := middleware.Default(zerolog.New(io.Discard), nil).Append(
		tenant.Require(func(*http.Request) (tenant.Grants, error) { return one, nil }, nil),
		middleware.ContentType("application/json"),
		middleware.Accept("application/json", "text/csv"),
		etag.Guard(func(*http.Request) (etag.State, error) { return etag.State{Tag: etag.Version(7)}, nil }, nil),
	).Then(http.NotFoundHandler())
	r := httptest.NewRequest("PUT", "/", nil)
	r.Header.Set("X-Raet-Tenant-Id", "1234567")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("If-Match", `"6"`)
	w := &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
	if w.status != http.StatusConflict {
		b.Error(w.status)
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
