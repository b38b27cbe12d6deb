package problem_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

func pages() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/problems/", problem.Pages("", outOfCredit))
	return mux
}

const browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

func TestPages(t *testing.T) {
	const (
		inJSON = "Cache-Control: no-cache\nContent-Type: application/json\nVary: Accept\nX-Content-Type-Options: nosniff\n"
		inHTML = "Cache-Control: no-cache\nContent-Security-Policy: default-src 'none'; style-src 'sha256-…'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\n" +
			"Content-Type: text/html; charset=utf-8\nReferrer-Policy: no-referrer\nVary: Accept\nX-Content-Type-Options: nosniff\n"
	)
	hash := regexp.MustCompile(`sha256-[^']+`)
	servertest.Both(t, pages(), func(t *testing.T, s *httptest.Server) {
		for _, tt := range []struct {
			path, accept, header, body string
		}{
			{"/problems/", "Accept: */*", inJSON, `"openapi": "/problems/openapi.json"`},
			{"/problems/", browser, inHTML, `<a href="record-changed">`},
			{"/problems/", browser, inHTML, `<a href="out-of-credit">`},
			{"/problems/record-changed", "Accept: application/json", inJSON, `"type": "/problems/record-changed"`},
			{"/problems/record-changed", "Accept: application/*;q=0.5, text/html;q=0.4", inJSON, `"type": "/problems/record-changed"`},
			{"/problems/record-changed", browser, inHTML, "<h1>Record changed</h1>"},
			{"/problems/record-changed", "Accept: text/html", inHTML, "<h1>Record changed</h1>"},
			{"/problems/out-of-credit", browser, inHTML, "<p>"},
			{"/problems/openapi.json", "Accept: */*", inJSON, `"openapi": "3.1.0"`},
			{"/problems/openapi.json", browser, inJSON, `"OutOfCredit"`},
		} {
			resp, body := servertest.Do(t, s, "GET", tt.path, "", tt.accept)
			got := hash.ReplaceAllString(servertest.Header(resp, "Content-Length", "Etag"), "sha256-…")
			if resp.StatusCode != 200 || got != tt.header || !strings.Contains(body, tt.body) {
				t.Errorf("%s %s: %d\n%s%.300s", tt.path, tt.accept, resp.StatusCode, got, body)
			}
			if json.Valid([]byte(body)) != (tt.header == inJSON) {
				t.Errorf("%s %s: is the body JSON?", tt.path, tt.accept)
			}
			tag := resp.Header.Get("ETag")
			head, nothing := servertest.Do(t, s, "HEAD", tt.path, "", tt.accept)
			if head.StatusCode != 200 || nothing != "" || servertest.Header(head) != servertest.Header(resp) {
				t.Errorf("HEAD %s: %d\n%s", tt.path, head.StatusCode, servertest.Header(head))
			}
			for _, conditions := range []struct {
				field  string
				status int
			}{
				{"If-None-Match: " + tag, 304},
				{"If-None-Match: W/" + tag, 304},
				{`If-None-Match: "x", ` + tag, 304},
				{"If-None-Match: *", 304},
				{`If-None-Match: "x"`, 200},
				{"If-Match: " + tag, 200},
				{"If-Match: *", 200},
				{`If-Match: "x"`, 412},
				{"If-Match: W/" + tag, 412},
				{"If-Modified-Since: Wed, 21 Oct 2099 06:28:00 GMT", 200},
				{"Range: bytes=0-0", 200},
			} {
				for _, method := range []string{"GET", "HEAD"} {
					resp, body := servertest.Do(t, s, method, tt.path, "", tt.accept, conditions.field)
					if resp.StatusCode != conditions.status || resp.Header.Get("Vary") != "Accept" || resp.Header.Get("ETag") != tag {
						t.Errorf("%s %s %s: %d %v", method, tt.path, conditions.field, resp.StatusCode, resp.Header)
					}
					if want := "Cache-Control: no-cache\nEtag: " + tag + "\nVary: Accept\n"; resp.StatusCode == 304 && (servertest.Header(resp) != want || body != "") {
						t.Errorf("%s %s %s:\n%s", method, tt.path, conditions.field, servertest.Header(resp))
					}
				}
			}
			lines, _ := servertest.Do(t, s, "GET", tt.path, "", tt.accept, `If-None-Match: "x"`, "If-None-Match: "+tag)
			if lines.StatusCode != 304 {
				t.Errorf("%s: the second line of If-None-Match: %d", tt.path, lines.StatusCode)
			}
		}
		one, _ := servertest.Do(t, s, "GET", "/problems/", "", "Accept: text/html")
		other, _ := servertest.Do(t, s, "GET", "/problems/", "", "Accept: application/json")
		if one.Header.Get("ETag") == other.Header.Get("ETag") {
			t.Error("two representations have one tag")
		}
		for _, tt := range []struct {
			method, path, accept string
			status               int
			field                string
		}{
			{"GET", "/problems/nothing", "Accept: */*", 404, ""},
			{"GET", "/problems/record-changed/", "Accept: */*", 404, ""},
			{"GET", "/problems/a/record-changed", "Accept: */*", 404, ""},
			{"POST", "/problems/nothing", "Accept: */*", 404, ""},
			{"POST", "/problems/record-changed", "Accept: */*", 405, "Allow"},
			{"DELETE", "/problems/", "Accept: */*", 405, "Allow"},
			{"GET", "/problems/", "Accept: image/png", 406, "Vary"},
			{"GET", "/problems/openapi.json", "Accept: text/html", 406, "Vary"},
		} {
			resp, body := servertest.Do(t, s, tt.method, tt.path, "", tt.accept)
			if resp.StatusCode != tt.status || resp.Header.Get("Content-Type") != "application/problem+json" || tt.field != "" && resp.Header.Get(tt.field) == "" {
				t.Errorf("%s %s: %d %v %s", tt.method, tt.path, resp.StatusCode, resp.Header, body)
			}
		}
	})
}

