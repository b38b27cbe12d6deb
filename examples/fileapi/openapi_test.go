//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apiconventions/apiconventions/examples/fileapi/internal/testserver"
)

// front puts something in front of what serve starts; nil = nothing.
var front func(t *testing.T, base string) string

// watcher stands in front of a prism in front of the service, and knows what has passed.
type watcher struct {
	prism   *url.URL
	service atomic.Pointer[url.URL] // behind the prism
	test    atomic.Pointer[testing.T]

	mu   sync.Mutex
	seen map[string]bool // as "GET /livez 204"
}

// newWatcher starts a prism that reads the document from a service which it is given later.
func newWatcher(t *testing.T, base string) *watcher {
	t.Helper()
	w := &watcher{seen: map[string]bool{}}
	w.turn(t, base)
	behind := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(w.service.Load()) }})
	t.Cleanup(behind.Close)
	var err error
	if w.prism, err = url.Parse(testserver.Prism(t, behind.URL, behind.URL+documentPath)); err != nil {
		t.Fatal(err)
	}
	return w
}

// turn makes the prism look at another service.
func (w *watcher) turn(t *testing.T, base string) {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	w.service.Store(u)
	w.test.Store(t)
}

// watch returns the URL of a server that sends requests through the prism to the service. The test fails when a
// response is not as the document has it, or when the service takes a request that is not. What it refuses need
// not be.
func (w *watcher) watch(t *testing.T, base string) string {
	t.Helper()
	w.turn(t, base)
	server := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(w.prism)
			if strings.HasPrefix(r.In.URL.Path, movedPath) || r.In.Method == http.MethodHead {
				// Prism shows where a redirect leads to, and fails at JSON without content.
				r.SetURL(w.service.Load())
			}
			r.Out.Header.Del("Expect") // prism sends it on, and does not wait
		},
		ModifyResponse: w.check,
	})
	t.Cleanup(server.Close)
	return server.URL
}

func (w *watcher) check(r *http.Response) error {
	t, ask := w.test.Load(), r.Request
	for _, v := range violations(t, r) {
		if v.Location[0] == "response" || r.StatusCode < 400 {
			t.Errorf("%s %s, %d: %s %s", ask.Method, ask.URL.RequestURI(), r.StatusCode, strings.Join(v.Location, "."), v.Message)
		}
	}
	if operation := documented(ask.Method, ask.URL.Path); operation != "" {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.seen[fmt.Sprint(operation, " ", r.StatusCode)] = true
	}
	return nil
}

type violation struct {
	Location          []string
	Severity, Message string
}

func violations(t *testing.T, r *http.Response) (list []violation) {
	t.Helper()
	if text := r.Header.Get("Sl-Violations"); text != "" {
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			t.Errorf("%v: %s", err, text)
		}
	}
	return list
}

// paths are those of the document.
var paths = func() (paths map[string]map[string]json.RawMessage) {
	var d struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(openAPI, &d); err != nil {
		panic(err)
	}
	return d.Paths
}()

// documented returns the operation of a request, as "GET /livez", or "". A path without a parameter comes first.
func documented(method, path string) string {
	if paths[path][strings.ToLower(method)] != nil {
		return method + " " + path
	}
	for template, item := range paths {
		pattern := "^" + strings.NewReplacer("{id}", "[^/]+", "{slug}", "[^/]+").Replace(template) + "$"
		if item[strings.ToLower(method)] != nil && regexp.MustCompile(pattern).MatchString(path) {
			return method + " " + template
		}
	}
	return ""
}

// What real clients send and get is as the OpenAPI document has it, in the eyes of a proxy that is not ours. Each
// response in the document but the failures has been seen.
func TestThroughPrism(t *testing.T) {
	w := newWatcher(t, serve(t))
	front = w.watch
	defer func() { front = nil }()
	for _, test := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"real requests", TestRealRequests},
		{"README", TestReadme},
		{"welcome", TestWelcome},
		{"patch", TestPatch},
		{"downloaded", TestDownloaded},
		{"asynchronous", TestAsynchronous},
		{"ranges", TestManyRanges},
		{"problem pages", TestProblemPages},
		{"bad input", TestBadInput},
		{"token errors", TestTokenErrors},
		{"token by Basic", TestTokenByBasic},
		{"absent and foreign", TestAbsentAndForeignAreTheSame},
		{"other operations", testOtherOperations},
		{"itself", w.testItself},
	} {
		t.Run(test.name, test.run)
	}
	for path, item := range paths {
		for method, text := range item {
			var operation struct{ Responses map[string]any }
			if method == "parameters" {
				continue
			} else if err := json.Unmarshal(text, &operation); err != nil {
				t.Fatal(err)
			}
			for status := range operation.Responses {
				if what := strings.ToUpper(method) + " " + path + " " + status; status < "400" && !w.seen[what] {
					t.Errorf("%s was not seen", what)
				}
			}
		}
	}
}

