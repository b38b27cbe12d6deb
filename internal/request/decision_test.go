package request

import (
	"net/http"
	"net/url"
	"testing"
)

// A note is about one request: the address of its URL tells, and what it is for.
func TestDecision(t *testing.T) {
	var d Decision
	r := &http.Request{Method: "GET", URL: &url.URL{Path: "/a", RawQuery: "b=c"}}
	if d.Layer(r) != nil || d.Layer(new(http.Request)) != nil {
		t.Error("a layer has decided before any has")
	}
	d.Note(r, "layer")
	if d.Layer(r) != "layer" || d.Layer(r.WithContext(t.Context())) != "layer" {
		t.Error("a shallow copy is not the same request")
	}
	if d.Layer(r.Clone(t.Context())) != nil || d.Layer(new(http.Request)) != nil {
		t.Error("a clone is the same request")
	}
	if d.Forget(); d.Layer(r) != nil {
		t.Error("what is forgotten is known")
	}
	for name, change := range map[string]func(*http.Request){
		"method": func(r *http.Request) { r.Method = "PUT" },
		"path":   func(r *http.Request) { r.URL.Path = "/c" },
		"query":  func(r *http.Request) { r.URL.RawQuery = "" },
	} {
		u := *r.URL
		r := &http.Request{Method: r.Method, URL: &u}
		d.Note(r, "layer")
		if change(r); d.Layer(r) != nil {
			t.Errorf("with another %s it is the same request", name)
		}
	}
}
