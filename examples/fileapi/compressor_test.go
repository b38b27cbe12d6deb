//go:build unix

package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/examples/fileapi/internal/testserver"
)

// compressor stands between a cache and the service and adds, after the response, a line of Vary of its own,
// as Caddy's encode and chi's Compress do. nginx before 1.23 heeds the last line alone.
func compressor(t *testing.T, base string) string {
	t.Helper()
	target, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(resp *http.Response) error {
		resp.Header.Add("Vary", "Accept-Encoding")
		return nil
	}
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	return s.URL
}

// What the service says where the handler says nothing keeps two tenants apart also then: the cache keeps
// nothing that is private.
func TestCompressorBetweenNginxAndTheService(t *testing.T) {
	between := compressor(t, serve(t))
	proxy := testserver.Nginx(t, strings.TrimPrefix(between, "http://"), "", "proxy_cache files;"+nginxLines(t, "README.md"))
	a := multi(t, between, "1234567")
	a.base = proxy
	b := a
	b.tenant = "7654321"
	path := a.upload(t, "secret-of-a.txt", "secret of a")
	for range 3 {
		got := a.do(t, "GET", path, "", acceptBytes).want(t, http.StatusOK)
		if vary := got.header["Vary"]; len(vary) != 2 || !strings.Contains(got.body, "secret") {
			t.Fatalf("Vary %q, %s", vary, got.body)
		}
		b.do(t, "GET", path, "", acceptBytes).want(t, http.StatusNotFound)
		nobody := a
		nobody.token = "none"
		nobody.do(t, "GET", path, "", acceptBytes).want(t, http.StatusUnauthorized)
	}
}
