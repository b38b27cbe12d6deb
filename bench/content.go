package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/gorilla/handlers"
)

// A content is a request with a body, for a route that takes JSON and
// multipart forms.
type content struct {
	method string
	types  []string // the lines of Content-Type
	body   string
	see    func(*http.Response) string // what to look at; nil for the status
}

var taken = []string{"application/json", "multipart/form-data"}

var contentTypes = []library[content]{
	{ours, contentTypeOurs},
	{"chi", func(in content) op {
		return in.through(middleware.AllowContentType(taken...)(nothing))
	}},
	{"gorilla", func(in content) op {
		return in.through(handlers.ContentTypeHandler(nothing, taken...))
	}},
}

// through is the op that sends the request through h.
func (in content) through(h http.Handler) op {
	if in.see == nil {
		return serve(h, in.request())
	}
	return func() string {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, in.request())
		return in.see(w.Result())
	}
}

// nothing is a handler that does nothing.
var nothing = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})

func (in content) request() *http.Request {
	r := request(in.method, nil)
	if in.types != nil {
		r.Header["Content-Type"] = in.types
	}
	r.ContentLength = int64(len(in.body))
	r.Body = http.NoBody
	if in.body != "" {
		r.Body = io.NopCloser(strings.NewReader(in.body))
	}
	return r
}
