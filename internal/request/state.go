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

	id      [1]string // of the request, as its header field's lines
	TraceID string    // W3C trace id, "" = none

	tenant string // that the request acts for
	acts   atomic.Bool

	Representation *Representation // the negotiated one, nil = not negotiated

	Precondition any // what etag.Guard compared

	Challenge string // what the bearer layer asks a client for (WWW-Authenticate), "" = nothing

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
	if v, ok := s.Own(key); ok {
		return v
	}
	return s.Context.Value(key)
}

// Own is Value for the keys that the state answers itself.
func (s *State) Own(key any) (value any, ok bool) {
	switch {
	case key == (stateKey{}):
		return s, true
	case s.Logger != nil && key == s.Logger.Key:
		return s.log(), true
	}
	return nil, false
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
	if s.Tenant() == id {
		return // somebody may be reading it
	}
	s.tenant = id
	s.acts.Store(true)
}

// ID is the request id, "" = none.
func (s *State) ID() string { return s.id[0] }

// SetID records the request id.
func (s *State) SetID(id string) { s.id[0] = id }

// IDLines are the request id as the lines of a header field, without an
// allocation of their own.
func (s *State) IDLines() []string { return s.id[:1:1] }

// Inherit takes over what outer knows on the way in. The two are separate from
// then on: nothing that happens to s changes outer.
func (s *State) Inherit(outer *State) {
	s.id, s.TraceID = outer.id, outer.TraceID
	if t := outer.Tenant(); t != "" {
		s.SetTenant(t)
	}
	s.Representation = outer.Representation
	s.Precondition = outer.Precondition
	s.Challenge = outer.Challenge
	s.Problems = outer.Problems
	s.Logger = outer.Logger
}
