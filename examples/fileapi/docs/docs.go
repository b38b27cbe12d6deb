// Package docs makes a page of an OpenAPI document: what a person reads who has to call the service. The page
// has no script, and nothing from elsewhere.
package docs

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

// Page returns the page of the document. resolve returns the documents to which it refers, by the part of a
// $ref before the "#".
func Page(document []byte, resolve func(uri string) ([]byte, error)) ([]byte, error) {
	d, err := read(document, resolve)
	if err != nil {
		return nil, err
	}
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{"Style": template.CSS(pageCSS), "Document": d, "Sections": d.sections()})
	return b.Bytes(), err
}

// ContentSecurityPolicy admits the style sheet in the page and nothing else.
func ContentSecurityPolicy() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
