package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
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

// files is the dialect of the reference service.
var files = &dialect{
	files:  "/mft/v1.0/files",
	list:   "?pageSize=1000&$filter=" + url.QueryEscape("status eq 'all' and startsWith(FileName, 'keep-')"),
	create: createFile,
	header: 24 << 10,
	body:   64 << 10,
}

func createFile(name string, content []byte) *exchange {
	e := request("create", "POST", "/mft/v1.0/files?uploadType=multipart", http.StatusCreated).
		with("Content-Type", "multipart/related; boundary=soak")
	e.body = related(name, content)
	return e
}

// related is a multipart/related body.
func related(name string, content []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "--soak\r\nContent-Type: application/json\r\n\r\n{\"name\":%q,\"businesstypeid\":\"7100\"}\r\n--soak\r\n\r\n", name)
	b.Write(content)
	b.WriteString("\r\n--soak--\r\n")
	return b.Bytes()
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

// login gets the tokens of the reference service.
func (t *target) login(ctx context.Context) error {
	for id, c := range map[string]struct {
		secret string
		token  *string
	}{
		"demo-single": {"single-secret", &t.single},
		"demo-multi":  {"multi-secret", &t.multi},
		"demo-reader": {"reader-secret", &t.reader},
	} {
		e := tokenRequest(id, c.secret)
		r := send(ctx, http.DefaultClient, t.doors[0].h1, e)
		var granted struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal(r.body, &granted); err != nil || granted.Token == "" {
			return fmt.Errorf("no token for %s: %v", id, r)
		}
		*c.token = granted.Token
		t.log.watch(granted.Token)
		t.log.watch(c.secret)
	}
	return nil
}

func tokenRequest(id, secret string) *exchange {
	e := request("token", "POST", "/authentication/token", http.StatusOK).
		with("Content-Type", "application/x-www-form-urlencoded").with("Cache-Control", "no-cache")
	e.body = []byte(url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}.Encode())
	e.oauth = true
	return e
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
