package etag

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/apiconventions/apiconventions/internal/response"
)

// Set sets the ETag of the response to r to t as [For] returns it. The zero Tag deletes
// the field.
//
// The tag names the representation that the route of r responds with. Where an update
// has one representation and the GET of the same record has several, the tag of the
// update is good for the If-Match of the next change. On the GET it matches nothing: the
// response is 200 with If-None-Match, and 412 with If-Match.
func Set(w http.ResponseWriter, r *http.Request, t Tag) {
	h := w.Header()
	if t = t.responding(r.Method, response.InfoOf(w, r)); t.isZero() {
		delete(h, "Etag")
		return
	}
	h["Etag"] = []string{t.wire}
}

// setCaching sets the state's caching fields for a 200. Another response goes out without
// them.
func setCaching(w http.ResponseWriter, r *http.Request, s *State) {
	if len(s.Header) == 0 {
		return
	}
	h := w.Header()
	if v := s.Header["Vary"]; len(v) > 0 {
		h["Vary"] = append(slices.Clip(h["Vary"]), v...)
	}
	fields := cachingFields(s)
	maps.Copy(h, fields)
	if rw := response.Of(w, r); rw != nil {
		rw.OnlyOnSuccess(fields)
	}
}

// cachingFields returns the caching fields of the state except Vary, whose values are
// added to those of the response.
func cachingFields(s *State) http.Header {
	fields := make(http.Header)
	for _, field := range [...]string{"Cache-Control", "Expires", "Content-Location"} {
		if v := s.Header[field]; len(v) > 0 {
			fields[field] = slices.Clone(v)
		}
	}
	return fields
}

// notModified responds with the 304 for the state's 200 (RFC 9110 §15.4.5). It has the
// fields that a cache updates, and none that describe content.
func notModified(w http.ResponseWriter, r *http.Request, s *State, tag Tag) {
	h := w.Header()
	response.DeleteContentFields(h)
	setCaching(w, r, s)
	delete(h, "Last-Modified")
	delete(h, "Etag")
	if !tag.isZero() {
		h["Etag"] = []string{tag.wire}
	} else if s.dated() {
		h["Last-Modified"] = []string{lastModified(s.Modified)}
	}
	w.WriteHeader(http.StatusNotModified)
}

func lastModified(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
