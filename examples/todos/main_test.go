package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/examples/todos/issuer"
)

// call sends a request, and returns status, the header named and the body.
type call func(method, path, body string, header ...string) *response

type response struct {
	*http.Response
	body string
}

func start(t *testing.T, keys json.RawMessage) call {
	t.Helper()
	set, err := keyfunc.NewJWKSetJSON(keys)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(service(zerolog.Nop(), set, newStore()))
	t.Cleanup(server.Close)
	return func(method, path, body string, header ...string) *response {
		t.Helper()
		r, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range header {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Set(name, value)
		}
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return &response{resp, strings.TrimSpace(string(got))}
	}
}

func bearer(t *testing.T, i *issuer.Issuer, claims map[string]any) string {
	t.Helper()
	token, err := i.Token(claims)
	if err != nil {
		t.Fatal(err)
	}
	return "Authorization: Bearer " + token
}

func newIssuer(t *testing.T) *issuer.Issuer {
	t.Helper()
	i, err := issuer.New()
	if err != nil {
		t.Fatal(err)
	}
	return i
}

const (
	isJSON  = "Content-Type: application/json"
	isMerge = "Content-Type: application/merge-patch+json"
)

func TestTheLifeOfATodo(t *testing.T) {
	i := newIssuer(t)
	do := start(t, i.Keys())
	me := bearer(t, i, map[string]any{"scope": "todos:read todos:write", "tenants": []string{"1234567"}})
	want := func(got *response, status int, body string) {
		t.Helper()
		if got.StatusCode != status || got.body != body {
			t.Errorf("%s %s: %d %s", got.Request.Method, got.Request.URL.Path, got.StatusCode, got.body)
		}
	}
	problem := func(got *response, status int, typ string) {
		t.Helper()
		if got.StatusCode != status || !strings.Contains(got.body, `"type":"`+typ+`"`) {
			t.Errorf("%s %s: %d %s", got.Request.Method, got.Request.URL.Path, got.StatusCode, got.body)
		}
	}

	empty := do("GET", "/todos", "", me)
	want(empty, 200, `{"data":[]}`)
	want(do("GET", "/todos", "", me, "If-None-Match: "+empty.Header.Get("ETag")), 304, "")

	created := do("POST", "/todos", `{"title":"Milk"}`, me, isJSON)
	want(created, 201, "")
	todo, tag := created.Header.Get("Location"), created.Header.Get("ETag")
	want(do("GET", "/todos", "", me, "If-None-Match: "+empty.Header.Get("ETag")), 200,
		`{"data":[{"id":"`+strings.TrimPrefix(todo, "/todos/")+`","title":"Milk","done":false}]}`)
	got := do("GET", todo, "", me)
	want(got, 200, `{"title":"Milk","done":false}`)
	want(do("HEAD", todo, "", me), 200, "")
	want(do("GET", todo, "", me, "If-None-Match: "+got.Header.Get("ETag")), 304, "")

	problem(do("POST", "/todos", `{"title":"Milk"}`, me, isJSON, "If-Match: "+tag), 409, "/problems/record-changed")
	problem(do("POST", "/todos", `{"title":"Milk"}`, me, isJSON, "If-None-Match: *"), 412, "/problems/precondition-failed")
	problem(do("PUT", todo, `{"title":"Bread"}`, me, isJSON), 428, "/problems/precondition-required")
	put := do("PUT", todo, `{"title":"Bread"}`, me, isJSON, "If-Match: "+tag)
	want(put, 204, "")
	problem(do("PUT", todo, `{"title":"Beer"}`, me, isJSON, "If-Match: "+tag), 409, "/problems/record-changed")
	patched := do("PATCH", todo, `{"done":true}`, me, isMerge, "If-Match: "+put.Header.Get("ETag"))
	want(patched, 204, "")
	want(do("GET", todo, "", me), 200, `{"title":"Bread","done":true}`)
	tag = patched.Header.Get("ETag")

	for _, bad := range []struct{ method, body, form string }{
		{"PUT", `{"title":"Bread"`, isJSON},
		{"PUT", `{"title":"Bread","dnoe":true}`, isJSON},
		{"PUT", `{"title":7}`, isJSON},
		{"PUT", `{}`, isJSON},
		{"PATCH", `{"title":null}`, isMerge},
		{"PATCH", `{"done":`, isMerge},
		{"PATCH", `{"dnoe":true}`, isMerge},
		{"PATCH", `["done"]`, isMerge},
		{"PATCH", `null`, isMerge},
		{"PATCH", `{"done":true}{}`, isMerge},
	} {
		problem(do(bad.method, todo, bad.body, me, bad.form, "If-Match: "+tag), 400, "/problems/invalid-request")
	}
	problem(do("PATCH", todo, `{"done":true}`, me, isJSON, "If-Match: "+tag), 415, "/problems/unsupported-media-type")
	problem(do("PUT", todo, `{"title":"`+strings.Repeat("x", 1<<16)+`"}`, me, isJSON, "If-Match: "+tag), 413, "/problems/content-too-large")
	problem(do("GET", todo, "", me, "Accept: text/html"), 406, "/problems/not-acceptable")
	want(do("GET", todo, "", me), 200, `{"title":"Bread","done":true}`)

	want(do("DELETE", todo, "", me, "If-Match: "+tag), 204, "")
	problem(do("GET", todo, "", me), 404, "about:blank")
	problem(do("DELETE", todo, "", me, "If-Match: "+tag), 404, "about:blank")
	problem(do("PUT", "/nowhere", "", me), 404, "about:blank")
	problem(do("PUT", "/todos", "", me), 405, "about:blank")
}

