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
	"github.com/rs/zerolog/hlog"
)

// humaService is huma on net/http's mux. It has preconditions, problem
// documents, content types and negotiation; the edge is hlog with chi's
// Recoverer. The tenant check, the tag and what is added to a document are
// written by hand. It has nothing for a computed tag.
func humaService(s setting) http.Handler {
	config := huma.DefaultConfig("bench", "1")
	config.CreateHooks = nil // a link to the schema in each response, which no other has
	config.Transformers = []huma.Transformer{humaTransform}
	mux := http.NewServeMux()
	api := humago.New(mux, config)
	huma.Register(api, huma.Operation{Method: http.MethodGet, Path: "/files/{id}"}, humaGet)
	huma.Register(api, huma.Operation{Method: http.MethodPut, Path: "/files/{id}"}, humaPut)
	return hlogChain(zerolog.New(s.log)).Append(middleware.Recoverer, plainTenant).Then(mux)
}

// humaDocument is huma's own with the request's id.
type humaDocument struct {
	*huma.ErrorModel
	RequestID string `json:"requestId"`
}

// humaTransform adds to each document, huma's own refusals included, the
// request's id and the header fields of a document.
func humaTransform(ctx huma.Context, _ string, body any) (any, error) {
	document, ok := body.(*huma.ErrorModel)
	if !ok || document.Status == http.StatusNotModified {
		return body, nil
	}
	ctx.SetHeader("Cache-Control", "no-store")
	ctx.SetHeader("X-Content-Type-Options", "nosniff")
	id, _ := hlog.IDFromCtx(ctx.Context())
	return &humaDocument{document, id.String()}, nil
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

func humaGet(ctx context.Context, in *humaInput) (*humaOutput, error) {
	tag, err := humaCheck(ctx, in.ID, in.Accept, &in.Params)
	if err != nil {
		return nil, err
	}
	return &humaOutput{tag, "X-Raet-Tenant-Id, Accept", typeJSON, stored[in.ID]}, nil
}

type humaChange struct {
	conditional.Params
	ID     string `path:"id"`
	Accept string `header:"Accept"`
	Body   string
}

func humaPut(ctx context.Context, in *humaChange) (*struct{}, error) {
	_, err := humaCheck(ctx, in.ID, in.Accept, &in.Params)
	return nil, err
}

// humaCheck is what either operation begins with. The tag is that of the file
// as the type that Accept chooses.
func humaCheck(ctx context.Context, id, accept string, conditions *conditional.Params) (tag string, err error) {
	mediaType := negotiation.SelectQValueFast(accept, humaOffers)
	if mediaType == "" {
		return "", huma.Error406NotAcceptable("not acceptable")
	}
	if stored[id] == nil {
		return "", huma.Error404NotFound("no such file")
	}
	tag = fileTag(plainFrom(ctx).tenant, mediaType)
	if conditions.HasConditionalParams() {
		if err := conditions.PreconditionFailed(tag[1:len(tag)-1], time.Time{}); err != nil { // it compares without quotes
			return "", huma.ErrorWithHeaders(err, http.Header{"Etag": {tag}, "Vary": {"Accept"}})
		}
	}
	return tag, nil
}

var humaOffers = []string{typeJSON, typeXML}
