package main

import (
	"io"
	"net/http"
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
}

var taken = []string{"application/json", "multipart/form-data"}

// contentTypes answer the status.
var contentTypes = []library[content]{
	{ours, contentTypeOurs},
	{"chi", func(in content) op {
		return serve(middleware.AllowContentType(taken...)(nothing), in.request())
	}},
	{"gorilla", func(in content) op {
		return serve(handlers.ContentTypeHandler(nothing, taken...), in.request())
	}},
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
