package main

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/etag"
	"github.com/valyala/fasthttp"
)

// A page is the response of a handler below a middleware that makes the tag
// from the body, and the request for it.
type page struct {
	method   string
	fields   http.Header
	status   int
	body     []byte
	declared bool // Content-Length is set before the first byte
	piece    int  // bytes a Write; 0 for all at once
	revalid  bool // the request has the tag of the response
}

var taggers = []library[page]{
	{ours, computedOurs},
	{"plain", func(in page) op { return in.through(plainETag) }},
	{"fiber", fiberETag},
}

func (in page) handler() http.Handler {
	length := []string{strconv.Itoa(len(in.body))}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if in.declared {
			w.Header()["Content-Length"] = length
		}
		if in.status != 0 && in.status != http.StatusOK {
			w.WriteHeader(in.status)
		}
		if in.piece == 0 {
			w.Write(in.body)
			return
		}
		for piece := range slices.Chunk(in.body, in.piece) {
			w.Write(piece)
		}
	})
}

// through is the op that serves the page through a middleware.
func (in page) through(middleware func(http.Handler) http.Handler) op {
	h := middleware(in.handler())
	r := request(in.method, in.fields)
	if in.revalid {
		first := &recorder{header: http.Header{}}
		get := page{body: in.body}
		middleware(get.handler()).ServeHTTP(first, request(http.MethodGet, nil))
		r.Header["If-None-Match"] = addTag(in.fields["If-None-Match"], first.header.Get("Etag"))
	}
	return serve(h, r)
}

// addTag is lines with the placeholder TAG replaced, or just the tag.
func addTag(lines []string, tag string) []string {
	if lines == nil {
		return []string{tag}
	}
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = string(bytes.ReplaceAll([]byte(line), []byte("TAG"), []byte(tag)))
	}
	return out
}

// plainETag is the handler that services usually assemble: the whole response
// in a buffer, a SHA-1 of it with the type that was negotiated, one header
// compared.
func plainETag(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := &buffered{header: w.Header(), status: http.StatusOK}
		next.ServeHTTP(b, r)
		if b.status == http.StatusOK && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			sum := sha1.Sum(b.body.Bytes())
			mediaType := ""
			if known, ok := r.Context().Value(plainKey{}).(*plainRequest); ok {
				mediaType = known.mediaType
			}
			tag := `"` + hex.EncodeToString(sum[:]) + mediaType + `"`
			w.Header().Set("ETag", tag)
			if r.Header.Get("If-None-Match") == tag {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		w.WriteHeader(b.status)
		w.Write(b.body.Bytes())
	})
}

type buffered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (b *buffered) Header() http.Header         { return b.header }
func (b *buffered) WriteHeader(code int)        { b.status = code }
func (b *buffered) Write(p []byte) (int, error) { return b.body.Write(p) }

// fiberETag is fiber's middleware in a fiber application of one route.
func fiberETag(in page) op {
	if in.piece > 0 {
		return nil // a fiber handler hands over the body as a whole
	}
	app := fiber.New()
	app.Use(etag.New())
	app.All("/files/7", func(c fiber.Ctx) error {
		if in.status != 0 {
			c.Status(in.status)
		}
		return c.Send(in.body)
	})
	handle := app.Handler()
	c := &fasthttp.RequestCtx{}
	c.Request.SetRequestURI("/files/7")
	c.Request.Header.SetMethod(in.method)
	for name, lines := range in.fields {
		for _, line := range lines {
			c.Request.Header.Add(name, line)
		}
	}
	if in.revalid {
		first := &fasthttp.RequestCtx{}
		first.Request.SetRequestURI("/files/7")
		handle(first)
		c.Request.Header.Del("If-None-Match")
		for _, line := range addTag(in.fields["If-None-Match"], string(first.Response.Header.Peek("ETag"))) {
			c.Request.Header.Add("If-None-Match", line)
		}
	}
	return func() string {
		c.Response.Reset()
		handle(c)
		return status(c.Response.StatusCode())
	}
}
