// Package request holds what the layers know of a request.
package request

import (
	"context"
	"hash/maphash"
	"math/bits"
	"net/http"
	"net/url"
	"sync/atomic"
)

// Info is what the layers know of a request. The first layer puts one into the
// context of the request; each layer adds what it finds out, for those further in
// and for the handler. A layer whose field is set already makes a context with an
// Info of its own; see [Part].
type Info struct {
	ID             Field[string]           // request id
	TraceID        Pointer[string]         // W3C trace id
	Tenant         Field[string]           // tenant that the request acts for
	tenantDigest   Field[string]           // of Tenant, once somebody has asked
	Representation Pointer[Representation] // negotiated by Accept
	Precondition   Field[any]              // *etag.State that Guard compared with
	Pattern        Pointer[string]         // route, for the log
	Challenge      Pointer[string]         // WWW-Authenticate of a 401 or 403
	Problems       Pointer[Problems]       // how the service writes its errors
	Logger         Field[Logger]           // of the access log

	// Decided has, for each kind of layer that must not stand outside another one,
	// the layer that has decided about this request.
	Decided [3]Decision

	// Response is the *response.Writer that responds to the request.
	Response any

	origin *Info // the first Info of the request
}

// Representation is a media type that a route offers. It is made with the chain.
type Representation struct {
	MediaType string
	Digest    string // in entity tags; "" = the route has only one
}

// Problems is how a service writes its errors. It is made with the chain.
type Problems struct {
	Types string            // base of the problem types; "" = "/problems/"
	Map   func(error) error // may be nil
}

// Logger is the log of a request, for packages that know no logger.
type Logger interface {
	// Names reports whether the lines of the request's logger name the tenant.
	Names(id string) bool

	// WithTenant returns a copy of ctx with a copy of its logger that names the
	// tenant of ctx.
	WithTenant(ctx context.Context) context.Context

	// Fail logs an error that no access line will have.
	Fail(ctx context.Context, status int, err error)
}

// Decision is a layer that has decided about a request, and which request that
// was. A request that is dispatched inside another one has another URL. A handler
// that forwards its own request, changed in place, has given it another method, path
// or query.
type Decision struct {
	layer  atomic.Value
	url    atomic.Pointer[url.URL]
	target atomic.Uint64
}

// Note records that layer has decided about r.
func (d *Decision) Note(r *http.Request, layer any) {
	d.layer.Store(layer)
	d.url.Store(r.URL)
	d.target.Store(target(r))
}

// Forget takes the note back: what comes next is not inside the layer.
func (d *Decision) Forget() { d.url.Store(nil) }

// Layer returns the layer that has decided about r, or nil.
func (d *Decision) Layer(r *http.Request) any {
	if r.URL == nil || d.url.Load() != r.URL || d.target.Load() != target(r) {
		return nil
	}
	return d.layer.Load()
}

func (d *Decision) inherit(outer *Decision) {
	if u := outer.url.Load(); u != nil {
		d.layer.Store(outer.layer.Load())
		d.url.Store(u)
		d.target.Store(outer.target.Load())
	}
}

var seed = maphash.MakeSeed()

// target is a hash of what r is for, which takes no memory to keep.
func target(r *http.Request) uint64 {
	if r.URL == nil {
		return 0
	}
	return maphash.String(seed, r.Method) ^
		bits.RotateLeft64(maphash.String(seed, r.URL.Path), 1) ^
		bits.RotateLeft64(maphash.String(seed, r.URL.RawQuery), 2)
}

type infoKey struct{}

// From returns the innermost Info of ctx, or nil.
func From(ctx context.Context) *Info {
	if c, ok := ctx.(*Context); ok {
		return &c.info
	}
	i, _ := ctx.Value(infoKey{}).(*Info)
	return i
}

// SameRequest reports whether i and other are about one request.
func (i *Info) SameRequest(other *Info) bool {
	return i != nil && other != nil && i.origin == other.origin
}

