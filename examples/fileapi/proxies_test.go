//go:build unix

package main

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/examples/fileapi/internal/testserver"
)

// Caches that obey what the service says, and caches whose operator tells them to store everything, which
// leaves Vary between one tenant and the other.
var caches = map[string]func(t *testing.T, backend string) string{
	"nginx": func(t *testing.T, backend string) string {
		return testserver.Nginx(t, backend, "", "proxy_cache files;"+nginxLines(t, "README.md"))
	},
	"nginx that stores everything": func(t *testing.T, backend string) string {
		return testserver.Nginx(t, backend, "", "proxy_cache files; proxy_cache_revalidate on; proxy_cache_valid any 1m; proxy_ignore_headers Cache-Control; add_header X-Cache $upstream_cache_status always;")
	},
	"varnish": func(t *testing.T, backend string) string {
		return testserver.Varnish(t, backend, "")
	},
	"varnish that stores everything": func(t *testing.T, backend string) string {
		return testserver.Varnish(t, backend, `
sub vcl_recv { if (req.method == "GET") { return (hash); } }
sub vcl_backend_response { set beresp.ttl = 60s; set beresp.uncacheable = false; return (deliver); }
sub vcl_deliver { if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; } }`)
	},
}

// nginxLines are those that a README has for an nginx with a cache.
func nginxLines(t *testing.T, readme string) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, lines, _ := strings.Cut(string(text), "```nginx\n")
	lines, _, ok := strings.Cut(lines, "```")
	if !ok {
		t.Fatalf("no nginx lines in %s", readme)
	}
	return lines
}

// With a cache nginx keeps conditions and ranges to itself, even those on what it must not store, unless it
// is told otherwise.
func TestConditionsAndRangesBehindNginx(t *testing.T) {
	for _, readme := range []string{"README.md", "../../README.md"} {
		base := serve(t)
		me := single(t, base)
		path := me.upload(t, "a.txt", "0123456789")
		me.base = testserver.Nginx(t, strings.TrimPrefix(base, "http://"), "proxy_cache files;", nginxLines(t, readme))

		me.do(t, "GET", path, "", acceptBytes, `If-Match: "other"`).want(t, http.StatusPreconditionFailed)
		part := me.do(t, "GET", path, "", acceptBytes, "Range: bytes=2-4").want(t, http.StatusPartialContent)
		if part.body != "234" {
			t.Errorf("a range is %q", part.body)
		}
		if me.downloaded(t, "") {
			t.Error("whoever read a part has downloaded the file")
		}
		tag := part.header.Get("ETag")
		me.do(t, "GET", path, "", acceptBytes, "Range: bytes=2-4", "If-Range: "+tag).want(t, http.StatusPartialContent)
		me.do(t, "GET", path, "", acceptBytes, "Range: bytes=2-4", `If-Range: "other"`).want(t, http.StatusOK)
		me.do(t, "GET", path, "", acceptBytes, "If-None-Match: "+tag).want(t, http.StatusNotModified)
		if whole := me.do(t, "GET", path, "", acceptBytes).want(t, http.StatusOK); whole.body != "0123456789" {
			t.Errorf("the file is %q", whole.body)
		}
	}
}

// Whoever asks for the header alone has not downloaded the file, although nginx and varnish make a GET of HEAD
// where they may store the answer.
func TestHeadBehindCaches(t *testing.T) {
	for name, cache := range caches {
		if strings.Contains(name, "everything") {
			continue // the operator has said to fetch what clients did not ask for
		}
		t.Run(name, func(t *testing.T) {
			base := serve(t)
			me := single(t, base)
			path := me.upload(t, "a.txt", "0123456789")
			front := me
			front.base = cache(t, strings.TrimPrefix(base, "http://"))
			for range 2 {
				head := front.do(t, "HEAD", path, "", acceptBytes).want(t, http.StatusOK)
				if head.header.Get("Content-Length") != "10" {
					t.Errorf("headers %v", head.header)
				}
			}
			if me.downloaded(t, "") {
				t.Error("HEAD counts as a download")
			}
			front.do(t, "GET", path, "", acceptBytes).want(t, http.StatusOK)
			if !me.downloaded(t, "") {
				t.Error("GET does not count as a download")
			}
		})
	}
}

