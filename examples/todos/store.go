package main

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

type todo struct {
	Title string `json:"title"`
	Done  bool   `json:"done"`
}

// store is in the place of a database. The tenant is in the key, as it is in the
// WHERE of a SELECT, and swap is UPDATE … WHERE version = ?.
type store struct {
	mu   sync.Mutex
	rows map[key]row
}

type key struct {
	tenant tenant.ID
	id     string
}

type row struct {
	todo    todo
	version int64
}

// item is a todo in the list.
type item struct {
	ID string `json:"id"`
	todo
}

func newStore() *store { return &store{rows: make(map[key]row)} }

func keyOf(ctx context.Context, id string) key {
	t, _ := tenant.FromContext(ctx)
	return key{t, id}
}

// load returns the todo that the request names. One that is not there and another
// tenant's are the same error.
func (s *store) load(r *http.Request) (todo, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.rows[keyOf(r.Context(), r.PathValue("id"))]
	if !ok {
		return todo{}, 0, problem.NotFound(nil)
	}
	return row.todo, row.version, nil
}

// find is the current state of the todo that the request names, for guard.
func (s *store) find(r *http.Request) (etag.State, error) {
	_, version, err := s.load(r)
	return etag.State{Tag: etag.Version(version)}, err
}

func (s *store) all(ctx context.Context) []item {
	s.mu.Lock()
	defer s.mu.Unlock()
	items := []item{}
	for k, row := range s.rows {
		if k == keyOf(ctx, k.id) {
			items = append(items, item{k.id, row.todo})
		}
	}
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(a.ID, b.ID) })
	return items
}

// swap puts t, or nothing, in the place of the version that was seen; 0 is of a
// todo that is not there.
func (s *store) swap(ctx context.Context, id string, seen int64, t *todo) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := keyOf(ctx, id)
	if s.rows[k].version != seen {
		return 0, etag.ErrConflict
	}
	if t == nil {
		delete(s.rows, k)
		return 0, nil
	}
	s.rows[k] = row{*t, seen + 1}
	return seen + 1, nil
}
