//go:build unix

package main

import (
	"net/http"
	"strings"
	"testing"
)

// A query that cannot be read is refused on every route, rather than read without a restriction.
func TestBrokenQuery(t *testing.T) {
	base := serve(t)
	me, other := single(t, base), multi(t, base, "1234567")
	path := me.upload(t, "mine.txt", "mine")
	upload := other.begin(t, "open.txt")
	for _, broken := range []string{"role=publisher;a", "role=publisher;", "a=1;role=publisher", "role=publisher&%zz", "role=publisher&a=%"} {
		for _, request := range [][]string{
			{"GET", path + "?"}, {"HEAD", path + "?"}, {"DELETE", path + "?"}, {"PATCH", path + "?", mergePatch, "If-Match: *"},
			{"GET", filesPath + "?"}, {"GET", uploadsPath + path[strings.LastIndex(path, "/")+1:] + "?"},
			{"POST", upload + "&"}, {"PUT", upload + "&position=1&close=true&", octetStream},
		} {
			body := `{"name":"theirs.txt"}`
			if request[0] == "POST" {
				body = ""
			}
			a := other.do(t, request[0], request[1]+broken, body, request[2:]...)
			if a.status != http.StatusBadRequest {
				t.Errorf("%s %s%s: %d %s", request[0], request[1], broken, a.status, a.body)
			}
		}
	}
	if got := me.do(t, "GET", path, "", acceptJSON).want(t, http.StatusOK); got.json(t, "name") != "mine.txt" {
		t.Errorf("the file is %s", got.body)
	}
	other.do(t, "DELETE", path+"?role=publisher", "").want(t, http.StatusNotFound)
}

// What only the client knows the name of is no concern of the service, and is not repeated.
func TestUnknownParameters(t *testing.T) {
	me := single(t, serve(t))
	a := me.do(t, "GET", filesPath+"?_=1&_=2&%3Cscript%3E=1&%3Cscript%3E=2", "").want(t, http.StatusOK)
	if strings.Contains(a.body, "script") {
		t.Error(a.body)
	}
	for range 20 {
		a := me.do(t, "GET", filesPath+"?%3Cb%3E=1&%3Cb%3E=2&$orderBy=x&$orderBy=y&pageSize=1&pageSize=2&pageIndex=1&pageIndex=2&$filter=&$filter=", "").
			want(t, http.StatusBadRequest)
		const want = `"errors":[{"pointer":"pageIndex","detail":"must be there once"},{"pointer":"pageSize","detail":"must be there once"},{"pointer":"$filter","detail":"must be there once"},{"pointer":"$orderBy","detail":"must be there once"}]`
		if !strings.Contains(a.body, want) {
			t.Fatal(a.body)
		}
	}
}
