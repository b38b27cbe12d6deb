package response

import (
	"net/http"
	"strings"
)

// ResetHeader takes back the headers that were meant for a success and set
// since the first layer was entered, for an error answer of the given status.
// What an outer layer had set is as it was then. Content-Encoding stays when
// foreign says that somebody stands between the one who writes and w: that may
// be a compressor, which encodes the error as well (go.dev/issue/66343).
func (w *Writer) ResetHeader(h http.Header, status int, foreign bool) {
	ResetHeader(h, status, foreign)
	if w.aside == nil {
		return
	}
	for k, v := range w.aside.entry {
		if k != "Content-Encoding" || !foreign {
			h[k] = v
		}
	}
}

// ResetHeader is Writer.ResetHeader for an answer that no layer has seen begin.
func ResetHeader(h http.Header, status int, foreign bool) {
	for k := range h {
		if !ForSuccess(k) ||
			k == "Content-Range" && status == http.StatusRequestedRangeNotSatisfiable ||
			k == "Content-Encoding" && foreign {
			continue
		}
		delete(h, k)
	}
}

// ForSuccess reports whether a header field, under its canonical key, describes
// the content of a success, or what caches may do with it: those that a CDN heeds
// before Cache-Control, too (RFC 9213 §2).
func ForSuccess(key string) bool {
	switch key {
	case "Etag", "Last-Modified", "Cache-Control", "Expires",
		"Content-Type", "Content-Length", "Content-Encoding", "Content-Range",
		"Content-Disposition", "Content-Location", "Content-Language",
		"Content-Md5", "Digest", "Content-Digest", "Repr-Digest",
		"Accept-Ranges", "Trailer",
		"Age", "Surrogate-Control", "Edge-Control", "X-Accel-Expires":
		return true
	}
	return strings.HasPrefix(key, http.TrailerPrefix) || strings.HasSuffix(key, "-Cache-Control")
}
