package tenant

import (
	"context"

	"github.com/apiconventions/apiconventions/internal/request"
)

// FromContext returns the tenant that the request of ctx acts for, as [Require] found it.
// ok is false if there is none. The id is then empty, which is no tenant's.
func FromContext(ctx context.Context) (id ID, ok bool) {
	i := request.From(ctx)
	if i == nil {
		return "", false
	}
	id = ID(i.Tenant.Value())
	return id, id != ""
}

// NewContext returns a copy of ctx that acts for the tenant. It is for a handler under
// test, a job that works tenant by tenant, or middleware that finds the tenant in another
// way than [Require]. [FromContext], the logger of the copy and the tags of package etag
// have the tenant. The request of ctx does not change. NewContext does not check the id.
// A Require further in decides by the request, and ignores the tenant of ctx.
func NewContext(ctx context.Context, id ID) context.Context {
	return request.TenantContext(ctx, string(id))
}
