package tenant

import (
	"context"

	"github.com/apiconventions/apiconventions/internal/request"
)

// FromContext returns the tenant that the request acts for, as [Require] found
// it, and false where nobody did. The id is then empty, and no tenant's.
func FromContext(ctx context.Context) (ID, bool) {
	i := request.From(ctx)
	if i == nil {
		return "", false
	}
	id, _ := i.Tenant.Get()
	return ID(id), id != ""
}

// NewContext returns a copy of ctx that acts for the tenant: for a handler under
// test, a job that works tenant by tenant, or a middleware that finds the tenant in
// another way than [Require]. [FromContext], the logger of ctx and the tags of
// package etag follow it; ctx, and the request that it may belong to, are not
// changed. NewContext does not check the id. A Require further in goes by the
// request, and not by ctx.
func NewContext(ctx context.Context, id ID) context.Context {
	return request.TenantContext(ctx, string(id))
}
