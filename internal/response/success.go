package response

import (
	"maps"
	"net/http"
	"strings"
)

// about is what a header field of a success is about.
type about uint8

const (
	aboutNothing about = iota
	aboutContent       // describes the content, which another response does not have
	aboutCaching       // what caches may do with the response
	aboutVersion       // validators
)

// aboutSuccess returns what the field of the given canonical name is about, or
// aboutNothing if the field is not for a success. It is the only list of these fields.
func aboutSuccess(name string) about {
	switch name {
	case "Content-Type", "Content-Length", "Content-Encoding", "Content-Language", "Content-Range",
		"Content-Disposition", "Content-Md5", "Digest", "Content-Digest", "Repr-Digest", "Accept-Ranges", "Trailer":
		return aboutContent
	case "Cache-Control", "Expires", "Content-Location", "Age",
		"Surrogate-Control", "Edge-Control", "X-Accel-Expires": // which CDNs heed before Cache-Control
		return aboutCaching
	case "Etag", "Last-Modified":
		return aboutVersion
	}
	switch {
	case strings.HasPrefix(name, http.TrailerPrefix):
		return aboutContent
	case strings.HasSuffix(name, "-Cache-Control"): // RFC 9213 §2
		return aboutCaching
	}
	return aboutNothing
}

// ForSuccess reports whether the field of the given canonical name describes the
// content of a success, its version, or what caches may do with it.
func ForSuccess(name string) bool { return aboutSuccess(name) != aboutNothing }

// DeleteContentFields deletes the fields that describe content: a 304 has none
// (RFC 9110 §15.4.5).
func DeleteContentFields(h http.Header) {
	for name := range h {
		if aboutSuccess(name) == aboutContent {
			delete(h, name)
		}
	}
}

// resetHeader prepares h for an error response: it deletes the success fields, and
// restores those that were set before rw was made. rw may be nil.
//
// keepCoding keeps Content-Encoding. Third-party middleware in between may be a
// compressor, which encodes the error as well (go.dev/issue/66343).
func resetHeader(h http.Header, rw *Writer, status int, keepCoding bool) {
	for name := range h {
		switch {
		case !ForSuccess(name),
			name == "Content-Range" && status == http.StatusRequestedRangeNotSatisfiable,
			name == "Content-Encoding" && keepCoding:
		default:
			delete(h, name)
		}
	}
	if rw == nil {
		return
	}
	for name, values := range rw.entry {
		if name != "Content-Encoding" || !keepCoding {
			h[name] = values
		}
	}
}

// OnlyOnSuccess marks fields of the header as those of a 200, 206 or 304. Any other
// response goes out without them, unless the handler sets them again.
func (w *Writer) OnlyOnSuccess(fields http.Header) {
	if !w.calls.Enter() {
		return
	}
	defer w.calls.Leave()
	rare := w.makeRare()
	if rare.success == nil {
		rare.success = make(http.Header)
	}
	maps.Copy(rare.success, fields)
}

// dropUnlessSuccess deletes the fields of OnlyOnSuccess that the handler has not set
// again. A field with the same slice is the same field.
func (w *Writer) dropUnlessSuccess(status int) {
	switch status {
	case http.StatusOK, http.StatusPartialContent, http.StatusNotModified:
		return
	}
	if w.rare == nil {
		return
	}
	for name, values := range w.rare.success {
		if now := w.header[name]; len(now) > 0 && len(values) > 0 && &now[0] == &values[0] {
			delete(w.header, name)
		}
	}
}
