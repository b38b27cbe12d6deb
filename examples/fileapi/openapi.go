package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/examples/fileapi/docs"
)

const (
	documentPath = "/openapi.json"
	pagePath     = "/openapi"
)

// openAPI is the OpenAPI document of the service. What the conventions have in common it takes from
// problems/openapi.json, which the library serves.
//
//go:embed openapi.json
var openAPI []byte

// document serves it to machines.
func document(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(openAPI) // the client has gone
	return nil
}

// page serves it to people. problems serves the components to which it refers.
func page(problems http.Handler) func(http.ResponseWriter, *http.Request) error {
	text, err := docs.Page(openAPI, func(uri string) ([]byte, error) {
		r, err := http.NewRequest(http.MethodGet, "/"+strings.TrimPrefix(uri, "/"), nil)
		if err != nil {
			return nil, err
		}
		w := &memory{header: http.Header{}, status: http.StatusOK}
		problems.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			return nil, fmt.Errorf("status %d", w.status)
		}
		return w.Bytes(), nil
	})
	if err != nil {
		panic("fileapi: openapi.json: " + err.Error())
	}
	policy := docs.ContentSecurityPolicy()
	return func(w http.ResponseWriter, r *http.Request) error {
		h := w.Header()
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(text) // the client has gone
		return nil
	}
}

// memory is a response that nobody is sent.
type memory struct {
	bytes.Buffer
	header http.Header
	status int
}

func (m *memory) Header() http.Header    { return m.header }
func (m *memory) WriteHeader(status int) { m.status = status }
