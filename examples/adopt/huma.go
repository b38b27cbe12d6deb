package main

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/validation"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/problem"
)

type humaGet struct {
	ETag string `header:"ETag"`
	Body person
}

type humaPut struct {
	ETag string `header:"ETag"`
}

func humaAPI(s *service) http.Handler {
	huma.NewErrorWithContext = humaError
	config := huma.DefaultConfig("People", "1")
	config.CreateHooks = nil                                             // no "$schema" in bodies, and no Link to it
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", "" // each would be a route, which needs its layers
	router := newRoutes(s)
	api := humago.New(router, config)
	huma.Get(api, "/people/{id}", func(ctx context.Context, q *struct {
		ID string `path:"id"`
	}) (*humaGet, error) {
		p, version, err := s.people.get(ctx, q.ID)
		if err != nil {
			return nil, err
		}
		return &humaGet{etag.For(ctx, etag.Version(version)).String(), p}, nil
	})
	huma.Put(api, "/people/{id}", func(ctx context.Context, q *struct {
		ID   string `path:"id"`
		Body person
	}) (*humaPut, error) {
		version, err := s.people.put(ctx, q.ID, seenVersion(ctx), q.Body)
		if err != nil {
			return nil, err
		}
		return &humaPut{etag.For(ctx, etag.Version(version)).String()}, nil
	}, func(o *huma.Operation) { o.DefaultStatus = http.StatusNoContent })
	return s.edge(router, limit)
}

// humaError writes the problem document of what a handler returned, or of what
// huma found. What huma writes after it is not sent. huma's own documents repeat
// the submitted values and the text of any error; its 422 is a 400 here.
func humaError(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
	cause := errors.Join(append([]error{errors.New(message)}, errs...)...)
	e := problem.Wrap(status, cause)
	if from := problem.From(cause); from.Status != http.StatusInternalServerError {
		e = from // the handler's own, or a read past the BodyLimit
	} else if status == http.StatusUnprocessableEntity || status == http.StatusBadRequest {
		e = problem.Invalid(humaFields(errs)...)
		e.Err = cause
	}
	r, w := humago.Unwrap(ctx)
	problem.Write(w, r, e)
	return written{e, status}
}

func humaFields(errs []error) (fields []problem.Field) {
	for _, err := range errs {
		var d *huma.ErrorDetail
		if errors.As(err, &d) && strings.HasPrefix(d.Location, "body") {
			pointer, detail := strings.TrimPrefix(d.Location, "body"), d.Message
			switch {
			case d.Message == validation.MsgUnexpectedProperty:
				pointer, detail = "", "has a member that is not known here" // its name is the client's
			case pointer == "":
				detail = "is not valid" // the message of a JSON error quotes the body
			}
			fields = append(fields, problem.Field{Pointer: "#" + strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(pointer), Detail: detail})
		}
	}
	return fields
}

// written is an error that has its response already.
type written struct {
	error
	status int
}

func (w written) GetStatus() int { return w.status }
