package main

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/conditional"
	"github.com/danielgtaylor/huma/v2/negotiation"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/rs/zerolog"
)

// humaService is huma on net/http's mux. It has preconditions, problem
// documents, content types and negotiation; the edge is hlog with chi's
// Recoverer, the tenant check is written by hand. It has nothing for a
// computed tag.
func humaService(s setting) http.Handler {
	config := huma.DefaultConfig("bench", "1")
	config.CreateHooks = nil // a link to the schema in each response, which no other has
	mux := http.NewServeMux()
	api := humago.New(mux, config)
	huma.Register(api, huma.Operation{Method: http.MethodGet, Path: "/files/{id}"}, humaGet)
	huma.Register(api, huma.Operation{Method: http.MethodPut, Path: "/files/{id}"}, humaPut)
	return hlogChain(zerolog.New(s.log)).Append(middleware.Recoverer, plainTenant).Then(mux)
}

type humaInput struct {
	conditional.Params
	ID     string `path:"id"`
	Accept string `header:"Accept"`
}

type humaOutput struct {
	ETag        string `header:"ETag"`
	Vary        string `header:"Vary"`
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func humaGet(_ context.Context, in *humaInput) (*humaOutput, error) {
	if negotiation.SelectQValueFast(in.Accept, []string{"application/json", "application/xml"}) == "" {
		return nil, huma.Error406NotAcceptable("not acceptable")
	}
	body := stored[in.ID]
	if body == nil {
		return nil, huma.Error404NotFound("no such file")
	}
	if in.HasConditionalParams() {
		if err := in.PreconditionFailed("7", time.Time{}); err != nil {
			return nil, err
		}
	}
	return &humaOutput{`"7"`, "X-Raet-Tenant-Id, Accept", "application/json", body}, nil
}

type humaChange struct {
	conditional.Params
	ID   string `path:"id"`
	Body string
}

func humaPut(_ context.Context, in *humaChange) (*struct{}, error) {
	if stored[in.ID] == nil {
		return nil, huma.Error404NotFound("no such file")
	}
	if in.HasConditionalParams() {
		if err := in.PreconditionFailed("7", time.Time{}); err != nil {
			return nil, huma.ErrorWithHeaders(err, http.Header{"Etag": {`"7"`}})
		}
	}
	return nil, nil
}
