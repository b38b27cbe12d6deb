package request

import (
	"context"
	"net/http"
)

// WithTenant returns r, or a copy of it, that acts for the tenant id and whose logger
// names it.
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

// TenantContext returns a copy of ctx that acts for the tenant id and whose logger
// names it. The request of ctx is not changed.
func TenantContext(ctx context.Context, id string) context.Context {
	ctx = Part(ctx, func(i *Info) { i.Tenant.Set(id) })
	if l, ok := From(ctx).Logger.Get(); ok {
		return l.WithTenant(ctx)
	}
	return ctx
}
