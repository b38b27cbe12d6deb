package etag

import (
	"context"
	"net/http"
	"time"

	"github.com/apiconventions/apiconventions/internal/request"
)

// State is what a resource is now, for the conditions of a request. The zero
// State is a resource that is not there yet, and that the method would create.
type State struct {
	// Tag is the resource's entity tag; none if it has no tag.
	Tag Tag

	// Modified is the time of its last change, of which HTTP knows whole seconds.
	// The zero Time and the zero of Unix are "not known": conditions on a date do
	// not apply then (RFC 9110 §13.1.3, §13.1.4).
	Modified time.Time

	// Header has the caching fields of the resource's 200, for the 304 that
	// stands for it. A handler that sets Cache-Control says the same here: without
	// it the 304 of a tenant route is private, no-cache, and a cache puts that in
	// place of what it has stored. They are Cache-Control, Expires,
	// Content-Location and Vary, under their canonical keys; others are not looked
	// at. A State that has a Header, even an empty one, is of a resource that is
	// there.
	Header http.Header
}

// exists reports whether there is a current representation.
func (s *State) exists() bool {
	return !s.Tag.IsZero() || s.dated() || s.Header != nil
}

// Current is what the innermost [Guard] compared the request's conditions with,
// its Tag as the guard's function returned it: give the version in it to the
// store's compare-and-swap. It is the zero State where neither the request nor one
// in which it was dispatched has passed a Guard: a part of a batch that changes
// records needs a Guard of its own.
func Current(ctx context.Context) State {
	if s := request.From(ctx); s != nil {
		if compared, ok := s.Precondition.Value().(*State); ok {
			return *compared
		}
	}
	return State{}
}

// dated reports whether the time of the last change is known. The zero of Unix
// is none, as for http.ServeContent: reproducible builds give it to every file.
func (s *State) dated() bool { return !s.Modified.IsZero() && s.Modified.Unix() != 0 }
