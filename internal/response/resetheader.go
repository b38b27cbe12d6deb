package response

import (
	"net/http"
	"strings"
)

// ResetHeader takes back the fields of w's header that were meant for a success
// and set since the first layer was entered, for an error answer of the given
// status. rw is the Writer that w leads to, nil = none; what had been set before
// it began is as it was then. Content-Encoding stays where somebody may stand
// between the one who writes and rw: that may be a compressor, which encodes the
// error as well (go.dev/issue/66343).
func ResetHeader(w http.ResponseWriter, rw *Writer, status int) {
	h := w.Header()
	if len(h) == 0 && rw == nil {
		return
	}
	coded := rw == nil || foreign(w, rw)
	for k := range h {
		if !ForSuccess(k) ||
			k == "Content-Range" && status == http.StatusRequestedRangeNotSatisfiable ||
			k == "Content-Encoding" && coded {
			continue
		}
		delete(h, k)
	}
	if rw == nil || rw.aside == nil {
		return
	}
	for k, v := range rw.aside.entry {
		if k != "Content-Encoding" || !coded {
			h[k] = v
		}
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
