// Command todos is the conventions on one resource: what to copy into a new service.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/go-chi/chi/v5"
	"github.com/golang-jwt/jwt/v5"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

func main() {
	log := zerolog.New(os.Stderr).With().Timestamp().Logger()
	keys, err := keyfunc.NewDefaultOverrideCtx(context.Background(), []string{os.Getenv("JWKS_URL")}, keyfunc.Override{RefreshInterval: time.Minute})
	if err == nil {
		server := http.Server{Addr: "localhost:8080", Handler: service(log, keys, newStore()), ReadTimeout: 10 * time.Second}
		err = server.ListenAndServe()
	}
	log.Fatal().Err(err).Msg("the service has ended")
}

func service(log zerolog.Logger, keys keyfunc.Keyfunc, s *store) http.Handler {
	guard := etag.Guard(s.find, &etag.Options{Required: true}) // a change without If-Match is 428
	// The list is there and has no tag: a POST with If-Match is refused.
	list := etag.Guard(func(*http.Request) (etag.State, error) { return etag.State{}, nil }, nil)
	r := chi.NewRouter()
	caller := r.With(middleware.Bearer(verify(keys), nil), tenant.Require(grants, nil))
	read := caller.With(middleware.RequireScope("todos:read"), middleware.Accept("application/json"))
	for _, method := range []string{"GET", "HEAD"} { // for chi, GET is not HEAD
		read.With(etag.Computed(nil)).Method(method, "/todos", problem.HandlerFunc(s.list))
		read.With(guard).Method(method, "/todos/{id}", problem.HandlerFunc(s.get))
	}
	write, takes := caller.With(middleware.RequireScope("todos:write")), middleware.ContentType
	write.With(takes("application/json"), list).Method("POST", "/todos", problem.HandlerFunc(s.write))
	write.With(takes("application/json"), guard).Method("PUT", "/todos/{id}", problem.HandlerFunc(s.write))
	write.With(takes("application/merge-patch+json"), guard).Method("PATCH", "/todos/{id}", problem.HandlerFunc(s.write))
	write.With(guard).Method("DELETE", "/todos/{id}", problem.HandlerFunc(s.write))
	return middleware.Default(log, nil).Append(middleware.BodyLimit(1 << 16)).Then(r) // the edge goes around the router
}

type claims struct {
	jwt.RegisteredClaims
	Scope   string      `json:"scope"`
	Tenants []tenant.ID `json:"tenants"`
}

type claimsKey struct{}

// verify tells apart what is wrong: without keys nothing is known about a token,
// 503; an error of the token wraps ErrToken, 401. Returned as it is, every bad
// token would be a 503.
func verify(keys keyfunc.Keyfunc) func(context.Context, string) (context.Context, error) {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256", "ES256"}), jwt.WithAudience("todos"), jwt.WithExpirationRequired())
	return func(ctx context.Context, token string) (context.Context, error) {
		set, err := keys.VerificationKeySet(ctx)
		if err != nil || len(set.Keys) == 0 {
			return nil, fmt.Errorf("no keys: %v", err)
		}
		var c claims
		if _, err := parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return set, nil }); err != nil {
			return nil, fmt.Errorf("%w: %w", middleware.ErrToken, err)
		}
		return middleware.WithScopes(context.WithValue(ctx, claimsKey{}, c), strings.Fields(c.Scope)...), nil
	}
}

func grants(r *http.Request) (tenant.Grants, error) {
	c, _ := r.Context().Value(claimsKey{}).(claims)
	return tenant.Grants{IDs: c.Tenants}, nil
}

func (s *store) list(w http.ResponseWriter, r *http.Request) error {
	return json.NewEncoder(w).Encode(map[string]any{"data": s.all(r.Context())})
}

func (s *store) get(w http.ResponseWriter, r *http.Request) error {
	t, version, err := s.load(r)
	if err != nil {
		return err
	}
	etag.Set(w, r, etag.Version(version)) // in the same read as the content
	return json.NewEncoder(w).Encode(t)
}

// write swaps the version that If-Match named, or none, for what the request makes of it.
func (s *store) write(w http.ResponseWriter, r *http.Request) error {
	t, err := s.read(r)
	if err != nil {
		return err
	}
	id, status := r.PathValue("id"), http.StatusNoContent
	if r.Method == http.MethodPost {
		id, status = rand.Text(), http.StatusCreated
		w.Header().Set("Location", "/todos/"+id)
	}
	seen, _ := etag.FromContext(r.Context())
	was, _ := seen.Tag.Version()
	version, err := s.swap(r.Context(), id, was, t) // etag.ErrConflict: somebody was faster
	if err != nil {
		return err
	}
	if t != nil {
		etag.Set(w, r, etag.Version(version)) // for the next If-Match
	}
	w.WriteHeader(status)
	return nil
}

// read returns what the todo is to be, nil for DELETE.
func (s *store) read(r *http.Request) (*todo, error) {
	switch r.Method {
	case http.MethodDelete:
		return nil, nil
	case http.MethodPatch: // RFC 7396
		old, _, err := s.load(r)
		if err != nil {
			return nil, err
		}
		patch, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err // 413, 408
		}
		before, _ := json.Marshal(old)
		after, _ := jsonpatch.MergePatch(before, patch) // nothing, for what is no JSON: 400
		r.Body = io.NopCloser(bytes.NewReader(after))
	}
	t := new(todo)
	err := problem.ReadJSON(r, t)
	if err == nil && t.Title == "" {
		err = problem.Invalid(problem.Field{Pointer: "#/title", Detail: "must not be empty"})
	}
	return t, err
}
