package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/conditional"
	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
)

// A condition is a request with preconditions, and the resource it meets.
type condition struct {
	method   string
	fields   http.Header
	tag      string // as on the wire; "" where there is no such resource yet
	modified time.Time
}

// conditions return 200 where the handler would run, else the status of the
// refusal. Ours is the decision alone, in guards the middleware.
var (
	conditions = []library[condition]{
		{ours, evaluateOurs},
		{"net/http", serveContent},
		{"huma*", humaConditional},
		{"fiber", fiberFresh},
	}
	guards = append([]library[condition]{{ours, guardOurs}}, conditions[1:]...)
)

// serveContent is the whole of http.ServeContent, with a body of two bytes.
func serveContent(in condition) op {
	if in.tag == "" {
		return nil // it has no notion of a resource that is not there
	}
	body := strings.NewReader("{}")
	tag := []string{in.tag}
	return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Etag"] = tag
		http.ServeContent(w, r, "7.json", in.modified, body)
	}), request(in.method, in.fields))
}

// humaConditional is huma's decision alone: the fields have been read into
// its Params beforehand, by huma.
func humaConditional(in condition) op {
	type input struct{ conditional.Params }
	var params conditional.Params
	mux := http.NewServeMux()
	api := humago.New(mux, huma.DefaultConfig("bench", "1"))
	huma.Register(api, huma.Operation{Method: in.method, Path: "/files/7"}, func(_ context.Context, i *input) (*struct{}, error) {
		params = i.Params
		return nil, nil
	})
	serve(mux, request(in.method, in.fields))()
	tag := strings.Trim(in.tag, `"`) // huma compares without quotes
	return func() string {
		if err := params.PreconditionFailed(tag, in.modified); err != nil {
			return status(err.GetStatus())
		}
		return "200"
	}
}

// fiberFresh is fiber's decision alone. It knows the conditions of a read
// only.
func fiberFresh(in condition) op {
	if in.tag == "" || in.method != http.MethodGet || in.fields["If-Match"] != nil || in.fields["If-Unmodified-Since"] != nil {
		return nil
	}
	c := fiber.New().AcquireCtx(&fasthttp.RequestCtx{})
	for name, lines := range in.fields {
		for _, line := range lines {
			c.Request().Header.Add(name, line)
		}
	}
	c.Response().Header.Set("ETag", in.tag)
	c.Response().Header.Set("Last-Modified", in.modified.UTC().Format(http.TimeFormat))
	return func() string {
		if c.Fresh() {
			return "304"
		}
		return "200"
	}
}
