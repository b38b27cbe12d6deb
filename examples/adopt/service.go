package main

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// A layer is net/http middleware.
type layer = func(http.Handler) http.Handler

// service is what the programs of this folder share: the data, and the layers
// that each of them puts where its framework has a place for them.
type service struct {
	people  *people
	log     zerolog.Logger
	observe func(middleware.Record)
}

// edge puts the edge around a router, and inside it the layers for everyone,
// outermost first.
func (s *service) edge(router http.Handler, layers ...layer) http.Handler {
	return middleware.Default(s.log, &middleware.Options{Observe: s.observe}).Then(wrap(router, layers...))
}

// limit is for everyone. A router that hands on a copy of the request, as chi does,
// has it inside: the layer sees the copy, into which the router writes the route,
// and so the access log has it, of routes without other layers, too.
var limit = middleware.BodyLimit(1 << 10)

// read and write are the layers of GET /people/{id} and PUT /people/{id},
// outermost first. What decides who asks, and for whom, is outside of Guard.
func (s *service) read() []layer {
	return []layer{
		middleware.Bearer(verify, nil),
		tenant.Require(grants, nil),
		middleware.Accept("application/json"),
		etag.Guard(s.find, nil),
	}
}

func (s *service) write() []layer {
	return []layer{
		middleware.Bearer(verify, nil),
		tenant.Require(grants, nil),
		middleware.RequireScope("people:write"),
		middleware.ContentType("application/json"),
		etag.Guard(s.find, &etag.Options{Required: true}),
	}
}

// wrap puts layers around h, outermost first.
func wrap(h http.Handler, layers ...layer) http.Handler {
	for _, l := range slices.Backward(layers) {
		h = l(h)
	}
	return h
}

// find is the state of the resource, for Guard. A router that keeps its path
// values elsewhere than in the request puts them there first.
func (s *service) find(r *http.Request) (etag.State, error) {
	_, version, err := s.people.get(r.Context(), r.PathValue("id"))
	return etag.State{Tag: etag.Version(version)}, err
}

// get and put are the handlers for routers that take an http.Handler.
func (s *service) get(w http.ResponseWriter, r *http.Request) error {
	p, version, err := s.people.get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	etag.Set(w, r, etag.Version(version))
	w.Header().Set("Content-Type", accepted(r.Context()))
	return json.NewEncoder(w).Encode(p)
}

func (s *service) put(w http.ResponseWriter, r *http.Request) error {
	var p person
	if err := problem.ReadJSON(r, &p); err != nil {
		return err
	}
	version, err := s.people.put(r.Context(), r.PathValue("id"), seenVersion(r.Context()), p)
	if err != nil {
		return err
	}
	etag.Set(w, r, etag.Version(version))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// seenVersion is the version that the request's precondition named, as Guard
// compared it: what the store's compare-and-swap needs.
func seenVersion(ctx context.Context) int64 {
	seen, _ := etag.FromContext(ctx)
	version, _ := seen.Tag.Version()
	return version
}

// accepted is the media type that Accept has chosen.
func accepted(ctx context.Context) string {
	mediaType, _ := middleware.AcceptedFromContext(ctx)
	return mediaType
}

// verify knows the tokens of the service. In a service of yours it reads a JWT.
func verify(ctx context.Context, token string) (context.Context, error) {
	t, ok := tokens[token]
	switch {
	case token == "keyserver-down":
		return nil, errors.New("no keys: connection refused")
	case !ok:
		return nil, middleware.ErrToken
	}
	return middleware.WithScopes(context.WithValue(ctx, tokenKey{}, t), t.scopes...), nil
}

type token struct {
	scopes []string
	grants tenant.Grants
}

type tokenKey struct{}

var tokens = map[string]token{
	"editor": {[]string{"people:read", "people:write"}, tenant.Grants{IDs: []tenant.ID{"1234567"}}},
	"reader": {[]string{"people:read"}, tenant.Grants{IDs: []tenant.ID{"1234567"}}},
	"many":   {[]string{"people:read"}, tenant.Grants{IDs: []tenant.ID{"1234567", "7654321"}}},
}

func grants(r *http.Request) (tenant.Grants, error) {
	t, _ := r.Context().Value(tokenKey{}).(token)
	return t.grants, nil
}
