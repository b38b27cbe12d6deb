package layer

import (
	"errors"
	"net/http"

	"github.com/apiconventions/apiconventions/internal/request"
)

// Kind is the part that a layer has in the order of a chain.
type Kind uint8

// The kinds.
const (
	Other  Kind = iota
	Bearer      // who asks
	Scope       // whether the token suffices
	Tenant      // for whom
	Accept      // which representation
	Guard       // evaluates preconditions
)

// decided returns the index of the kind in request.Info.Decided, or -1. It is that of a
// kind which must not stand outside some other one.
func (k Kind) decided() int {
	switch k {
	case Scope:
		return 0
	case Tenant:
		return 1
	case Guard:
		return 2
	}
	return -1
}

// whyMisplaced returns why inner must not stand inside outer, or "" if it may.
func whyMisplaced(outer, inner Kind) string {
	switch {
	case outer == Guard && inner == Bearer, outer == Guard && inner == Scope:
		return "a precondition would tell what exists to a client that may not ask"
	case outer == Guard && inner == Tenant:
		return "an entity tag is that of a tenant"
	case outer == Guard && inner == Accept:
		return "an entity tag is that of a representation"
	case outer == Scope && inner == Bearer, outer == Tenant && inner == Bearer:
		return "the token has to be known first"
	}
	return ""
}

// mustBeInOrder panics if next, or a layer of this module behind it, must not stand
// inside l.
func mustBeInOrder(l *Layer, next http.Handler) {
	for h, ok := next.(*Handler); ok; h, ok = h.next.(*Handler) {
		if why := whyMisplaced(l.Kind, h.layer.Kind); why != "" {
			panic(misplacement(l, h.layer, why))
		}
	}
}

func misplacement(outer, inner *Layer, why string) string {
	return inner.Name + " stands inside " + outer.Name + ", but must stand outside: " + why
}

// checkOrder returns an error if a layer that must not stand outside l has decided
// about the same request. Where a handler between the two hides them from each other,
// mustBeInOrder does not see it. From then on the outer layer refuses every request.
//
// checkOrder also notes that l decides about the request, for the layers further in.
func (l *Layer) checkOrder(x Exchange) error {
	if why := l.misplaced.Load(); why != nil {
		return errors.New(*why)
	}
	if l.Kind == Other {
		return nil
	}
	for _, outer := range [...]Kind{Scope, Tenant, Guard} {
		why := whyMisplaced(outer, l.Kind)
		if why == "" {
			continue
		}
		if other, ok := x.Info.Decided[outer.decided()].Layer(x.R).(*Layer); ok {
			text := misplacement(other, l, why)
			other.misplaced.Store(&text)
			return errors.New(text)
		}
	}
	if i := l.Kind.decided(); i >= 0 {
		x.Info.Decided[i].Note(x.R, l)
	}
	return nil
}

// forget takes back the note of checkOrder when the layer has returned, refused or
// panicked: a handler may try one chain after another for the same request.
func (l *Layer) forget(info *request.Info) {
	if i := l.Kind.decided(); i >= 0 {
		info.Decided[i].Forget()
	}
}
