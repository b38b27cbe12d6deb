package request

import (
	"context"
	"net/http"
	"net/url"
	"testing"
)

type key struct{}

// dispatched returns a copy of ctx for a request that is dispatched inside that of
// ctx, if there is one.
func dispatched(ctx context.Context, set func(*Info)) context.Context {
	c := new(Context)
	set(c.Init(ctx, nil))
	return c
}

// decided is the request that all layers have decided about.
var decided = &http.Request{Method: "GET", URL: &url.URL{Path: "/"}}

// all sets all fields of i to values that begin with name.
func all(i *Info, name string) {
	text := func(suffix string) *string { s := name + suffix; return &s }
	i.ID.Set(name + "-id")
	i.TraceID.Set(text("-trace"))
	i.Tenant.Set(name + "-tenant")
	i.Representation.Set(&Representation{MediaType: name + "/type"})
	i.Precondition.Set(name + "-state")
	i.Challenge.Set(text("-challenge"))
	i.Problems.Set(&Problems{Types: name})
	i.Logger.Set(logger{name})
	for k := range i.Decided {
		i.Decided[k].Note(decided, name)
	}
}

// texts are the values of all fields.
func texts(i *Info) [8]any {
	return [...]any{i.ID.Value(), *i.TraceID.Get(), i.Tenant.Value(), i.Representation.Get().MediaType, i.Precondition.Value(),
		*i.Challenge.Get(), i.Problems.Get().Types, i.Logger.Value()}
}

type logger struct{ name string }

func (l logger) Names(id string) bool { return id == l.name }
func (l logger) WithTenant(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, "log of "+From(ctx).Tenant.Value())
}
func (logger) Fail(context.Context, int, error) {}

func TestFromNowhere(t *testing.T) {
	if i := From(context.Background()); i != nil {
		t.Errorf("%v", i)
	}
}
