package etag

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/apiconventions/apiconventions/internal/request"
)

// precondition is what Guard or Check knows of a request.
type precondition struct {
	received *http.Request // with the conditions that the client sent
	info     *request.Info // of received
	change   *change       // nil = the request does not name its change

	state    State
	compared atomic.Bool // whether the conditions were compared with state

	preconditionFailed atomic.Bool // the option, for ErrConflict
}

func preconditionField(i *request.Info) *request.Field[any] { return &i.Precondition }

// preconditionOf returns the innermost precondition of ctx, or nil.
func preconditionOf(ctx context.Context) *precondition {
	info := request.From(ctx)
	if info == nil {
		return nil
	}
	p, _ := info.Precondition.Value().(*precondition)
	return p
}

// preconditionFor returns the precondition of r itself, or nil. A request that is
// dispatched inside another one has the context of that one.
func preconditionFor(r *http.Request) *precondition {
	if p := preconditionOf(r.Context()); p != nil && p.received.URL == r.URL {
		return p
	}
	return nil
}

// conditions returns the header with the conditions of r that the client sent. A Guard
// further out may have deleted some of them for the handler.
func conditions(r *http.Request) http.Header {
	if p := preconditionFor(r); p != nil {
		return p.received.Header
	}
	return r.Header
}

// FromContext returns the state with which the innermost [Guard] compared the conditions
// of the request, as the guard's function returned it. The store's compare-and-swap needs
// the version in its Tag. ok is false if no Guard has let the request pass.
//
// A request that is dispatched inside another one has the state of that one. So a part of
// a batch that changes records needs a Guard of its own.
func FromContext(ctx context.Context) (s State, ok bool) {
	if p := preconditionOf(ctx); p != nil && p.compared.Load() {
		return p.state, true
	}
	return State{}, false
}

// NewContext returns a copy of ctx with the state s for [FromContext], to test a handler
// without its chain.
func NewContext(ctx context.Context, s State) context.Context {
	p := &precondition{received: new(http.Request), state: s}
	p.compared.Store(true)
	return request.Part(ctx, func(i *request.Info) { i.Precondition.Set(p) })
}