// In the chain, under another base.
func TestPagesInTheChain(t *testing.T) {
	const base = "https://api.example.com/v1/problems"
	h := middleware.Default(zerolog.Nop(), nil).Then(problem.Pages(base))
	for path, want := range map[string]string{
		"/v1/problems/":               `"type": "https://api.example.com/v1/problems/record-changed"`,
		"/v1/problems/record-changed": `"type": "https://api.example.com/v1/problems/record-changed"`,
		"/v1/problems/openapi.json":   `"const": "https://api.example.com/v1/problems/record-changed"`,
		"/problems/record-changed":    `"status":404`,
		"/v1/problems":                `"status":404`,
	} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
		if !strings.Contains(rec.Body.String(), want) {
			t.Errorf("%s: %d %.300s", path, rec.Code, rec.Body)
		}
	}
}

// What a service writes into a type is text, whatever it looks like.
func TestPagesEscape(t *testing.T) {
	h := problem.Pages("", &problem.Type{
		Slug: "evil", Status: 400, Title: "<script>1</script>", Detail: "</title>", Meaning: "<b>", Action: "&amp;",
		Members: []problem.Member{{Name: "<i>", Meaning: "<i>", Example: "</code><script>"}},
		Header:  []problem.Member{{Name: "<u>", Meaning: "<u>", Example: "<u>"}},
	})
	for _, path := range []string{"/problems/", "/problems/evil"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Accept", "text/html")
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		for _, tag := range []string{"<script", "<b>", "<i>", "<u>", "</title></title>"} {
			if strings.Contains(rec.Body.String(), tag) {
				t.Errorf("%s has %s", path, tag)
			}
		}
	}
}

