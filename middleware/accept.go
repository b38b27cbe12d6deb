package middleware

import (
	"context"
	"net/http"
	"slices"

	"github.com/apiconventions/apiconventions/internal/mediatype"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Accept picks the media type of the answer, before the handler, from those
// that the route has, its favourite first, by the rules of [Negotiate].
// [Accepted] is the choice. Entity tags that are made with the request name it,
// where the route has more than one.
//
// A request that accepts none of them is answered 406 "not-acceptable" (RFC
// 9110 §15.5.7) with the list as the member "available". The answer is a problem
// document whatever the request accepts, as are all error answers.
//
// Every answer from here inwards says Vary: Accept, beside whatever else it varies
// by, the 406 and a 304 included.
//
// Accept does not set Content-Type: that is the handler's, which may answer
// without content, or in another type than the one that was asked for:
//
//	w.Header().Set("Content-Type", middleware.Accepted(r.Context()))
//
// Of two Accept layers for one request the inner one's choice counts, and each
// may refuse.
//
// It panics if types is empty, or if one of them is malformed, has a wildcard
// or a parameter named q, or says the same as another.
func Accept(types ...string) func(http.Handler) http.Handler {
	if len(types) == 0 {
		panic("middleware: Accept without a media type")
	}
	types = slices.Clone(types)
	mustBeOffers(types)
	representations := make([]request.Representation, len(types))
	for i, t := range types {
		representations[i].MediaType = t
		if len(types) > 1 {
			representations[i].Digest = request.Digest(t)
		}
	}
	vary := response.NewVary("Accept")
	refusal := problem.Prepare(&problem.Error{
		Status:     http.StatusNotAcceptable,
		Type:       "not-acceptable",
		Title:      "Not acceptable",
		Extensions: map[string]any{"available": slices.Clone(types)},
	})
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			x := response.Enter(w, r)
			x.Vary(vary)
			i := mediatype.Choose(r.Header["Accept"], types)
			if i < 0 {
				problem.Write(x.W, x.R, refusal)
				return
			}
			x.State.Representation = &representations[i]
			x.Serve(next)
		})
	}
}

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

// Accepted is the media type that [Accept] has chosen for the answer, as the
// service wrote it there, or "" outside of its routes.
func Accepted(ctx context.Context) string {
	if s := request.From(ctx); s != nil && s.Representation != nil {
		return s.Representation.MediaType
	}
	return ""
}
