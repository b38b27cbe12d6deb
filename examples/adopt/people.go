package main

import (
	"context"
	"sync"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

type person struct {
	Name string `json:"name"`
}

// people is the data of the service. A database takes its place: get is a SELECT,
// put an UPDATE … WHERE version = ?, and both have the tenant in their WHERE.
type people struct {
	mu   sync.Mutex
	rows map[key]row
}

type key struct {
	tenant tenant.ID
	id     string
}

type row struct {
	person  person
	version int64
}

func newPeople() *people {
	return &people{rows: map[key]row{
		{"1234567", "7"}: {person{"Ada"}, 1},
		{"7654321", "8"}: {person{"Grace"}, 1},
	}}
}

// get returns the record of the tenant that ctx acts for. A record that is not
// there and another tenant's record are the same error.
func (p *people) get(ctx context.Context, id string) (person, int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	of, _ := tenant.FromContext(ctx)
	r, ok := p.rows[key{of, id}]
	if !ok {
		return person{}, 0, problem.NotFound(nil)
	}
	return r.person, r.version, nil
}

// put changes the record if its version is still the one that the client has seen.
func (p *people) put(ctx context.Context, id string, seen int64, v person) (int64, error) {
	if v.Name == "" {
		return 0, problem.Invalid(problem.Field{Pointer: "#/name", Detail: "must not be empty"})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	of, _ := tenant.FromContext(ctx)
	k := key{of, id}
	r, ok := p.rows[k]
	switch {
	case !ok:
		return 0, problem.NotFound(nil)
	case r.version != seen, v.Name == loser:
		return 0, etag.ErrConflict
	}
	p.rows[k] = row{v, seen + 1}
	return seen + 1, nil
}

// loser is the name of a change that another request is always faster than.
const loser = "Edsger"
