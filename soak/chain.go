package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/justinas/alice"
	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// This file alone uses the library.

const tenantField = tenant.Header

// chained is the dialect of the chain's service.
var chained = &dialect{
	files:  "/files",
	chain:  true,
	create: createRecord,
	header: 512 << 10,
	body:   chainBody,
}

const chainBody = 1 << 20

func createRecord(name string, content []byte) *exchange {
	e := request("create", "POST", "/files?name="+url.QueryEscape(name), http.StatusCreated).with("Content-Type", octets)
	e.body = content
	return e
}

// chain is a service behind the whole chain, with its records in memory.
type chain struct {
	world  *world
	tokens map[string]grant

	mu      sync.Mutex
	records map[tenant.ID]map[string]*record
	next    int
}

type grant struct {
	tenants []tenant.ID
	scopes  []string
}

type record struct {
	name    string
	content []byte
	version int64
}

type grantKey struct{}

const (
	scopeRead  = "read"
	scopeWrite = "write"
)

func newChain(w *world, single, multi, reader string) *chain {
	c := &chain{world: w, records: map[tenant.ID]map[string]*record{}}
	var all []tenant.ID
	for _, o := range w.owners {
		c.records[tenant.ID(o.id)] = map[string]*record{}
		all = append(all, tenant.ID(o.id))
	}
	c.tokens = map[string]grant{
		single: {all[:1], []string{scopeRead, scopeWrite}},
		multi:  {all, []string{scopeRead, scopeWrite}},
		reader: {all[:1], []string{scopeRead}},
	}
	return c
}

// handler is the service that logs to out.
func (c *chain) handler(out io.Writer) http.Handler {
	var (
		tenants = alice.New(middleware.Bearer(c.verify, nil), tenant.Require(grants, nil))
		reading = tenants.Append(middleware.RequireScope(scopeRead))
		writing = tenants.Append(middleware.RequireScope(scopeWrite))
		tagged  = etag.Computed(nil)
	)
	mux := http.NewServeMux()
	route := func(pattern string, a alice.Chain, h problem.HandlerFunc) { mux.Handle(pattern, a.Then(h)) }
	route("GET /files", reading.Append(middleware.Accept(jsonType), tagged), c.list)
	route("POST /files", writing.Append(middleware.ContentType(octets), middleware.Accept(jsonType)), c.post)
	route("GET /files/{id}", reading.Append(middleware.Accept(octets, jsonType), etag.Guard(c.current, nil)), c.get)
	route("PATCH /files/{id}", writing.Append(middleware.ContentType(patchType), middleware.Accept(jsonType),
		etag.Guard(c.current, &etag.Options{Required: true})), c.patch)
	route("DELETE /files/{id}", writing.Append(etag.Guard(c.current, nil)), c.remove)
	// What goes wrong in services.
	route("GET /late/{id}", reading.Append(tagged), c.late)
	route("GET /late/{id}/plain", reading, c.late)
	route("GET /panic/{id}", reading, c.panic)
	route("GET /fail/{id}", reading.Append(middleware.Accept(jsonType), tagged), c.fail)
	route("GET /text/{id}", reading, c.text)
	route("GET /stream/{id}", reading, c.stream)
	return middleware.Default(zerolog.New(out), nil).Append(middleware.BodyLimit(chainBody)).Then(mux)
}

// verify knows the tokens. What it says about others has them in it, as the errors of token parsers do.
func (c *chain) verify(ctx context.Context, token string) (context.Context, error) {
	g, ok := c.tokens[token]
	if ok {
		return middleware.WithScopes(context.WithValue(ctx, grantKey{}, g), g.scopes...), nil
	}
	switch segments := strings.Split(token, "."); segments[len(segments)-1] {
	case "panic":
		panic("cannot read " + token)
	case "escaped":
		return nil, errors.Join(middleware.ErrToken, fmt.Errorf("GET /keys?token=%s: 404", url.QueryEscape(token)))
	case "segment":
		return nil, errors.Join(middleware.ErrToken, fmt.Errorf("no JSON in %q", segments[0]))
	case "cut":
		return nil, errors.Join(middleware.ErrToken, fmt.Errorf("cannot read %.24s…", token))
	case "away":
		return nil, &url.Error{Op: "Post", URL: "http://keys/?token=" + url.QueryEscape(token), Err: errors.New("connection refused")}
	}
	return nil, errors.Join(middleware.ErrToken, fmt.Errorf("no key for %q", token))
}

func grants(r *http.Request) (tenant.Grants, error) {
	g := r.Context().Value(grantKey{}).(grant)
	return tenant.Grants{IDs: g.tenants, Multi: len(g.tenants) > 1}, nil
}

func tenantOf(r *http.Request) tenant.ID {
	id, _ := tenant.FromContext(r.Context())
	return id
}

// owner is the tenant of the request.
func (c *chain) owner(r *http.Request) *owner {
	id := tenantOf(r)
	for _, o := range c.world.owners {
		if o.id == string(id) {
			return o
		}
	}
	panic("no such tenant")
}

