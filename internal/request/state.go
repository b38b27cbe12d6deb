// Package request holds the one per-request state that the layers share: what
// they found out on the way in (request id, tenant, negotiated type), for the
// layers and the handler further in.
package request

import (
	"context"
	"sync/atomic"
)

// State is what the layers know of a request. It is the request's context at
// the same time, so that the first layer makes one object and copies the
// request once, whatever the others add.
//
// A layer writes to it before it calls the next one and never after, so the
// handler and the goroutines it starts read it without a lock; what happens on
// the way out belongs to the response.Writer. It is never pooled: a handler's
// goroutine may hold the context for as long as it likes.
type State struct {
	context.Context

	// Owner is the response.Writer that the state belongs to.
	Owner any

	ID      string // request id, "" = none
	TraceID string // W3C trace id, "" = none

	tenant string // that the request acts for
	acts   atomic.Bool

	Representation *Representation // the negotiated one, nil = not negotiated

	Precondition any // what etag.Guard compared

	Challenge *string // what the bearer layer asks a client for (WWW-Authenticate), nil = nothing

	Problems *Problems // how the service writes its errors, nil = as the house does

	// Logger makes the request's logger when it is first asked for.
	Logger *Logger
	logger atomic.Pointer[made]
}

// made is a logger, and the tenant that it names.
type made struct {
	tenant string
	logger any
}

// Representation is what a layer negotiates. It is made with the chain.
type Representation struct {
	MediaType string
	Digest    string // names it in entity tags, "" = the route has only one
}

// Problems is how a service writes its errors. It is made with the chain.
type Problems struct {
	Types string            // base of the problem types, "" = the house's
	Map   func(error) error // the service's own errors to problems, may be nil
}

// Logger puts a value that depends on the state into its context, without this
// package having to know what a logger is.
type Logger struct {
	Key any              // the context key it answers to
	New func(*State) any // makes the value; called again when the state has a new tenant

	// Fail logs an error that no access line will tell.
	Fail func(s *State, status int, err error)
}

type stateKey struct{}

// From returns the innermost state of ctx, or nil.
func From(ctx context.Context) *State {
	s, _ := ctx.Value(stateKey{}).(*State)
	return s
}

// Value implements context.Context.
func (s *State) Value(key any) any {
	if key == (stateKey{}) {
		return s
	}
	if s.Logger != nil && key == s.Logger.Key {
		return s.log()
	}
	return s.Context.Value(key)
}

func (s *State) log() any {
	tenant := s.Tenant()
	if m := s.logger.Load(); m != nil && m.tenant == tenant {
		return m.logger
	}
	m := &made{tenant, s.Logger.New(s)}
	s.logger.Store(m)
	return m.logger
}

// Variant names the negotiated representation in entity tags, where the route
// has more than one.
func (s *State) Variant() string {
	if s.Representation == nil {
		return ""
	}
	return s.Representation.Digest
}

// Tenant is the tenant that the request acts for, "" = none. Unlike the fields it
// may be asked for before the layers are done: whoever has the request's logger
// asks.
func (s *State) Tenant() string {
	if !s.acts.Load() {
		return ""
	}
	return s.tenant
}

// SetTenant records the tenant.
func (s *State) SetTenant(id string) {
	s.tenant = id
	s.acts.Store(true)
}

// Inherit takes over what outer knows on the way in. The two are separate from
// then on: nothing that happens to s changes outer.
func (s *State) Inherit(outer *State) {
	s.ID, s.TraceID = outer.ID, outer.TraceID
	if t := outer.Tenant(); t != "" {
		s.SetTenant(t)
	}
	s.Representation = outer.Representation
	s.Precondition = outer.Precondition
	s.Challenge = outer.Challenge
	s.Problems = outer.Problems
	s.Logger = outer.Logger
}

// Attach returns ctx with s in it, for a request whose context a foreign layer
// has replaced by one that does not descend from s.
func Attach(ctx context.Context, s *State) context.Context {
	return attached{ctx, s}
}

type attached struct {
	context.Context
	state *State
}

func (a attached) Value(key any) any {
	if key == (stateKey{}) {
		return a.state
	}
	if l := a.state.Logger; l != nil && key == l.Key {
		return a.state.log()
	}
	return a.Context.Value(key)
}