// TenantDigest returns the digest of the tenant that the request acts for, or "".
func (i *Info) TenantDigest() string {
	id := i.Tenant.Value()
	if id == "" {
		return ""
	}
	digest, ok := i.tenantDigest.Get()
	if !ok {
		digest = Digest(id)
		i.tenantDigest.Set(digest)
	}
	return digest
}

// Context is a context with an Info.
type Context struct {
	context.Context
	extended Field[context.Context] // Context with what a layer has put in front of it
	info     Info
}

// Init makes c a copy of ctx with an Info of its own, for the request that response
// responds to. The Info has the values of ctx's Info, as they are now: the request
// may be dispatched inside another one.
func (c *Context) Init(ctx context.Context, response any) *Info {
	c.Context = ctx
	c.info.origin, c.info.Response = &c.info, response
	if outer := From(ctx); outer != nil {
		c.info.inherit(outer)
	}
	return &c.info
}

// Part returns a copy of ctx with an Info of its own, for a part of the way of ctx's
// request. set sets fields of it; for the others it has the values of ctx's Info, as
// they are now.
func Part(ctx context.Context, set func(*Info)) context.Context {
	c := &Context{Context: ctx}
	i, outer := &c.info, From(ctx)
	i.origin = i
	if outer != nil {
		i.origin, i.Response = outer.origin, outer.Response
	}
	set(i)
	if outer != nil {
		i.inherit(outer)
	}
	return c
}

func (i *Info) inherit(outer *Info) {
	i.ID.inherit(&outer.ID)
	i.TraceID.inherit(&outer.TraceID)
	i.Tenant.inherit(&outer.Tenant)
	i.Representation.inherit(&outer.Representation)
	i.Precondition.inherit(&outer.Precondition)
	i.Challenge.inherit(&outer.Challenge)
	i.Problems.inherit(&outer.Problems)
	i.Logger.inherit(&outer.Logger)
	for k := range i.Decided {
		i.Decided[k].inherit(&outer.Decided[k])
	}
}

// Value implements context.Context.
func (c *Context) Value(key any) any {
	if key == (infoKey{}) {
		return &c.info
	}
	if ctx, ok := c.extended.Get(); ok {
		return ctx.Value(key)
	}
	return c.Context.Value(key)
}

// Extend returns r with the values that with adds to its context. Where that is
// a Context, the values are added in place, which saves the request another copy, and
// the result is r.
func Extend(r *http.Request, with func(context.Context) context.Context) *http.Request {
	ctx := r.Context()
	if c, ok := ctx.(*Context); ok && c.extended.Set(with(c.Context)) {
		return r
	}
	return r.WithContext(with(ctx))
}

// WithTenant returns r, which acts for the tenant of the given id from here on, and
// whose logger names it.
func WithTenant(r *http.Request, id string) *http.Request {
	i := From(r.Context())
	if !i.Tenant.Set(id) && i.Tenant.Value() != id {
		return r.WithContext(TenantContext(r.Context(), id))
	}
	if l, ok := i.Logger.Get(); ok && !l.Names(id) {
		return r.WithContext(l.WithTenant(r.Context()))
	}
	return r
}

// TenantContext returns a copy of ctx, for a part of the way of its request, that
// acts for the tenant of the given id; its logger names it.
func TenantContext(ctx context.Context, id string) context.Context {
	ctx = Part(ctx, func(i *Info) { i.Tenant.Set(id) })
	if l, ok := From(ctx).Logger.Get(); ok {
		return l.WithTenant(ctx)
	}
	return ctx
}

// Attach returns ctx with the values of own where it has none: for a context
// that third-party middleware has put in the place of a request's own.
func Attach(ctx, own context.Context) context.Context {
	return attached{ctx, own}
}

type attached struct {
	context.Context
	own context.Context
}

// Value implements context.Context.
func (a attached) Value(key any) any {
	if key == (infoKey{}) {
		return a.own.Value(key)
	}
	if v := a.Context.Value(key); v != nil {
		return v
	}
	return a.own.Value(key)
}
