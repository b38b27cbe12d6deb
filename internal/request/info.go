// Package request holds what the layers know of a request.
package request

import "context"

// Info is what the layers know of a request. The first layer puts one into the
// context of the request. Each layer adds what it finds out, for the layers further in
// and for the handler. A layer whose field is set already makes a context with an Info
// of its own; see [Part].
type Info struct {
	ID             Field[string]           // request id
	TraceID        Pointer[string]         // W3C trace id
	Tenant         Field[string]           // tenant that the request acts for
	tenantDigest   Field[string]           // of Tenant; set when it is first needed
	Representation Pointer[Representation] // negotiated by Accept
	Precondition   Field[any]              // *etag.precondition, set by Guard
	Pattern        Pointer[string]         // route, for the log
	Challenge      Pointer[string]         // WWW-Authenticate of a 401 or 403
	Problems       Pointer[Problems]       // how the service writes its errors
	Logger         Field[Logger]           // of the access log

	// Decided has, for each kind of layer that must not stand outside some other
	// kind, the layer that has decided about the request.
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

// Logger is the log of a request, for packages that do not import a logger.
type Logger interface {
	// Names reports whether the lines of the request's logger name the tenant id.
	Names(id string) bool

	// WithTenant returns a copy of ctx with a copy of its logger that names the
	// tenant of ctx.
	WithTenant(ctx context.Context) context.Context

	// Fail logs an error that is in no access line.
	Fail(ctx context.Context, status int, err error)
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

// SameRequest reports whether i and other are about the same request.
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

// inherit gives i the values that outer has and i has not.
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