func TestWhoMayAsk(t *testing.T) {
	i := newIssuer(t)
	do := start(t, i.Keys())
	full := map[string]any{"scope": "todos:read todos:write", "tenants": []string{"1234567"}}
	todo := do("POST", "/todos", `{"title":"Milk"}`, bearer(t, i, full), isJSON).Header.Get("Location")
	for _, c := range []struct {
		who    string
		token  string
		status int
	}{
		{"nobody", "X-Nobody: 1", 401},
		{"another issuer", bearer(t, newIssuer(t), full), 401},
		{"an old token", bearer(t, i, map[string]any{"exp": time.Now().Add(-time.Hour).Unix()}), 401},
		{"a token for another service", bearer(t, i, map[string]any{"aud": "people"}), 401},
		{"no JWT", "Authorization: Bearer abc", 401},
		{"a token without a scope", bearer(t, i, map[string]any{"tenants": []string{"1234567"}}), 403},
		{"a token without a tenant", bearer(t, i, map[string]any{"scope": "todos:read"}), 403},
		{"another tenant", bearer(t, i, map[string]any{"scope": "todos:read", "tenants": []string{"7654321"}}), 404},
		{"two tenants", bearer(t, i, map[string]any{"scope": "todos:read", "tenants": []string{"1234567", "7654321"}}), 400},
		{"the tenant", bearer(t, i, full), 200},
	} {
		if got := do("GET", todo, "", c.token); got.StatusCode != c.status {
			t.Errorf("%s: %d %s", c.who, got.StatusCode, got.body)
		}
	}
	// Without keys nothing is known about a token.
	none := start(t, json.RawMessage(`{"keys":[]}`))
	if got := none("GET", todo, "", bearer(t, i, full)); got.StatusCode != 503 || got.Header.Get("Retry-After") == "" {
		t.Errorf("without keys: %d", got.StatusCode)
	}
}

// What a newcomer copies fits on a page or two.
func TestMainIsShort(t *testing.T) {
	file, err := os.Open("main.go")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := 0
	for s := bufio.NewScanner(file); s.Scan(); lines++ {
	}
	if lines > 150 {
		t.Errorf("%d lines", lines)
	}
}
