package middleware

import (
	"context"
	"net/http"
	"slices"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/mediatype"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Accept chooses the media type of the response before the handler runs. types are those
// of the route, the preferred one first. The rules are those of [Negotiate]. The handler
// gets the type from [AcceptedFromContext]. If the route has several types, entity tags
// of package etag differ by type.
//
// A request that accepts none of types gets a 406 "not-acceptable" (RFC 9110 §15.5.7) with
// types as the member "available". It is a problem document, whatever the request accepts.
//
// Every response from here inwards has Accept in Vary, including the 406 and a 304.
//
// If the handler writes a body without WriteHeader and without a Content-Type, the
// response has the chosen type, unless that is text, which net/http recognizes itself. A
// handler that sends another type sets it:
//
//	w.Header().Set("Content-Type", "text/csv")
//
// Of two Accept layers for one request each may refuse, and the choice of the inner one
// counts.
//
// It panics if types is empty, or if a type is malformed, has a wildcard or a parameter
// named q, or is equal to another one.
func Accept(types ...string) func(http.Handler) http.Handler {
	if len(types) == 0 {
		panic("middleware: Accept without a media type")
	}
	types = slices.Clone(types)
	mustBeOffers(types)
	offers := make([]request.Representation, len(types))
	for i, t := range types {
		offers[i].MediaType = t
		if len(types) > 1 {
			offers[i].Digest = request.Digest(t)
		}
	}
	l := &layer.Layer{Name: "middleware.Accept", Kind: layer.Accept}
	l.Decide = func(x layer.Exchange) (*http.Request, error) {
		i := mediatype.Choose(x.R.Header["Accept"], types)
		if i < 0 {
			x.VaryAccept("")
			return nil, notAcceptable(types)
		}
		x.VaryAccept(types[i])
		response.Set(&x, representation, &offers[i])
		return x.R, nil
	}
	l.Report = func(x layer.Exchange) (*http.Request, error) {
		r, err := l.Decide(x)
		if err != nil {
			response.Set(&x, representation, &offers[0])
			x.VaryAccept(types[0])
			r = x.R
		}
		return r, err
	}
	return l.Middleware
}

func representation(i *request.Info) *request.Pointer[request.Representation] {
	return &i.Representation
}

func notAcceptable(types []string) error {
	e := problem.Types.NotAcceptable.Problem()
	e.Extensions = map[string]any{"available": slices.Clone(types)}
	return e
}

// mustBeOffers panics if a type is not one to offer, or is equal to another one.
func mustBeOffers(types []string) {
	offers := make([]mediatype.Type, len(types))
	for i, t := range types {
		var ok bool
		if offers[i], ok = mediatype.Offer(t); !ok {
			panic("middleware: Accept: not a media type to offer: " + t)
		}
		if slices.ContainsFunc(offers[:i], offers[i].Equal) {
			panic("middleware: Accept: the same media type twice: " + t)
		}
	}
}

// AcceptedFromContext returns the media type that [Accept] has chosen for the response, as
// it is in its arguments. ok is false if there is none.
func AcceptedFromContext(ctx context.Context) (mediaType string, ok bool) {
	if i := request.From(ctx); i != nil {
		if r := i.Representation.Get(); r != nil {
			return r.MediaType, true
		}
	}
	return "", false
}

// WithAccepted returns a copy of ctx with the media type for [AcceptedFromContext], to test
// a handler without its chain.
func WithAccepted(ctx context.Context, mediaType string) context.Context {
	return request.Part(ctx, func(i *request.Info) {
		i.Representation.Set(&request.Representation{MediaType: mediaType})
	})
}
