package main

import (
	"crypto/sha256"
	"net/http"
	"strings"

	"github.com/justinas/alice"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/examples/fileapi/store"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

const (
	tokenPath   = "/authentication/token"
	filesPath   = "/mft/v1.0/files"
	uploadsPath = "/mft/v1.0/uploads/"
	movedPath   = "/mft/v1/"
	movedTo     = "/mft/v1.0/"

	maxForm = 64 << 10 // bytes, of a token request and of a patch
)

// handler is the whole service: the edge around everything, and one mux. A second mux behind a route for "/"
// would take every request whose method no other route has, and answer 404 instead of 405.
func (s *service) handler() http.Handler {
	mux, _ := s.routes()
	return middleware.Default(s.log, &middleware.Options{Map: mapError}).Append(within(smallContent)).Then(mux)
}

// routes says of each route what has to be right before its handler runs, in the order in which it is
// decided: who asks, for which tenant, with what right, sending what, wanting what, having seen what. The gate
// is before all of them but the health routes. patterns are those of the mux, which does not tell them.
func (s *service) routes() (mux *http.ServeMux, patterns []string) {
	var (
		tenants = alice.New(middleware.Bearer(s.verify, nil), tenant.Require(grants, nil))
		reading = tenants.Append(middleware.RequireScope(scopeList), query)
		writing = tenants.Append(middleware.RequireScope(scopeUpload), query)
		asJSON  = middleware.Accept(jsonType)
		tagged  = etag.Computed(&etag.ComputedOptions{Hash: sha256.New}) // clients choose the names in a list
		// The collection is there and has no tag: nobody can have seen it, or find it missing.
		collection = etag.Guard(func(*http.Request) (etag.State, error) { return etag.State{Header: http.Header{}}, nil }, &keys)
		upload     = alice.New(paced(s.idle, store.UploadLife), asJSON, collection)
	)
	mux = http.NewServeMux()
	handle := func(pattern string, h http.Handler) {
		mux.Handle(pattern, h)
		patterns = append(patterns, pattern)
	}
	route := func(pattern string, c alice.Chain, h problem.HandlerFunc) {
		handle(pattern, s.gate.Handler(c.Then(h)))
	}

	handle("GET /livez", http.HandlerFunc(alive))
	handle("GET /readyz", problem.HandlerFunc(s.ready))

	route("POST "+tokenPath, alice.New(middleware.Problems(&middleware.ProblemsOptions{Map: mapTokenError}), tokenErrors,
		middleware.BodyLimit(maxForm), middleware.RequireNoCache), s.token)

	route("GET "+filesPath, reading.Append(asJSON, tagged), s.list)
	// No limit: what is uploaded goes to the store as it comes.
	route("POST "+filesPath, writing.Append(middleware.ContentType("multipart/related")).Extend(upload), s.post)
	route("PUT "+filesPath, alice.New(middleware.BodyLimit(maxChunk)).Extend(writing).
		Append(middleware.ContentType(octets)).Extend(upload), s.put)
	route("GET "+uploadsPath+"{id}", writing.Append(asJSON, tagged), s.status)

	route("GET "+filesPath+"/{id}", reading.Append(middleware.Accept(octets, jsonType), etag.Guard(s.current, nil)), s.get)
	route("PATCH "+filesPath+"/{id}", alice.New(middleware.BodyLimit(maxForm)).Extend(writing).
		Append(middleware.ContentType("application/merge-patch+json"), asJSON,
			etag.Guard(s.current, &etag.Options{Required: true, Caller: clientOf})), s.patch)
	route("DELETE "+filesPath+"/{id}", writing.Append(etag.Guard(s.current, &keys)), s.remove)

	problems := problemPages()
	handle(problemsPath, s.gate.Handler(problems))
	route("GET "+documentPath, alice.New(middleware.Accept(jsonType), etag.Computed(nil)), document)
	route("GET "+pagePath, alice.New(middleware.Accept("text/html"), etag.Computed(nil)), page(problems))
	handle(movedPath, s.gate.Handler(http.HandlerFunc(moved)))
	return mux, patterns
}

// moved sends clients of the old paths to the new ones, with method, body and query (RFC 9110 §15.4.9).
func moved(w http.ResponseWriter, r *http.Request) {
	to := *r.URL
	to.Path = movedTo + strings.TrimPrefix(to.Path, movedPath)
	to.RawPath = strings.Replace(to.RawPath, movedPath, movedTo, 1)
	http.Redirect(w, r, to.RequestURI(), http.StatusPermanentRedirect)
}