func TestPagesPanics(t *testing.T) {
	for name, build := range map[string]func(){
		"no URI":              func() { problem.Pages("http://[") },
		"no path":             func() { problem.Pages("https://example.com") },
		"a fragment":          func() { problem.Pages("https://example.com/problems#") },
		"a query":             func() { problem.Pages("https://example.com/problems?type=") },
		"an opaque base":      func() { problem.Pages("tag:example.com:") },
		"no slug":             func() { problem.Pages("", &problem.Type{Status: 400, Title: "x"}) },
		"a slug with a slash": func() { problem.Pages("", &problem.Type{Slug: "a/b", Status: 400, Title: "x"}) },
		"no status":           func() { problem.Pages("", &problem.Type{Slug: "a", Title: "x"}) },
		"a status of success": func() { problem.Pages("", &problem.Type{Slug: "a", Status: 204, Title: "x"}) },
		"no title":            func() { problem.Pages("", &problem.Type{Slug: "a", Status: 400}) },
		"a slug of ours":      func() { problem.Pages("", &problem.Type{Slug: "record-changed", Status: 400, Title: "x"}) },
		"a slug twice":        func() { problem.Pages("", outOfCredit, outOfCredit) },
		"a slug like ours":    func() { problem.Pages("", &problem.Type{Slug: "Record--Changed", Status: 409, Title: "x"}) },
		"the slug problem":    func() { problem.Pages("", &problem.Type{Slug: "problem", Status: 422, Title: "x"}) },
		"another status":      func() { problem.Pages("", &problem.Type{Slug: "not-found", Status: 422, Title: "x"}) },
		"a slug of hyphens":   func() { problem.Pages("", &problem.Type{Slug: "-", Status: 422, Title: "x"}) },
		"an example that is not JSON": func() {
			problem.Pages("", &problem.Type{Slug: "a", Status: 400, Title: "x", Members: []problem.Member{{Name: "n", Example: math.NaN()}}})
		},
		"a standard member": func() {
			problem.Pages("", &problem.Type{Slug: "a", Status: 400, Title: "x", Members: []problem.Member{{Name: "title", Example: 1}}})
		},
		"a field that is no string": func() {
			problem.Pages("", &problem.Type{Slug: "a", Status: 400, Title: "x", Header: []problem.Member{{Name: "n", Example: 1}}})
		},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			build()
		}()
	}
}

var update = flag.Bool("update", false, "write openapi.json anew")

// The file in the repository is what the pages serve. go generate writes it.
func TestOpenAPIFile(t *testing.T) {
	rec := httptest.NewRecorder()
	problem.Pages("").ServeHTTP(rec, httptest.NewRequest("GET", "/problems/openapi.json", nil))
	if *update {
		if err := os.WriteFile("openapi.json", rec.Body.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file, err := os.ReadFile("openapi.json")
	if err != nil || !bytes.Equal(file, rec.Body.Bytes()) {
		t.Errorf("openapi.json is not what is served: run go generate ./problem (%v)", err)
	}
}

// Each $ref leads to a component, and each type and each of its members is there.
func TestOpenAPI(t *testing.T) {
	rec := httptest.NewRecorder()
	problem.Pages("", &problem.Type{Slug: "not-found", Status: 404, Title: "The name of its status"}, &problem.Type{
		Slug: "typed", Status: 418, Title: "Typed",
		Members: []problem.Member{
			{Name: "s", Example: "x"}, {Name: "i", Example: int64(1) << 40}, {Name: "f", Example: 1.5}, {Name: "b", Example: true},
			{Name: "l", Example: []string{}}, {Name: "n", Example: nil}, {Name: "o", Example: map[string]any{"a": []int{1}}},
		},
	}).ServeHTTP(rec, httptest.NewRequest("GET", "/problems/openapi.json", nil))
	var doc map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	at := func(path string) any {
		var v any = doc
		for _, name := range strings.Split(path, "/") {
			m, _ := v.(map[string]any)
			v = m[name]
		}
		return v
	}
	var walk func(v any)
	refs := 0
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, v := range v {
				walk(v)
			}
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				refs++
				if at(strings.TrimPrefix(ref, "#/")) == nil {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			for _, v := range v {
				walk(v)
			}
		}
	}
	walk(doc)
	if refs < 50 {
		t.Errorf("%d references", refs)
	}
	typed, _ := json.Marshal(at("components/schemas/Typed"))
	for _, want := range []string{
		`"s":{"description":"","type":"string"}`, `"i":{"description":"","type":"integer"}`, `"f":{"description":"","type":"number"}`,
		`"b":{"description":"","type":"boolean"}`, `"l":{"description":"","type":"array"}`, `"n":{"description":""}`,
		`"o":{"description":"","properties":{"a":{"items":{"type":"integer"},"type":"array"}},"type":"object"}`,
		`"type":{"const":"/problems/typed"}`,
	} {
		if !strings.Contains(string(typed), want) {
			t.Errorf("%s lacks %s", typed, want)
		}
	}
	for _, name := range []string{
		"responses/Typed", "responses/BadRequest", "responses/InvalidRequest", "responses/RecordChanged", "responses/NotFound", "responses/ServiceUnavailable",
		"schemas/Problem", "parameters/IfMatch", "parameters/TenantId", "headers/ETag", "securitySchemes/Bearer",
	} {
		if at("components/"+name) == nil {
			t.Errorf("no %s", name)
		}
	}
}
