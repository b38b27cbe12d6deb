package main

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// visitor is a client that sends random requests, one at a time.
type visitor struct {
	*target
	rng     *rand.Rand
	clients [2]*http.Client // HTTP/1.1 and HTTP/2
}

// load sends random requests from many visitors until ctx ends or the target has had limit requests. A limit of 0
// is none.
func (t *target) load(ctx context.Context, seed uint64, visitors int, limit int64) {
	clients := [2]*http.Client{newClient(false), newClient(true)}
	var all sync.WaitGroup
	for i := range visitors {
		v := &visitor{t, rand.New(rand.NewPCG(seed, uint64(i))), clients}
		all.Go(func() {
			for ctx.Err() == nil && (limit == 0 || t.requests.Load() < limit) {
				v.step()
			}
		})
	}
	all.Wait()
	for _, c := range clients {
		c.CloseIdleConnections()
	}
}

// step does one thing that clients do.
func (v *visitor) step() {
	switch n := v.rng.IntN(100); {
	case n < 8:
		v.change(v.contended())
	case n < 10:
		v.pass()
	case n < 11:
		v.twins()
	case n < 12:
		v.raw()
	case n < 50:
		v.do(v.read())
	case n < 55:
		v.do(v.list())
	default:
		v.do(v.hostile())
	}
}

// do sends the request to one of the instances and checks the response.
func (v *visitor) do(e *exchange) *response {
	d := v.door()
	client, base := v.clients[0], d.h1
	if v.rng.IntN(2) == 1 {
		client, base = v.clients[1], d.h2
	}
	kills := d.kills.Load()
	r := send(context.Background(), client, base, e)
	if r.err != nil && (kills%2 == 1 || d.kills.Load() != kills) {
		v.broken.Add(1)
		e.aborts = true
	}
	if e.leave > 0 {
		v.left.Add(1)
	}
	v.check(e, r)
	return r
}

// door is one of those that are open. It waits if none is.
func (v *visitor) door() *door {
	for {
		if d := v.doors[v.rng.IntN(len(v.doors))]; d.kills.Load()%2 == 0 {
			return d
		}
		time.Sleep(time.Millisecond)
	}
}

func (v *visitor) owner() *owner { return v.world.owners[v.rng.IntN(len(v.world.owners))] }

func (v *visitor) item(o *owner) *item { return o.items[v.rng.IntN(len(o.items))] }

// contended is an item that many change: half of all changes are to one of them.
func (v *visitor) contended() *item {
	if v.rng.IntN(2) == 0 {
		return v.world.owners[0].items[0]
	}
	return v.item(v.owner())
}

// other is a tenant that is not o.
func (v *visitor) other(o *owner) *owner {
	for {
		if other := v.owner(); other != o {
			return other
		}
	}
}

// as lets the request act for the tenant, in one of the ways there are.
func (v *visitor) as(e *exchange, o *owner) *exchange {
	e.owner, e.guarded = o, true
	if o != v.world.owners[0] || v.rng.IntN(2) == 0 {
		return e.with("Authorization", "Bearer "+v.multi).with(tenantField, o.id)
	}
	e.with("Authorization", "Bearer "+v.single)
	if v.rng.IntN(2) == 0 {
		e.with(tenantField, o.id)
	}
	return e
}

// readOf reads the item as one of its types.
func (v *visitor) readOf(it *item, as string) *exchange {
	e := v.as(request("read", "GET", it.path, http.StatusOK), it.owner).with("Accept", as)
	e.item, e.as, e.before = it, as, []int64{it.acked.Load()}
	return e
}

// read reads an item, whole or in part, with the conditions that caches and resuming clients send.
func (v *visitor) read() *exchange {
	as := octets
	if v.rng.IntN(3) > 0 {
		as = jsonType
	}
	it := v.item(v.owner())
	e := v.readOf(it, as)
	if v.rng.IntN(5) == 0 {
		e.method = http.MethodHead
	}
	if v.rng.IntN(50) == 0 {
		e.leave = time.Duration(v.rng.IntN(2000)+1) * time.Microsecond
		e.aborts = true
	}
	switch v.rng.IntN(4) {
	case 0:
		v.ifNoneMatch(e, it)
	case 1:
		if as == octets && e.method == http.MethodGet {
			v.rangeOf(e, it)
		}
	}
	return e
}

// ifNoneMatch sends tags that the client has: of this representation, and of what it takes for the same.
func (v *visitor) ifNoneMatch(e *exchange, it *item) {
	e.want = []int{http.StatusOK, http.StatusNotModified}
	if v.rng.IntN(20) == 0 {
		e.with("If-None-Match", "*")
		e.star = true
		return
	}
	twin := v.other(it.owner).items[it.index]
	for _, have := range []version{it.last(e.as), it.any(e.as, v.rng), twin.any(e.as, v.rng), it.any(jsonType, v.rng), it.any(octets, v.rng)} {
		if have.tag == "" || v.rng.IntN(2) == 0 {
			continue
		}
		e.sent = append(e.sent, have)
		tag := have.tag
		if v.rng.IntN(4) == 0 {
			tag = "W/" + tag
		}
		e.with("If-None-Match", tag)
	}
}