// testOtherOperations asks for what the other tests do not.
func testOtherOperations(t *testing.T) {
	me := single(t, serve(t))
	again := func(path string) {
		t.Helper()
		tag := me.do(t, "GET", path, "").want(t, http.StatusOK).header.Get("ETag")
		if a := me.do(t, "GET", path, "", "If-None-Match: "+tag); a.status != http.StatusNotModified || tag == "" {
			t.Errorf("%s with %s: %d", path, tag, a.status)
		}
	}
	for _, path := range []string{documentPath, pagePath, problemsPath, problemsPath + "record-changed", problemsPath + "openapi.json"} {
		again(path)
	}
	upload := me.begin(t, "chunks.txt")
	status := uploadsPath + upload[strings.LastIndex(upload, "=")+1:]
	again(filesPath)
	again(status)
	me.do(t, "PUT", upload+"&position=1&close=true", "x", octetStream, async).want(t, http.StatusAccepted)
	k := key()
	gone := me.do(t, "POST", whole, body("gone.txt", "x"), relatedB, k).want(t, http.StatusCreated).header.Get("Location")
	me.do(t, "DELETE", gone, "").want(t, http.StatusNoContent)
	me.do(t, "POST", whole, body("gone.txt", "x"), relatedB, k).want(t, http.StatusCreated)
	me.do(t, "POST", whole, body("gone.txt", "y"), relatedB, k).want(t, http.StatusUnprocessableEntity)
	me.do(t, "GET", "/livez", "").want(t, http.StatusNoContent)
	me.do(t, "GET", "/readyz", "").want(t, http.StatusNoContent)
	for path, item := range paths {
		if strings.HasPrefix(path, movedPath) {
			for method := range item {
				if method != "parameters" {
					a := me.do(t, strings.ToUpper(method), strings.ReplaceAll(path, "{id}", "x"), "")
					if a.status != http.StatusPermanentRedirect || a.header.Get("Location") == "" {
						t.Errorf("%s %s: %d", method, path, a.status)
					}
				}
			}
		}
	}
}

// The prism does see what is not as documented.
func (w *watcher) testItself(t *testing.T) {
	wrong := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/livez":
			rw.WriteHeader(http.StatusTeapot)
		case filesPath:
			rw.Header().Set("Content-Type", jsonType)
			_, _ = io.WriteString(rw, `{"data":[],"pageIndex":0,"pageSize":"20","count":0}`)
		}
	}))
	defer wrong.Close()
	w.turn(t, wrong.URL)
	for path, want := range map[string]string{"/livez": "response", filesPath: "response", filesPath + "?pageSize=0": "request"} {
		ask, err := http.NewRequest("GET", w.prism.String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		ask.Header.Set("Authorization", "Bearer x")
		r, err := http.DefaultClient.Do(ask)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if !slices.ContainsFunc(violations(t, r), func(v violation) bool { return v.Location[0] == want }) {
			t.Errorf("%s: %v", path, r.Header)
		}
	}
}

// Each route is in the document, and each operation of the document is that of a route.
func TestOpenAPIHasEveryRoute(t *testing.T) {
	mux, patterns := new(service).routes()
	for _, pattern := range patterns {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok { // all methods, and all below the path
			method, path = "get", pattern
			for p := range paths {
				if strings.HasPrefix(p, pattern) {
					path = p
				}
			}
		}
		if paths[path][strings.ToLower(method)] == nil {
			t.Errorf("the document has no %s", pattern)
		}
	}
	for path, item := range paths {
		for method := range item {
			if method == "parameters" {
				continue
			}
			r := httptest.NewRequest(strings.ToUpper(method), strings.NewReplacer("{id}", "x", "{slug}", "x").Replace(path), nil)
			if _, pattern := mux.Handler(r); !slices.Contains(patterns, pattern) {
				t.Errorf("no route for %s %s", method, path)
			}
		}
	}
}

// A linter that is not ours finds nothing in the document, and does find a reference that leads nowhere.
func TestOpenAPILint(t *testing.T) {
	npx, err := exec.LookPath("npx")
	if err != nil {
		t.Skip("npx is not installed; this test needs it")
	}
	base := serve(t)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == documentPath {
			_, _ = w.Write(bytes.Replace(openAPI, []byte("schemas/FileList"), []byte("schemas/Nothing"), 1))
			return
		}
		http.Redirect(w, r, base+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer broken.Close()
	for url, valid := range map[string]bool{base: true, broken.URL: false} {
		out, err := exec.CommandContext(t.Context(), npx, "--yes", "@redocly/cli@2.77.0", "lint", "--config", "redocly.yaml", url+documentPath).CombinedOutput()
		if clean := err == nil && !strings.Contains(string(out), "arning was generated"); clean != valid {
			t.Errorf("%s: %v\n%s", url, err, out)
		}
	}
}

// The page has all operations, and the policy of a page that loads nothing.
func TestOpenAPIPage(t *testing.T) {
	base := caller{base: serve(t)}
	page := base.do(t, "GET", pagePath, "", "Accept: text/html").want(t, http.StatusOK)
	if n := strings.Count(page.body, "<article id=\""); n < 30 {
		t.Errorf("%d articles", n)
	}
	if policy := page.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") {
		t.Errorf("%s", policy)
	}
	for _, path := range []string{documentPath, problemsPath} {
		if !strings.Contains(page.body, `href="`+strings.TrimPrefix(path, "/")+`"`) {
			t.Errorf("the page does not lead to %s", path)
		}
	}
	base.do(t, "GET", pagePath, "", acceptJSON).want(t, http.StatusNotAcceptable)
	base.do(t, "GET", documentPath, "", "Accept: text/html").want(t, http.StatusNotAcceptable)
}
