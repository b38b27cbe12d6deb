package main

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/examples/fileapi/store"
	"github.com/apiconventions/apiconventions/problem"
)

// What is held or read through of an upload beside its content, in bytes.
const (
	maxMetadata   = 64 << 10
	maxPartHeader = 16 << 10 // also of what precedes the first boundary
	maxEpilogue   = 64 << 10 // what follows the last boundary
)

// related reads the multipart/related body of an upload (RFC 2387): the metadata, then the content.
type related struct {
	parts *multipart.Reader
	body  *bounded
}

func newRelated(r *http.Request) (related, error) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return related{}, malformed("a multipart/related body is missing", err)
	}
	body := &bounded{incoming{r.Body}, -1}
	return related{multipart.NewReader(body, params["boundary"]), body}, nil
}

// next returns the part after the one that has been read. The reader of the parts alone would hold 10 MiB of
// a part's header.
func (b related) next() (*multipart.Part, error) {
	b.body.left = maxPartHeader
	defer func() { b.body.left = -1 }()
	return b.parts.NextRawPart()
}

// bounded is a content of which left more bytes may be read, or any number while left is negative.
type bounded struct {
	io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	switch {
	case b.left < 0:
		return b.Reader.Read(p)
	case b.left == 0:
		return 0, problem.TooLarge(maxPartHeader, nil)
	}
	n, err := b.Reader.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// metadata reads the first part.
func (b related) metadata() (store.File, error) {
	part, err := b.next()
	if err != nil {
		return store.File{}, malformed("the first part, the metadata, is missing", err)
	}
	text, err := io.ReadAll(io.LimitReader(part, maxMetadata+1))
	switch {
	case err != nil:
		return store.File{}, malformed("the first part, the metadata, does not end", err)
	case len(text) > maxMetadata:
		return store.File{}, problem.TooLarge(maxMetadata, nil)
	}
	return parseMetadata(text)
}

// parseMetadata takes the names of the members in any letter case, as encoding/json does anyway.
func parseMetadata(text []byte) (store.File, error) {
	var m struct {
		Name           string
		FileName       string
		BusinessTypeID businessType
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return store.File{}, malformed("the first part, the metadata, is not the expected JSON", err)
	}
	if m.Name == "" {
		m.Name = m.FileName
	}
	var wrong invalid
	wrong.add("#/name", checkName(m.Name))
	wrong.add("#/businessTypeId", m.BusinessTypeID.check())
	return store.File{Name: m.Name, BusinessType: int64(m.BusinessTypeID)}, wrong.err()
}

// content returns the second part, unread.
func (b related) content() (io.Reader, error) {
	part, err := b.next()
	if err != nil {
		return nil, malformed("the second part, the content, is missing", err)
	}
	switch coding := part.Header.Get("Content-Transfer-Encoding"); strings.ToLower(coding) {
	case "", "7bit", "8bit", "binary": // as it is (RFC 2045 §6.2)
		return incoming{part}, nil
	}
	return nil, malformed("the content must not have a Content-Transfer-Encoding", nil)
}

// end makes sure that the closing boundary comes next, and that the request has arrived whole: behind it
// may stand what means nothing (RFC 2046 §5.1.1), and what is missing of that is missing of the request
// (RFC 9112 §8).
func (b related) end() error {
	if _, err := b.next(); err != io.EOF {
		return malformed("the closing boundary is missing", err)
	}
	switch _, err := io.CopyN(io.Discard, b.body, maxEpilogue); err {
	case io.EOF:
		return nil
	case nil:
		return malformed("too much follows the closing boundary", nil)
	default:
		return err
	}
}
