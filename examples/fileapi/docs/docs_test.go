package docs_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/examples/fileapi/docs"
)

const document = `{
  "openapi": "3.1.0",
  "info": {"title": "Teas <&>", "version": "1", "summary": "Pots and cups.", "description": "All of them."},
  "security": [{"Bearer": []}],
  "tags": [{"name": "Pots", "description": "Of all sizes."}],
  "paths": {
    "/pots/{id}": {
      "parameters": [{"$ref": "#/components/parameters/Id"}],
      "put": {
        "tags": ["Pots"], "summary": "Fill a pot", "deprecated": true, "security": [{}, {"Basic": []}],
        "parameters": [{"$ref": "other.json#/components/parameters/IfMatch"}],
        "requestBody": {"description": "What is in it.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pot"}}}},
        "responses": {
          "200": {"description": "It is full.", "headers": {"ETag": {"description": "Its tag."}},
            "content": {"application/json": {"schema": {"anyOf": [{"$ref": "#/components/schemas/Pot"}, {"$ref": "#/components/schemas/Lid"}]}}}},
          "404": {"$ref": "other.json#/components/responses/NotFound"}
        }
      },
      "get": {"tags": ["Pots"], "summary": "Look into a pot", "responses": {"204": {"description": "It is empty."}}}
    }
  },
  "components": {
    "parameters": {"Id": {"name": "id", "in": "path", "required": true, "description": "Which pot.", "schema": {"type": "integer", "minimum": 0, "maximum": 1048576}, "example": 7}},
    "schemas": {
      "Pot": {"type": "object", "description": "A pot.", "required": ["tea"], "properties": {
        "tea": {"type": "string", "enum": ["green", "black"], "description": "Which tea."}, "cups": {"type": ["integer", "null"], "default": 2}, "lids": {"type": "array", "items": {"$ref": "#/components/schemas/Lid"}}}},
      "Lid": {"allOf": [{"$ref": "#/components/schemas/Pot"}, {"type": "object", "properties": {"round": {"const": true}, "name": {"type": "string", "minLength": 1, "maxLength": 9}}}]}
    }
  }
}`

const other = `{"components": {
  "parameters": {"IfMatch": {"name": "If-Match", "in": "header", "description": "Which version.", "schema": {"type": "string"}}},
  "responses": {"NotFound": {"$ref": "#/components/responses/Gone"}, "Gone": {"description": "No such pot."}}}}`

func resolve(uri string) ([]byte, error) {
	if uri == "other.json" {
		return []byte(other), nil
	}
	return nil, errors.New("no such document")
}

// text is a page without its marks.
func text(page string) string {
	_, page, _ = strings.Cut(page, "<body>")
	return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")), " ")
}

func TestPage(t *testing.T) {
	page, err := docs.Page([]byte(document), resolve)
	if err != nil {
		t.Fatal(err)
	}
	got := text(string(page))
	for _, part := range []string{
		"Teas &lt;&amp;&gt; Pots and cups. All of them.",
		"GET /pots/{id} Look into a pot PUT /pots/{id} Fill a pot",
		"Look into a pot Authorization needs Bearer. Parameters id path, required Which pot. (integer, 0 to 1048576) For example 7 Responses 204 No Content It is empty.",
		"Fill a pot Deprecated Authorization may have Basic. Parameters id path, required",
		"If-Match header Which version. (string) Content What is in it. application/json Pot Responses 200 OK It is full. application/json Pot or Lid Header fields: ETag Problems: 404 Not Found. What each means .",
		"Pot A pot. object cups integer or null, 2 if absent lids array of Lid tea required Which tea. string, one of green, black",
		"Lid With the members of Pot , and name string, 1 to 9 characters round always true",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("no %q in\n%s", part, got)
		}
	}
}

// Links within the page lead somewhere, and the page loads nothing.
func TestPageStandsAlone(t *testing.T) {
	page, err := docs.Page([]byte(document), resolve)
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(string(page), -1)
	if len(links) < 5 {
		t.Errorf("%d links", len(links))
	}
	for _, link := range links {
		if !strings.Contains(string(page), `id="`+link[1]+`"`) {
			t.Errorf("%s leads nowhere", link[0])
		}
	}
	for _, mark := range []string{"<script", "<img", "src=", "url(", "@import", "stylesheet", "style=", "onclick"} {
		if strings.Contains(string(page), mark) {
			t.Errorf("the page has %s", mark)
		}
	}
}

func TestReferenceThatLeadsNowhere(t *testing.T) {
	for _, wrong := range []string{"other.json#/components/parameters/IfNoneMatch", "another.json#/x", "#/components/parameters/No"} {
		text := strings.Replace(document, "other.json#/components/parameters/IfMatch", wrong, 1)
		if _, err := docs.Page([]byte(text), resolve); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	if _, err := docs.Page([]byte("{"), resolve); err == nil {
		t.Error("a document that breaks off has a page")
	}
}
