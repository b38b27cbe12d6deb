package etag

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/apiconventions/apiconventions/internal/request"
)

// precondition is what Guard, or Check, knows of a request.
type precondition struct {
	received *http.Request // before fields were taken out for the handler
	info     *request.Info // of received
	change   *change       // nil = the request does not name its change

	state    State
	compared atomic.Bool // state is what the conditions were compared with

	preconditionFailed atomic.Bool // the option, for ErrConflict
}

func preconditionField(i *request.Info) *request.Field[any] { return &i.Precondition }

// preconditionOf returns the innermost one of ctx, or nil.
func preconditionOf(ctx context.Context) *precondition {
	info := request.From(ctx)
	if info == nil {
		return nil
	}
	p, _ := info.Precondition.Value().(*precondition)
	return p
}

// preconditionFor returns that of r itself, or nil: a request that is dispatched
// inside another one has the context of that.
func preconditionFor(r *http.Request) *precondition {
	if p := preconditionOf(r.Context()); p != nil && p.received.URL == r.URL {
		return p
	}
	return nil
}

// conditions is the header with the conditions of r, of which a Guard further out
// may have handed on some only.
func conditions(r *http.Request) http.Header {
	if p := preconditionFor(r); p != nil {
		return p.received.Header
	}
	return r.Header
}

// FromContext returns what the innermost [Guard] compared the request's conditions
// with, its Tag as the guard's function returned it: give the version in it to the
// store's compare-and-swap. ok is false where neither the request nor one in which
// it was dispatched has passed a Guard. A part of a batch that changes records
// needs a Guard of its own.
func FromContext(ctx context.Context) (s State, ok bool) {
	if p := preconditionOf(ctx); p != nil && p.compared.Load() {
		return p.state, true
	}
	return State{}, false
}

// NewContext returns a context for which [FromContext] returns s, to test a handler
// without its chain.
func NewContext(ctx context.Context, s State) context.Context {
	p := &precondition{received: new(http.Request), state: s}
	p.compared.Store(true)
	return request.Part(ctx, func(i *request.Info) { i.Precondition.Set(p) })
}
