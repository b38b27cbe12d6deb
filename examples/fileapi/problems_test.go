//go:build unix

package main

import (
	"net/http"
	"strings"
	"testing"
)

// The type of each problem leads to its page, for a person and for a machine.
func TestProblemPages(t *testing.T) {
	base := serve(t)
	me, stranger := single(t, base), caller{base: base}
	closed, gap := me.begin(t, "closed.txt"), me.begin(t, "gap.txt")
	me.do(t, "POST", closed, "").want(t, http.StatusCreated)
	me.do(t, "PUT", gap+"&position=3", "x", octetStream).want(t, http.StatusPartialContent)

	for _, a := range []answer{
		me.do(t, "PUT", closed+"&position=1", "x", octetStream).want(t, http.StatusConflict),
		me.do(t, "POST", gap, "").want(t, http.StatusConflict),
		me.do(t, "GET", filesPath+"?pageSize=x", "").want(t, http.StatusBadRequest),
		stranger.do(t, "GET", filesPath, "").want(t, http.StatusUnauthorized),
	} {
		page := stranger.do(t, "GET", a.json(t, "type").(string), "", acceptJSON).want(t, http.StatusOK)
		if page.json(t, "title") != a.json(t, "title") || page.json(t, "status") != float64(a.status) || page.json(t, "action") == "" {
			t.Errorf("%s\n of %s", page.body, a.body)
		}
		html := stranger.do(t, "GET", a.json(t, "type").(string), "", "Accept: text/html").want(t, http.StatusOK)
		if !strings.Contains(html.body, "<h1>") || html.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%v %s", html.header, html.body)
		}
	}
	if missing := me.do(t, "POST", gap, "").json(t, "missing"); len(missing.([]any)) != 2 {
		t.Errorf("missing %v", missing)
	}
	components := stranger.do(t, "GET", problemsPath+"openapi.json", "").want(t, http.StatusOK)
	for _, name := range []string{"RecordChanged", "UploadClosed", "ChunksMissing"} {
		if components.json(t, "components.schemas."+name) == nil {
			t.Errorf("no schema %s", name)
		}
	}
	stranger.do(t, "GET", problemsPath+"nowhere", "").want(t, http.StatusNotFound)
}