// The largest chunk gets through an nginx with the README's lines, and one byte more is refused by the service.
func TestLargestChunkBehindNginx(t *testing.T) {
	base := serve(t)
	me := single(t, base)
	upload := me.begin(t, "large.bin")
	me.base = testserver.Nginx(t, strings.TrimPrefix(base, "http://"), "proxy_cache files;", nginxLines(t, "README.md"))
	chunk := strings.Repeat("x", maxChunk)
	me.do(t, "PUT", upload+"&position=1", chunk, octetStream).want(t, http.StatusPartialContent)
	me.do(t, "PUT", upload+"&position=2", chunk+"x", octetStream).want(t, http.StatusRequestEntityTooLarge)
	first, err := me.try("POST", filesPath+"?uploadType=resumable", envelope(`{"name":"first.bin","businesstypeid":1}`, strings.NewReader(chunk)),
		"Content-Type: multipart/related;boundary="+boundary)
	if err != nil {
		t.Fatal(err)
	}
	first.want(t, http.StatusPartialContent)
}

// Two tenants ask one URL, with one token, through a cache. Nobody ever gets the other's bytes, not even
// by showing the other's tag, and revalidation works.
func TestTwoTenantsBehindCaches(t *testing.T) {
	for name, cache := range caches {
		t.Run(name, func(t *testing.T) {
			base := serve(t)
			proxy := cache(t, strings.TrimPrefix(base, "http://"))
			a := multi(t, base, "1234567")
			a.base = proxy
			b := a
			b.tenant = "7654321"
			path := a.upload(t, "secret-of-a.txt", "secret of a")
			b.upload(t, "secret-of-b.txt", "secret of b")

			hits := 0
			for _, accept := range []string{acceptBytes, acceptJSON} {
				for range 3 {
					b.do(t, "GET", path, "", accept).want(t, http.StatusNotFound)
					got := a.do(t, "GET", path, "", accept).want(t, http.StatusOK)
					if !strings.Contains(got.body, "secret") {
						t.Fatalf("A got %s", got.body)
					}
					if got.header.Get("X-Cache") == "HIT" {
						hits++
					}
					tag := "If-None-Match: " + got.header.Get("ETag")
					b.do(t, "GET", path, "", accept, tag).want(t, http.StatusNotFound)
					if not := a.do(t, "GET", path, "", accept, tag).want(t, http.StatusNotModified); not.body != "" {
						t.Fatalf("a 304 with %s", not.body)
					}
				}
			}
			for range 3 {
				ofA := a.do(t, "GET", filesPath+"?$filter=status+eq+'all'", "").want(t, http.StatusOK)
				ofB := b.do(t, "GET", filesPath+"?$filter=status+eq+'all'", "").want(t, http.StatusOK)
				if strings.Contains(ofA.body, "secret-of-b") || strings.Contains(ofB.body, "secret-of-a") {
					t.Fatalf("A sees %s\nB sees %s", ofA.body, ofB.body)
				}
				tag := "If-None-Match: " + ofA.header.Get("ETag")
				b.do(t, "GET", filesPath+"?$filter=status+eq+'all'", "", tag).want(t, http.StatusOK)
				a.do(t, "GET", filesPath+"?$filter=status+eq+'all'", "", tag).want(t, http.StatusNotModified)
			}
			if strings.Contains(name, "everything") && hits == 0 {
				t.Error("the cache stored nothing: the test did not test")
			}
		})
	}
}

// nginx compresses and weakens the tag. A client that sends the weakened tag back has seen that version.
func TestUpdateBehindGzip(t *testing.T) {
	base := serve(t)
	me := single(t, base)
	path := me.upload(t, "old.txt", "x")
	me.base = testserver.Nginx(t, strings.TrimPrefix(base, "http://"),
		"gzip on; gzip_types application/json; gzip_min_length 1; gzip_proxied any; gzip_vary on;", "")

	read := me.do(t, "GET", path, "", acceptJSON, "Accept-Encoding: gzip").want(t, http.StatusOK)
	tag := read.header.Get("ETag")
	if read.header.Get("Content-Encoding") != "gzip" || !strings.HasPrefix(tag, `W/"`) {
		t.Fatalf("nginx did not compress, or not weaken: %v", read.header)
	}
	me.do(t, "GET", path, "", acceptJSON, "Accept-Encoding: gzip", "If-None-Match: "+tag).want(t, http.StatusNotModified)
	me.do(t, "PATCH", path, `{"name":"new.txt"}`, mergePatch, "If-Match: "+tag).want(t, http.StatusOK)
	me.do(t, "PATCH", path, `{"name":"newer.txt"}`, mergePatch, "If-Match: "+tag).want(t, http.StatusConflict)
	if name := me.do(t, "GET", path, "", acceptJSON).want(t, http.StatusOK).json(t, "name"); name != "new.txt" {
		t.Errorf("the name is %v", name)
	}
}
