package response

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

func TestForSuccess(t *testing.T) {
	for name, want := range map[string]about{
		"Content-Type": aboutContent, "Content-Length": aboutContent, "Content-Encoding": aboutContent, "Content-Range": aboutContent,
		"Content-Disposition": aboutContent, "Accept-Ranges": aboutContent, "Repr-Digest": aboutContent, "Trailer": aboutContent,
		http.TrailerPrefix + "X-Sum": aboutContent,
		"Cache-Control":              aboutCaching, "Expires": aboutCaching, "Age": aboutCaching, "Content-Location": aboutCaching,
		"Cdn-Cache-Control": aboutCaching, "Surrogate-Control": aboutCaching,
		"Etag": aboutVersion, "Last-Modified": aboutVersion,
		"Vary": aboutNothing, "Set-Cookie": aboutNothing, "Allow": aboutNothing, "Location": aboutNothing, "X-Request-Id": aboutNothing,
		"Www-Authenticate": aboutNothing, "Retry-After": aboutNothing, "Access-Control-Allow-Origin": aboutNothing, "Link": aboutNothing,
	} {
		if got := aboutSuccess(name); got != want || ForSuccess(name) != (want != aboutNothing) {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

func TestDeleteContentFields(t *testing.T) {
	h := http.Header{"Content-Type": {"a/b"}, "Content-Length": {"1"}, "Etag": {`"1"`}, "Cache-Control": {"no-cache"}, "Vary": {"Accept"}}
	DeleteContentFields(h)
	if got := lines(h); got != "Cache-Control: no-cache\nEtag: \"1\"\nVary: Accept" {
		t.Errorf("%s", got)
	}
}

// Fields of a success do not outlive it, unless they were there before the layers.
func TestResetHeader(t *testing.T) {
	for _, tt := range []struct {
		name       string
		entry      http.Header
		status     int
		keepCoding bool
		want       string
	}{
		{"an error", nil, 500, false, "Vary: Accept"},
		{"what was there before", http.Header{"Cache-Control": {"max-age=9"}, "Content-Encoding": {"gzip"}}, 500, false, "Cache-Control: max-age=9\nContent-Encoding: gzip\nVary: Accept"},
		{"416", nil, 416, false, "Content-Range: bytes */9\nVary: Accept"},
		{"a compressor in between", http.Header{"Content-Encoding": {"identity"}}, 500, true, "Content-Encoding: br\nVary: Accept"},
	} {
		h := http.Header{"Etag": {`"1"`}, "Cache-Control": {"public"}, "Content-Range": {"bytes */9"}, "Content-Encoding": {"br"}, "Vary": {"Accept"}}
		resetHeader(h, &Writer{entry: tt.entry}, tt.status, tt.keepCoding)
		if got := lines(h); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

func TestOnlyOnSuccess(t *testing.T) {
	for status, want := range map[int]string{200: "1", 206: "1", 304: "1", 201: "", 204: "", 303: "", 404: ""} {
		for _, anew := range []bool{false, true} {
			h := http.Header{"X-A": {"1"}, "X-Empty": {}}
			rec := httptest.NewRecorder()
			handle(func(x Exchange) {
				x.SetDocuments(nil)
				for name, values := range h {
					x.W.Header()[name] = values
				}
				x.OnlyOnSuccess(h)
				if anew {
					x.W.Header().Set("X-A", "2")
					x.W.Header().Set("X-Empty", "2")
				}
				x.WriteHeader(status)
			}).ServeHTTP(rec, httptest.NewRequest("GET", "/"+strconv.Itoa(status), nil))
			want := want
			if anew {
				want = "2"
			}
			if got := rec.Header().Get("X-A"); got != want {
				t.Errorf("%d, set anew %v: %q, want %q", status, anew, got, want)
			}
		}
	}
}
