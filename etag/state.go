package etag

import (
	"context"
	"net/http"
	"time"

	"github.com/apiconventions/apiconventions/internal/request"
)

// State is what a resource is now, for the conditions of a request. The zero
// State is a resource that is there and has no validator.
type State struct {
	// Absent says that there is no such resource yet, and that the method would
	// create it. The other fields but Made do not count then.
	Absent bool

	// Tag is the resource's entity tag; none if it has no tag.
	Tag Tag

	// Modified is the time of its last change, of which HTTP knows whole seconds.
	// The zero Time and the zero of Unix are "not known": conditions on a date do
	// not apply then (RFC 9110 §13.1.3, §13.1.4).
	Modified time.Time

	// Header has the caching fields of the resource's 200: Cache-Control, Expires,
	// Content-Location and Vary, under their canonical keys. Others are not looked
	// at. They go out on the 200 of a GET or HEAD, where the handler may still
	// change them, and on the 304 that stands for it.
	Header http.Header
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
func (s *State) dated() bool {
	return !s.Absent && !s.Modified.IsZero() && s.Modified.Unix() != 0
}
