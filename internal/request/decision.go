package request

import (
	"hash/maphash"
	"math/bits"
	"net/http"
	"net/url"
	"sync/atomic"
)

// Decision records which layer has decided about which request. A request that is
// dispatched inside another one has a URL of its own. One that a handler forwards after
// it has changed it in place has another method, path or query.
type Decision struct {
	layer  atomic.Value
	url    atomic.Pointer[url.URL] // identifies the request; nil = no decision
	target atomic.Uint64           // of the request when the layer decided
}

// Note records that layer has decided about r.
func (d *Decision) Note(r *http.Request, layer any) {
	d.layer.Store(layer)
	d.url.Store(r.URL)
	d.target.Store(target(r))
}

// Forget takes the note back.
func (d *Decision) Forget() { d.url.Store(nil) }

// Layer returns the layer that has decided about r, or nil.
func (d *Decision) Layer(r *http.Request) any {
	if r.URL == nil || d.url.Load() != r.URL || d.target.Load() != target(r) {
		return nil
	}
	return d.layer.Load()
}

// inherit copies the decision that outer has, if any.
func (d *Decision) inherit(outer *Decision) {
	if u := outer.url.Load(); u != nil {
		d.layer.Store(outer.layer.Load())
		d.url.Store(u)
		d.target.Store(outer.target.Load())
	}
}

var seed = maphash.MakeSeed()

// target returns a hash of r's method, path and query.
func target(r *http.Request) uint64 {
	if r.URL == nil {
		return 0
	}
	return maphash.String(seed, r.Method) ^
		bits.RotateLeft64(maphash.String(seed, r.URL.Path), 1) ^
		bits.RotateLeft64(maphash.String(seed, r.URL.RawQuery), 2)
}
