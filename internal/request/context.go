package request

import (
	"context"
	"net/http"
)

// Context is a context with an Info.
type Context struct {
	context.Context
	extension Field[Extension]
	info      Info
}

// Extension adds values to a context as soon as somebody asks for any.
type Extension interface {
	// Extend returns ctx with the values. It makes them once.
	Extend(ctx context.Context) context.Context
}

// Key is the type of the keys of this module's values, which no Extension has.
type Key string

// Init makes c a copy of ctx with an Info of its own, for the request that response
// responds to, and returns the Info. It has the values that ctx's Info has now, if the
// request is dispatched inside another one.
func (c *Context) Init(ctx context.Context, response any) *Info {
	c.Context = ctx
	c.info.origin, c.info.Response = &c.info, response
	if outer := From(ctx); outer != nil {
		c.info.inherit(outer)
	}
	return &c.info
}

// Part returns a copy of ctx with an Info of its own, for the layers further in. set
// sets fields of the Info. The others have the values that ctx's Info has now.
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

// Value implements context.Context.
func (c *Context) Value(key any) any {
	switch key.(type) {
	case infoKey:
		return &c.info
	case Key:
		return c.Context.Value(key)
	}
	if e, ok := c.extension.Get(); ok {
		return e.Extend(c.Context).Value(key)
	}
	return c.Context.Value(key)
}

// Extend returns r with the values of e in its context. The first time it adds them to a
// Context in place and returns r itself, to save a copy of the request.
func Extend(r *http.Request, e Extension) *http.Request {
	ctx := r.Context()
	if c, ok := ctx.(*Context); ok && c.extension.Set(e) {
		return r
	}
	return r.WithContext(e.Extend(ctx))
}

// Attach returns ctx with the Info of own, and with the values of own that ctx lacks.
// It is for a context with which third-party middleware has replaced own.
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
