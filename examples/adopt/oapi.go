package main

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/examples/adopt/oapi"
	"github.com/apiconventions/apiconventions/problem"
)

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi/config.yaml oapi/openapi.yaml

func oapiStrict(s *service) http.Handler {
	router := newRoutes(s)
	router.layers["PUT /people/{id}"] = append(s.write(), strictJSON[oapi.Person])
	oapi.HandlerWithOptions(newOapi(s), oapi.StdHTTPServerOptions{
		BaseRouter:       router,
		ErrorHandlerFunc: oapiError,
	})
	return s.edge(router, limit)
}

// newOapi is the strict server. Each of its own errors is text with the cause in
// it, unless these functions write them.
func newOapi(s *service) oapi.ServerInterface {
	return oapi.NewStrictHandlerWithOptions(oapiService{s.people}, nil, oapi.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  oapiError,
		ResponseErrorHandlerFunc: problem.Write,
	})
}

// strictJSON refuses what the generated code would let pass: unknown members, and
// content behind the value. The service's BodyLimit bounds what it keeps.
func strictJSON[T any](next http.Handler) http.Handler {
	return problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		var kept bytes.Buffer
		once := *r
		once.Body = io.NopCloser(io.TeeReader(r.Body, &kept))
		if err := problem.ReadJSON(&once, new(T)); err != nil {
			return err
		}
		once.Body = io.NopCloser(&kept)
		next.ServeHTTP(w, &once)
		return nil
	})
}

// oapiError writes the error of a request that cannot be read: 413 and 408 of the
// body, else 400.
func oapiError(w http.ResponseWriter, r *http.Request, err error) {
	if problem.From(err).Status == http.StatusInternalServerError {
		e := problem.Invalid()
		e.Err = err
		err = e
	}
	problem.Write(w, r, err)
}

type oapiService struct{ people *people }

func (s oapiService) GetPerson(ctx context.Context, q oapi.GetPersonRequestObject) (oapi.GetPersonResponseObject, error) {
	p, version, err := s.people.get(ctx, q.Id)
	if err != nil {
		return nil, err
	}
	tag := etag.For(ctx, etag.Version(version)).String()
	return oapi.GetPerson200JSONResponse{
		Body:    oapi.Person(p),
		Headers: oapi.GetPerson200ResponseHeaders{ETag: &tag},
	}, nil
}

func (s oapiService) PutPerson(ctx context.Context, q oapi.PutPersonRequestObject) (oapi.PutPersonResponseObject, error) {
	version, err := s.people.put(ctx, q.Id, seenVersion(ctx), person(*q.Body))
	if err != nil {
		return nil, err
	}
	tag := etag.For(ctx, etag.Version(version)).String()
	return oapi.PutPerson204Response{Headers: oapi.PutPerson204ResponseHeaders{ETag: &tag}}, nil
}
