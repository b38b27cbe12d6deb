package main

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/examples/fileapi/store"
	"github.com/apiconventions/apiconventions/problem"
)

const (
	maxChunk    = 9 << 20 // bytes
	maxPosition = 9999
)

// post starts an upload, or ends a resumable one when it names its token.
func (s *service) post(w http.ResponseWriter, r *http.Request) error {
	query := queryOf(r)
	resumable := query.Get("uploadType") == "resumable"
	if !resumable && query.Get("uploadType") != "multipart" {
		return problem.Invalid(problem.Field{Pointer: "uploadType", Detail: "must be multipart or resumable"})
	}
	if done, err := s.repeated(w, r); done || err != nil {
		return err
	}
	if resumable && query.Has("uploadToken") {
		id, err := store.ParseID(query.Get("uploadToken"))
		if err != nil {
			return err
		}
		if n, err := io.CopyN(io.Discard, incoming{r.Body}, 1); n > 0 {
			return malformed("the request that ends an upload must have no content", nil)
		} else if err != io.EOF {
			return err
		}
		return s.twin(w, r, s.finish(w, r, id))
	}
	limit := int64(0)
	if resumable {
		limit = maxChunk
	}
	id, err := s.receive(r, limit)
	if err != nil {
		return err
	}
	if resumable {
		err = s.begun(w, r, id)
	} else {
		err = s.finish(w, r, id)
	}
	if errors.Is(err, store.ErrMade) {
		s.abandon(r, id)
	}
	return s.twin(w, r, err)
}

// begun tells the client of its upload.
func (s *service) begun(w http.ResponseWriter, r *http.Request, id store.ID) error {
	files, err := s.keyed(r)
	if err != nil {
		return err
	}
	if err := files.Begun(r.Context(), id); err != nil {
		return err
	}
	return replyToken(w, id)
}

// receive stores the metadata and the content of a multipart/related body, all of it or nothing. A limit
// of 0 is none.
func (s *service) receive(r *http.Request, limit int64) (id store.ID, err error) {
	body, err := newRelated(r)
	if err != nil {
		return id, err
	}
	file, err := body.metadata()
	if err != nil {
		return id, err
	}
	content, err := body.content()
	if err != nil {
		return id, err
	}
	if limit > 0 {
		content = incoming{http.MaxBytesReader(nil, io.NopCloser(content), limit)}
	}
	file.Publisher = clientOf(r)
	files := s.files(r)
	id, err = files.Begin(r.Context(), file)
	if err != nil {
		return id, err
	}
	if err = files.PutChunk(r.Context(), id, 0, content); err == nil {
		err = body.end()
	}
	if err != nil {
		s.abandon(r, id)
	}
	return id, err
}

// put stores one chunk of a resumable upload, and ends the upload with its last.
func (s *service) put(w http.ResponseWriter, r *http.Request) error {
	query := queryOf(r)
	if len(r.Header["Content-Range"]) > 0 { // RFC 9110 §14.5
		return malformed("a chunk is whole: there must be no Content-Range", nil)
	}
	var wrong invalid
	if query.Get("uploadType") != "resumable" {
		wrong.add("uploadType", errors.New("must be resumable"))
	}
	if !query.Has("position") {
		wrong.add("position", errors.New("must be there"))
	}
	position, err := number(query, "position", 0, 0, maxPosition)
	wrong.add("position", err)
	last := query.Get("close") == "true"
	if !last && query.Has("close") && query.Get("close") != "false" {
		wrong.add("close", errors.New("must be true or false"))
	}
	if err := wrong.err(); err != nil {
		return err
	}
	id, err := store.ParseID(query.Get("uploadToken"))
	if err != nil {
		return err
	}
	if last {
		if done, err := s.repeated(w, r); done || err != nil {
			return err
		}
	}
	content := &counted{Reader: incoming{r.Body}}
	err = s.files(r).PutChunk(r.Context(), id, position, content)
	if errors.Is(err, store.ErrClosed) && last {
		err = s.again(r, id, position, content, err)
	}
	if err != nil {
		return err
	}
	if last {
		return s.twin(w, r, s.finish(w, r, id))
	}
	return replyToken(w, id)
}

// again returns nil if the last chunk of a closed upload is one that it has: a client that never saw the
// response sends it again. Otherwise it returns closed. The content is read, or the client, which is still
// sending, would not see this response either.
func (s *service) again(r *http.Request, id store.ID, position int, content *counted, closed error) error {
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	has, err := s.files(r).HasChunk(r.Context(), id, position, content.n)
	if err != nil || has {
		return err
	}
	return closed
}

// counted counts the bytes that are read.
type counted struct {
	io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// replyToken responds with 206, which RFC 9110 §15.3.7 keeps for ranges: real clients take nothing else for a
// chunk. There is no Content-Range, and nobody stores a response to POST or PUT, so no cache mistakes it.
func replyToken(w http.ResponseWriter, id store.ID) error {
	return reply(w, http.StatusPartialContent, map[string]string{"uploadToken": id.String()})
}

// finish makes the upload a file, now or, if the client prefers, in its own time.
func (s *service) finish(w http.ResponseWriter, r *http.Request, id store.ID) error {
	files, err := s.keyed(r)
	if err != nil {
		return err
	}
	if prefers(r.Header, "respond-async") {
		return s.accept(w, r, files, id)
	}
	file, err := files.Close(r.Context(), id)
	if err != nil {
		return err
	}
	return replyCreated(w, r, id, file.Version, describe(r, file))
}

// accept promises that the upload becomes a file.
func (s *service) accept(w http.ResponseWriter, r *http.Request, files store.Tenant, id store.ID) error {
	if err := files.Accept(r.Context(), id); err != nil {
		return err
	}
	later := s.files(r) // the key is that of the promise
	s.background.Go(func() { s.close(later, id) })
	w.Header().Set("Preference-Applied", "respond-async")
	w.Header().Set("Location", uploadsPath+id.String())
	return reply(w, http.StatusAccepted, map[string]string{"status": statusRunning})
}

// replyCreated responds with 201 and the metadata of the file, of which version is the one that was made.
func replyCreated(w http.ResponseWriter, r *http.Request, id store.ID, version int64, metadata any) error {
	w.Header().Set("Location", filesPath+"/"+id.String())
	etag.Set(w, r, etag.Version(version))
	return reply(w, http.StatusCreated, metadata)
}

// The states of a status document.
const (
	statusOpen    = "open"
	statusRunning = "running"
	statusDone    = "done"
)

// status is the document to which a 202 points.
func (s *service) status(w http.ResponseWriter, r *http.Request) error {
	files := s.files(r)
	id, err := fileID(r)
	if err != nil {
		return err
	}
	state, err := files.State(r.Context(), id)
	if err != nil {
		return err
	}
	switch state {
	case store.Open:
		return reply(w, http.StatusOK, map[string]string{"status": statusOpen})
	case store.Accepted:
		w.Header().Set("Retry-After", "1")
		return reply(w, http.StatusOK, map[string]string{"status": statusRunning})
	}
	file, err := files.Get(r.Context(), id)
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, map[string]any{"status": statusDone, "file": describe(r, file)})
}

// prefers reports whether the client sent the preference (RFC 7240 §2). A comma inside a quoted value
// ends it early, which at worst grants what nobody asked for in so many words.
func prefers(h http.Header, preference string) bool {
	for _, line := range h["Prefer"] {
		for p := range strings.SplitSeq(line, ",") {
			name, _, _ := strings.Cut(p, ";")
			if strings.EqualFold(strings.TrimSpace(name), preference) {
				return true
			}
		}
	}
	return false
}
