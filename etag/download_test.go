package etag_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/etag"
)

// file is a record with two representations, and versions that differ in every
// byte.
type file struct {
	version  atomic.Int64
	requests atomic.Int64
	every    int64 // so many requests, an update falls between the guard and the handler
}

func (f *file) content(version int64, mediaType string) string {
	letter := string(rune('a' + version%26))
	if mediaType == json {
		letter = strings.ToUpper(letter)
	}
	return strings.Repeat(letter, 1000)
}

// ServeHTTP serves what is there when it is asked, as a handler does that reads
// version and content in one read.
func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n := f.requests.Add(1); f.every > 0 && n%f.every == 0 {
		f.version.Add(1)
	}
	version := f.version.Load()
	mediaType := r.Header.Get("Accept")
	w.Header().Set("Content-Type", mediaType)
	etag.Set(w, r, etag.Version(version))
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(f.content(version, mediaType)))
}

// negotiated stands for Accept: the request's own wish, as it is.
func negotiated(l layers, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.offering(r.Header.Get("Accept")).around(next).ServeHTTP(w, r)
	})
}

func (f *file) guarded() http.Handler {
	return negotiated(of("acme"), etag.Guard(func(*http.Request) (etag.State, error) {
		return etag.State{Tag: etag.Version(f.version.Load())}, nil
	}, nil)(f))
}

func TestDownloads(t *testing.T) {
	f := new(file)
	f.version.Store(1)
	l := of("acme")
	tag := func(version int64, mediaType string) string {
		return l.offering(mediaType).wire(etag.Version(version))
	}
	old, now, other := tag(0, octets), tag(1, octets), tag(1, json)
	letter := f.content(1, octets)[:1]
	onServers(t, f.guarded(), func(t *testing.T, url string, c *http.Client) {
		for _, row := range []struct {
			name, method, fields string
			status, length       int
		}{
			{"all of it", "GET", "", 200, 1000},
			{"a part", "GET", "Range: bytes=100-199", 206, 100},
			{"a part that is not there", "GET", "Range: bytes=1000-", 416, 0},
			{"If-Range holds", "GET", "Range: bytes=100-199|If-Range: " + now, 206, 100},
			{"If-Range of the old version", "GET", "Range: bytes=100-199|If-Range: " + old, 200, 1000},
			{"If-Range of the other representation", "GET", "Range: bytes=100-199|If-Range: " + other, 200, 1000},
			{"If-Range, weakened", "GET", "Range: bytes=100-199|If-Range: W/" + now, 200, 1000},
			{"If-Range twice", "GET", "Range: bytes=100-199|If-Range: " + now + "|If-Range: " + old, 200, 1000},
			{"If-Match holds", "GET", "Range: bytes=100-199|If-Match: " + now, 206, 100},
			{"If-Match holds on the second line", "GET", "Range: bytes=100-199|If-Match: " + old + "|If-Match: " + now, 206, 100},
			{"If-Match holds, all of it", "GET", "If-Match: " + old + "|If-Match: " + now, 200, 1000},
			{"If-Match: *", "GET", "Range: bytes=100-199|If-Match: *", 206, 100},
			{"If-Match of the old version", "GET", "Range: bytes=100-199|If-Match: " + old, 412, 0},
			{"If-Match of the other representation", "GET", "Range: bytes=100-199|If-Match: " + other, 412, 0},
			{"If-None-Match on the second line", "GET", "If-None-Match: " + old + "|If-None-Match: " + now, 304, 0},
			{"If-None-Match of others on two lines", "GET", "If-None-Match: " + old + "|If-None-Match: " + other, 200, 1000},
			{"If-None-Match before Range", "GET", "Range: bytes=100-199|If-None-Match: " + now, 304, 0},
			{"If-None-Match of another, and Range", "GET", "Range: bytes=100-199|If-None-Match: " + old, 206, 100},
			{"If-None-Match that begins with a star", "GET", "If-None-Match: *" + now, 200, 1000},
			{"HEAD has no ranges", "HEAD", "Range: bytes=100-199", 200, 0},
			{"HEAD, If-Match on the second line", "HEAD", "If-Match: " + old + "|If-Match: " + now, 200, 0},
		} {
			resp, body := fetch(t, c, row.method, url, row.fields+"|Accept: "+octets)
			if row.status == 412 || row.status == 416 {
				body = ""
			}
			if resp.StatusCode != row.status || len(body) != row.length || strings.Trim(body, letter) != "" {
				t.Errorf("%s: %d with %d bytes, want %d with %d", row.name, resp.StatusCode, len(body), row.status, row.length)
			}
			if got := resp.Header.Get("ETag"); got != now && row.status != 416 {
				t.Errorf("%s: ETag %s, want %s", row.name, got, now)
			}
		}
	})
}

// A download that is resumed across updates never has bytes of two versions, or
// of two representations, whichever condition the client resumes it with, and
// however the update falls between the guard and the handler.
func TestResumedDownload(t *testing.T) {
	f := &file{every: 7}
	onServers(t, f.guarded(), func(t *testing.T, url string, c *http.Client) {
		for _, condition := range []string{"If-Range", "If-Match"} {
			for i := range 60 {
				download(t, c, url, condition, []string{json, octets}[i%2])
			}
		}
	})
}

func download(t *testing.T, c *http.Client, url, condition, mediaType string) {
	t.Helper()
	body, tag := "", ""
	for len(body) < 1000 {
		lines := fmt.Sprintf("Accept: %s|Range: bytes=%d-%d", mediaType, len(body), len(body)+299)
		if tag != "" {
			lines += "|" + condition + ": " + tag
		}
		resp, part := fetch(t, c, "GET", url, lines)
		switch resp.StatusCode {
		case 206:
			body += part
		case 200:
			body = part
		case 412:
			body, tag = "", ""
			continue
		default:
			t.Fatalf("%d", resp.StatusCode)
		}
		tag = resp.Header.Get("ETag")
		if strings.Trim(body, body[:1]) != "" || (body[0] >= 'a') != (mediaType == octets) {
			t.Fatalf("with %s: mixed bytes: %.10q … %.10q", condition, body, body[len(body)-10:])
		}
	}
}
