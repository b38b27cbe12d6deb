package apiconventions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// A service: one record of one tenant, read and changed by the conventions.
func Example() {
	log := zerolog.Nop()
	people := &store{record: person{Name: "Ada"}, version: 1}

	find := func(r *http.Request) (etag.State, error) {
		_, version, err := people.get(r)
		return etag.State{Tag: etag.Version(version)}, err
	}
	get := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		p, version, err := people.get(r)
		if err != nil {
			return err
		}
		etag.Set(w, r, etag.Version(version)) // in the same read as the content
		return json.NewEncoder(w).Encode(p)   // as the type that Accept has chosen
	})
	put := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		var p person
		if err := problem.ReadJSON(r, &p); err != nil {
			return err // 400, 408 or 413
		}
		if p.Name == "" {
			return problem.Invalid(problem.Field{Pointer: "#/name", Detail: "must not be empty"})
		}
		current, _ := etag.FromContext(r.Context())
		seen, _ := current.Tag.Version()
		version, err := people.swap(p, seen) // compare-and-swap: zero rows are etag.ErrConflict
		if err != nil {
			return err
		}
		etag.Set(w, r, etag.Version(version))
		w.WriteHeader(http.StatusNoContent)
		return nil
	})

	route := alice.New(middleware.Bearer(verify, nil), tenant.Require(grants, nil))
	mux := http.NewServeMux()
	mux.Handle("GET /people/{id}", route.Append(middleware.Accept("application/json"), etag.Guard(find, nil)).Then(get))
	mux.Handle("PUT /people/{id}", route.Append(middleware.ContentType("application/json"), etag.Guard(find, &etag.Options{Required: true})).Then(put))
	service := middleware.Default(log, nil).Append(middleware.BodyLimit(1 << 20)).Then(mux)

	// What it looks like to clients.
	read := call(service, "GET", "/people/7", "", "X-Raet-Tenant-Id: 1234567")
	tag := "If-Match: " + read.Get("ETag")
	call(service, "GET", "/people/7", "", "X-Raet-Tenant-Id: 1234567", "If-None-Match: "+read.Get("ETag"))
	call(service, "PUT", "/people/7", `{"name":"Grace"}`, "X-Raet-Tenant-Id: 1234567", tag, "Content-Type: application/json")
	call(service, "PUT", "/people/7", `{"name":"Edsger"}`, "X-Raet-Tenant-Id: 1234567", tag, "Content-Type: application/json")
	call(service, "PUT", "/people/7", `{"name":"Edsger"}`, "X-Raet-Tenant-Id: 1234567", "Content-Type: application/json")
	call(service, "PUT", "/people/7", `name=Edsger`, "X-Raet-Tenant-Id: 1234567", tag, "Content-Type: text/plain")
	call(service, "GET", "/people/7", "", "X-Raet-Tenant-Id: 7654321")
	call(service, "GET", "/people/7", "")
	// Output:
	// GET 200 {"name":"Ada"}
	// GET 304
	// PUT 204
	// PUT 409 Record changed
	// PUT 428 Precondition required
	// PUT 415 Unsupported media type
	// GET 404 Not Found
	// GET 400 Tenant required
}

// verify asks who a token belongs to; here everybody has the same one.
func verify(ctx context.Context, token string) (context.Context, error) {
	if token != "demo" {
		return nil, middleware.ErrToken
	}
	return ctx, nil
}

// grants are the tenants of the token.
func grants(*http.Request) (tenant.Grants, error) {
	return tenant.Grants{IDs: []tenant.ID{"1234567", "7654321"}}, nil
}

type person struct {
	Name string `json:"name"`
}

// store has one record, of tenant 1234567.
type store struct {
	mu      sync.Mutex
	record  person
	version int64
}

func (s *store) get(r *http.Request) (person, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id, _ := tenant.FromContext(r.Context()); id != "1234567" || r.PathValue("id") != "7" {
		return person{}, 0, problem.NotFound(nil) // not there, or not yours
	}
	return s.record, s.version, nil
}

func (s *store) swap(p person, seen int64) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.version != seen {
		return 0, etag.ErrConflict
	}
	s.record, s.version = p, s.version+1
	return s.version, nil
}

// call is a client: it prints the status and what the answer is.
func call(h http.Handler, method, path, body string, header ...string) http.Header {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer demo")
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	says := w.Body.String()
	if e := new(problem.Error); w.Code >= 400 && json.Unmarshal(w.Body.Bytes(), e) == nil {
		says = e.Title
	}
	fmt.Println(strings.TrimSpace(fmt.Sprintln(method, w.Code, says)))
	return w.Header()
}
