package main

import (
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/apiconventions/apiconventions/examples/fileapi/store"
	"github.com/apiconventions/apiconventions/problem"
)

const maxMetadata = 64 << 10 // bytes

// related reads the multipart/related body of an upload (RFC 2387): the metadata, then the content.
type related struct{ parts *multipart.Reader }

func newRelated(r *http.Request) (related, error) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return related{}, malformed("a multipart/related body is missing", err)
	}
	return related{multipart.NewReader(r.Body, params["boundary"])}, nil
}

// metadata reads the first part.
func (b related) metadata() (store.File, error) {
	part, err := b.parts.NextRawPart()
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

// content answers the second part, unread.
func (b related) content() (io.Reader, error) {
	part, err := b.parts.NextRawPart()
	if err != nil {
		return nil, malformed("the second part, the content, is missing", err)
	}
	return incoming{part}, nil
}

// end makes sure that the closing boundary comes next.
func (b related) end() error {
	if _, err := b.parts.NextRawPart(); err != io.EOF {
		return malformed("the closing boundary is missing", err)
	}
	return nil
}