// rangeOf asks for some of the bytes, of the version that the client has or of any.
func (v *visitor) rangeOf(e *exchange, it *item) {
	e.range0 = v.rng.IntN(len(it.content))
	e.range1 = e.range0 + 1 + v.rng.IntN(len(it.content)-e.range0)
	e.with("Range", "bytes="+strconv.Itoa(e.range0)+"-"+strconv.Itoa(e.range1-1))
	e.want = []int{http.StatusPartialContent}
	if have := it.any(octets, v.rng); have.tag != "" && v.rng.IntN(2) == 0 {
		e.with("If-Range", have.tag)
		e.want = []int{http.StatusOK, http.StatusPartialContent}
	}
}

// list lists a tenant's items.
func (v *visitor) list() *exchange {
	o := v.owner()
	e := v.as(request("list", "GET", v.dialect.files+v.dialect.list, http.StatusOK), o)
	e.listed = o
	for _, it := range o.items {
		e.before = append(e.before, it.acked.Load())
	}
	if v.rng.IntN(2) == 0 {
		e.want = append(e.want, http.StatusNotModified)
		for _, from := range []*owner{o, v.other(o)} {
			from.mu.Lock()
			have := from.list.any(v.rng)
			from.mu.Unlock()
			if have.tag != "" {
				e.sent = append(e.sent, have)
				e.with("If-None-Match", have.tag)
			}
		}
	}
	return e
}

// change counts up by one from what it reads, and sees to it that a refusal was true.
func (v *visitor) change(it *item) {
	before, tag, ok := v.counted(it)
	if !ok {
		return
	}
	e := v.patch(it, http.StatusOK, http.StatusConflict).with("If-Match", tag)
	e.body, _ = json.Marshal(map[string]string{"name": it.name(before + 1)})
	e.item, e.as, e.before = it, jsonType, []int64{before + 1}
	if v.rng.IntN(50) == 0 {
		e.leave = time.Duration(v.rng.IntN(2000)+1) * time.Microsecond
		e.aborts = true
	}
	switch r := v.do(e); {
	case r.err != nil:
		it.doubt()
	case r.status == http.StatusOK:
		v.writes.Add(1)
		if !it.acknowledge(before + 1) {
			v.add(lostUpdate, "count %d was acknowledged twice: %v → %v", before+1, e, r)
		}
	case r.status == http.StatusConflict:
		v.conflicts.Add(1)
		if now, _, ok := v.counted(it); ok && now <= before {
			v.add(falseConflict, "count is %d: %v → %v", now, e, r)
		}
	}
}

// counted reads an item's count and its tag.
func (v *visitor) counted(it *item) (n int64, tag string, ok bool) {
	r := v.do(v.readOf(it, jsonType))
	var m metadata
	if r.status != http.StatusOK || r.err != nil || json.Unmarshal(r.body, &m) != nil {
		return 0, "", false
	}
	_, n, ok = count(m.Name)
	return n, r.header.Get("Etag"), ok
}

// patch is a change without conditions and content.
func (v *visitor) patch(it *item, want ...int) *exchange {
	return v.as(request("change", "PATCH", it.path, want...), it.owner).with("Content-Type", patchType)
}

// pass creates a record, reads it, deletes it, and finds it gone.
func (v *visitor) pass() {
	o := v.owner()
	content := fill(o.marker, 1+v.rng.IntN(20_000))
	r := v.do(v.as(v.dialect.create("pass-"+letters(v.rng, 12)+".txt", content), o))
	var m metadata
	if r.status != http.StatusCreated || r.err != nil || json.Unmarshal(r.body, &m) != nil {
		return
	}
	path := v.dialect.files + "/" + m.ID
	read := v.do(v.as(request("read back", "GET", path, http.StatusOK), o).with("Accept", octets))
	switch {
	case read.err != nil:
	case read.status == http.StatusNotFound:
		v.add(lostWrite, "%s was created: %v", path, read)
	case read.status == http.StatusOK && string(read.body) != string(content):
		v.add(wrongBytes, "%d bytes, want %d: %v", len(read.body), len(content), read)
	}
	want := []int{http.StatusNoContent}
	for {
		e := v.as(request("delete", "DELETE", path, want...), o).with("If-Match", r.header.Get("Etag"))
		if r := v.do(e); r.err == nil {
			break
		}
		want = append(want, http.StatusNotFound) // the instance may have deleted it before it was killed
	}
	v.do(v.as(request("deleted", "GET", path, http.StatusNotFound), o))
}

// twins compares the responses for another tenant's record and for none at all.
func (v *visitor) twins() {
	o := v.owner()
	foreign := v.item(v.other(o)).path
	absent := foreign[:len(foreign)-4] + "0000"
	if absent == foreign {
		return
	}
	method := []string{"GET", "HEAD", "PATCH", "DELETE"}[v.rng.IntN(4)]
	id := letters(v.rng, 16)
	ask := func(path string) *response {
		e := request("twins", method, path, http.StatusNotFound).with("X-Request-Id", id).
			with("Authorization", "Bearer "+v.multi).with(tenantField, o.id)
		if method == "PATCH" {
			e.with("Content-Type", patchType).with("If-Match", "*")
			e.body = []byte(`{"name":"x.txt"}`)
		}
		e.hostile, e.guarded = true, true
		r := v.do(e)
		r.header.Del("Date")
		return r
	}
	a, b := ask(foreign), ask(absent)
	if a.err == nil && b.err == nil && (a.status != b.status || string(a.whole()) != string(b.whole())) {
		v.add(twinsDiffer, "%s %s: %v and %v", method, foreign, a, b)
	}
}

var errLeft = errors.New("the client left")
