package main

import (
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/examples/fileapi/store"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

const (
	octets    = "application/octet-stream"
	jsonType  = "application/json"
	maxRanges = 16
)

// get serves the bytes of a file or its metadata, as Accept says.
func (s *service) get(w http.ResponseWriter, r *http.Request) error {
	file, err := s.file(r)
	if err != nil {
		return err
	}
	etag.Set(w, r, etag.Version(file.Version))
	if accepted, _ := middleware.AcceptedFromContext(r.Context()); accepted == jsonType {
		return reply(w, http.StatusOK, describe(r, file))
	}
	return s.download(w, r, file)
}

// download streams the bytes, all or ranges of them. A subscriber who gets the last byte has downloaded
// the file: whoever reads to the end finds it so in the list, and whoever only asks (HEAD, 304, 416) or
// stops before does not.
func (s *service) download(w http.ResponseWriter, r *http.Request, file store.File) error {
	files := s.files(r)
	content, err := files.Content(r.Context(), file)
	if err != nil {
		return err
	}
	if !asPublisher(r) && r.Method == http.MethodGet {
		content.AtEnd = func() error { return files.Downloaded(r.Context(), file.ID, clientOf(r)) }
	}
	h := w.Header()
	h.Set("Content-Type", octets)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	if file.Size == 0 { // nobody will read, and ServeContent mistakes a range at the end
		h.Set("Content-Length", "0")
		if content.AtEnd != nil {
			return content.AtEnd()
		}
		return nil
	}
	if manyRanges(r.Header.Get("Range")) && currentIfRange(r, h) {
		e := problem.New(http.StatusRequestedRangeNotSatisfiable, "too many ranges") // RFC 9110 §14.2
		e.Header = http.Header{"Content-Range": {fmt.Sprintf("bytes */%d", file.Size)}}
		return e
	}
	late := &lateHeader{ResponseWriter: pacedWriter{w, s.idle}}
	http.ServeContent(late, r, "", time.Time{}, content)
	if err := content.Err(); err != nil {
		return err
	}
	late.send()
	return nil
}

// manyRanges reports whether a Range has more than maxRanges. Empty elements are none (RFC 9110 §5.6.1).
func manyRanges(field string) bool {
	_, set, _ := strings.Cut(field, "=")
	n := 0
	for element := range strings.SplitSeq(set, ",") {
		if strings.Trim(element, " \t") != "" {
			n++
		}
		if n > maxRanges {
			return true
		}
	}
	return false
}

// currentIfRange reports whether Range is to be heeded (RFC 9110 §13.1.5). The guard has removed a Range with
// an If-Range that is no entity tag.
func currentIfRange(r *http.Request, response http.Header) bool {
	tag := r.Header.Get("If-Range")
	return tag == "" || tag == response.Get("ETag")
}
