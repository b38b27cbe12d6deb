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

// get answers the bytes of a file or its metadata, as Accept says.
func (s *service) get(w http.ResponseWriter, r *http.Request) error {
	file, err := s.file(r)
	if err != nil {
		return err
	}
	etag.Set(w, r, etag.Version(file.Version))
	if middleware.Accepted(r.Context()) == jsonType {
		return reply(w, http.StatusOK, describe(r, file))
	}
	return s.download(w, r, file)
}

// download streams the bytes, all or ranges of them. A subscriber who gets the last byte has downloaded
// the file: whoever reads to the end finds it so in the list, and whoever only asks (HEAD, 304, 416) or
// stops before does not.
func (s *service) download(w http.ResponseWriter, r *http.Request, file store.File) error {
	if strings.Count(r.Header.Get("Range"), ",") >= maxRanges {
		e := problem.New(http.StatusRequestedRangeNotSatisfiable, "too many ranges") // RFC 9110 §14.2
		e.Header = http.Header{"Content-Range": {fmt.Sprintf("bytes */%d", file.Size)}}
		return e
	}
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
	if file.Size == 0 { // nobody will read, and ServeContent has a wrong answer to a range at the end
		h.Set("Content-Length", "0")
		if content.AtEnd != nil {
			return content.AtEnd()
		}
		return nil
	}
	late := &lateHeader{ResponseWriter: w}
	http.ServeContent(late, r, "", time.Time{}, content)
	if err := content.Err(); err != nil {
		return err
	}
	late.send()
	return nil
}
