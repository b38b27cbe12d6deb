package etag

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/apiconventions/apiconventions/internal/response"
)

// Set sets the ETag of the response to r: t as [For] returns it. The zero Tag
// removes the field.
//
// The representation is that of the route that responds. A route that has only one,
// as an update usually does, sets a tag for the If-Match of the next change; on a
// GET of the same record, where there are several representations, it matches none:
// with If-None-Match that is a 200, with If-Match a 412.
func Set(w http.ResponseWriter, r *http.Request, t Tag) {
	h := w.Header()
	if t = t.responding(r.Method, response.InfoOf(w, r)); t.isZero() {
		delete(h, "Etag")
		return
	}
	h["Etag"] = []string{t.wire}
}

// setCaching sets the state's caching fields on the 200 to come.
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

// cachingFields are those of the state but Vary, which is added to.
func cachingFields(s *State) http.Header {
	fields := make(http.Header)
	for _, field := range [...]string{"Cache-Control", "Expires", "Content-Location"} {
		if v := s.Header[field]; len(v) > 0 {
			fields[field] = slices.Clone(v)
		}
	}
	return fields
}

// notModified responds with the 304 that stands for the state's 200 (RFC
// 9110 §15.4.5): what a cache updates, and nothing that describes content which is
// not there.
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
