package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
)

// target is a service under load.
type target struct {
	world   *world
	dialect *dialect
	doors   []*door
	single  string // token of the first tenant
	multi   string // token of all tenants
	reader  string // token of the first tenant that may only read
	log     *secretLog

	tally
	findings
}

// door is where an instance is reached.
type door struct {
	h1, h2 string       // URLs for either protocol
	kills  atomic.Int64 // odd while the instance is down
}

// dialect is where the services differ.
type dialect struct {
	files  string // path of the collection
	list   string // query that lists the items
	chain  bool   // has the routes of the chain's service
	create func(name string, content []byte) *exchange
	header int // bytes that a header may have
	body   int // bytes that a change may have
}

// metadata is what a client reads of a file.
type metadata struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int    `json:"size"`
}

// entry is a file in a list.
type entry struct {
	FileID   string `json:"fileId"`
	FileName string `json:"fileName"`
}

type list struct {
	Data []entry `json:"data"`
}

// furnish creates the items.
func (t *target) furnish(ctx context.Context) error {
	for _, o := range t.world.owners {
		for _, it := range o.items {
			e := t.dialect.create(it.name(1), it.content).with("Authorization", "Bearer "+t.multi).with(tenantField, o.id)
			r := send(ctx, http.DefaultClient, t.doors[0].h1, e)
			var m metadata
			if err := json.Unmarshal(r.body, &m); err != nil || r.status != http.StatusCreated || m.ID == "" {
				return fmt.Errorf("creating an item: %v", r)
			}
			it.path = t.dialect.files + "/" + m.ID
			it.acked.Store(1)
		}
	}
	return nil
}

// id is the last element of the item's path.
func (it *item) id() string { return it.path[strings.LastIndexByte(it.path, '/')+1:] }