// find returns a copy of the record of the path.
func (c *chain) find(r *http.Request) (record, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.records[tenantOf(r)][r.PathValue("id")]
	if !ok {
		return record{}, problem.NotFound(nil)
	}
	return *found, nil
}

func (c *chain) current(r *http.Request) (etag.State, error) {
	found, err := c.find(r)
	return etag.State{Tag: etag.Version(found.version)}, err
}

// compared is the version that the guard has admitted.
func compared(r *http.Request) int64 {
	admitted, _ := etag.FromContext(r.Context())
	version, _ := admitted.Tag.Version()
	return version
}

func accepted(r *http.Request) string {
	mediaType, _ := middleware.AcceptedFromContext(r.Context())
	return mediaType
}

func reply(w http.ResponseWriter, status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = w.Write(text) // the client disconnected
	return nil
}

func (c *chain) list(w http.ResponseWriter, r *http.Request) error {
	l := list{Data: []entry{}}
	c.mu.Lock()
	for _, it := range c.owner(r).items {
		id := it.id()
		if found, ok := c.records[tenantOf(r)][id]; ok {
			l.Data = append(l.Data, entry{id, found.name})
		}
	}
	c.mu.Unlock()
	return reply(w, http.StatusOK, l)
}

func (c *chain) post(w http.ResponseWriter, r *http.Request) error {
	name := r.URL.Query().Get("name")
	if name == "" || len(name) > 255 {
		return problem.Invalid(problem.Field{Pointer: "name", Detail: "must have 1 to 255 bytes"})
	}
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.next++
	id := fmt.Sprintf("%08x", c.next)
	c.records[tenantOf(r)][id] = &record{name, content, 1}
	c.mu.Unlock()
	etag.Set(w, r, etag.Version(1))
	w.Header().Set("Location", "/files/"+id)
	return reply(w, http.StatusCreated, metadata{id, name, len(content)})
}

func (c *chain) get(w http.ResponseWriter, r *http.Request) error {
	found, err := c.find(r)
	if err != nil {
		return err
	}
	etag.Set(w, r, etag.Version(found.version))
	if accepted(r) == jsonType {
		return reply(w, http.StatusOK, metadata{r.PathValue("id"), found.name, len(found.content)})
	}
	w.Header().Set("Content-Type", octets)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(found.content)))
	return nil
}

func (c *chain) patch(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	var change struct{ Name string }
	if err := json.Unmarshal(body, &change); err != nil || change.Name == "" {
		e := problem.Invalid(problem.Field{Pointer: "#/name", Detail: "must not be empty"})
		e.Err = err
		return e
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	id := r.PathValue("id")
	found, ok := c.records[tenantOf(r)][id]
	switch {
	case !ok:
		return problem.NotFound(nil)
	case found.version != compared(r):
		return etag.ErrConflict
	}
	found.name, found.version = change.Name, found.version+1
	etag.Set(w, r, etag.Version(found.version))
	return reply(w, http.StatusOK, metadata{id, found.name, len(found.content)})
}

func (c *chain) remove(w http.ResponseWriter, r *http.Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := r.PathValue("id")
	if _, ok := c.records[tenantOf(r)][id]; !ok {
		return problem.NotFound(nil)
	}
	delete(c.records[tenantOf(r)], id)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// late returns while a goroutine of its own still copies from a slow backend to w, as a naive timeout does.
func (c *chain) late(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/plain")
	source := &backend{text: []byte(c.owner(r).marker + "\n"), reads: 4}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(w, source)
	}()
	select {
	case <-done:
	case <-time.After(2 * time.Millisecond):
	}
	return nil
}

// backend is slow.
type backend struct {
	text  []byte
	reads int
}

func (b *backend) Read(p []byte) (n int, err error) {
	if b.reads == 0 {
		return 0, io.EOF
	}
	b.reads--
	time.Sleep(time.Millisecond)
	for n+len(b.text) <= len(p) {
		n += copy(p[n:], b.text)
	}
	return n, nil
}

func (c *chain) panic(w http.ResponseWriter, r *http.Request) error {
	secret := c.owner(r).marker
	switch r.FormValue("when") {
	case "abort":
		panic(http.ErrAbortHandler)
	case "begun":
		fmt.Fprintln(w, "begun")
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
	}
	w.Header().Set("Etag", `"a success"`)
	panic("about " + secret)
}

func (c *chain) fail(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Last-Modified", "Wed, 21 Oct 2015 06:28:00 GMT")
	return fmt.Errorf("SELECT * FROM records WHERE owner = '%s': no such table", c.owner(r).marker)
}

func (c *chain) text(w http.ResponseWriter, r *http.Request) error {
	http.Error(w, "not today", http.StatusTeapot)
	return nil
}

// stream sends the content in pieces.
func (c *chain) stream(w http.ResponseWriter, r *http.Request) error {
	found, err := c.find(r)
	if err != nil {
		return err
	}
	etag.Set(w, r, etag.Version(found.version))
	w.Header().Set("Content-Type", octets)
	for content := found.content; len(content) > 0; {
		n := min(len(content), 8<<10)
		if _, err := w.Write(content[:n]); err != nil {
			return nil // the client disconnected
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
		content = content[n:]
	}
	return nil
}
