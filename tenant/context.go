package tenant

import (
	"context"

	"github.com/apiconventions/apiconventions/internal/request"
)

// FromContext returns the tenant that the request acts for, as [Require] found
// it, and false where nobody did. The id is then empty, and no tenant's.
func FromContext(ctx context.Context) (ID, bool) {
	s := request.From(ctx)
	if s == nil {
		return "", false
	}
	id := ID(s.Tenant())
	return id, id != ""
}

// NewContext returns a copy of ctx that acts for the tenant, for code that has
// no Require in front of it: a handler under test, or a job that works tenant by
// tenant. [FromContext], the request's logger and the tags of package etag
// follow it; ctx, and the request that it may belong to, are not changed.
//
// It does not check the id, and it is no way to choose a tenant between two
// layers of a chain: a layer of this module that answers a request goes by what
// that request's Require found, and drops what was put into the context on the
// way. Give it to a request before the chain sees it.
func NewContext(ctx context.Context, id ID) context.Context {
	s := new(request.State)
	if outer := request.From(ctx); outer != nil {
		s.Inherit(outer)
	}
	s.Context = ctx
	s.SetTenant(string(id))
	return s
}
