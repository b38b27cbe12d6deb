package layer

import (
	"errors"
	"net/http"

	"github.com/apiconventions/apiconventions/internal/request"
)

// Kind is what a layer is for the order of a chain.
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

// note is the index in request.Info.Decided of what a kind notes, or -1.
func (k Kind) note() int {
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

// misplaced returns why inner must not stand inside outer, or "".
func misplaced(outer, inner Kind) string {
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

// mustBeOutside panics if the chain of this module's layers that next is has one
// that must not stand inside l.
func mustBeOutside(l *Layer, next http.Handler) {
	for h, ok := next.(*Handler); ok; h, ok = h.next.(*Handler) {
		if why := misplaced(l.Kind, h.layer.Kind); why != "" {
			panic(message(l, h.layer, why))
		}
	}
}

func message(outer, inner *Layer, why string) string {
	return inner.Name + " stands inside " + outer.Name + ", but must stand outside: " + why
}

// inOrder returns an error if a layer that must not stand outside l has decided
// about this very request: something stands between the two that hides them from
// each other when the chain is built. That layer then refuses every request.
//
// It also notes that l decides about the request, for the layers further in.
func (l *Layer) inOrder(x Exchange) error {
	if why := l.misplaced.Load(); why != nil {
		return errors.New(*why)
	}
	if l.Kind == Other {
		return nil
	}
	for _, outer := range [...]Kind{Scope, Tenant, Guard} {
		why := misplaced(outer, l.Kind)
		if why == "" {
			continue
		}
		if other, ok := x.Info.Decided[outer.note()].Layer(x.R).(*Layer); ok {
			text := message(other, l, why)
			other.misplaced.Store(&text)
			return errors.New(text)
		}
	}
	if i := l.Kind.note(); i >= 0 {
		x.Info.Decided[i].Note(x.R, l)
	}
	return nil
}

// forget takes back what inOrder has noted, when the layer returns, refuses or
// panics: a handler may try one chain after another.
func (l *Layer) forget(info *request.Info) {
	if i := l.Kind.note(); i >= 0 {
		info.Decided[i].Forget()
	}
}
