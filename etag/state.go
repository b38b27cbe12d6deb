package etag

import (
	"net/http"
	"time"
)

// State is what a resource is now, for the conditions of a request. The zero
// State is a resource that is there and has no validator, such as the collection
// to which a POST adds: an If-Match with a tag fails for it.
type State struct {
	// Absent says that there is no such resource yet, and that the method would
	// create it. The other fields but Made do not count then.
	Absent bool

	// Tag is the resource's entity tag; none if it has no tag. It has to change with
	// everything that the representation shows.
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

	// Made is the change that is on record under [Key], if any, also where the
	// record is gone: a request that repeats it is told so, whatever its
	// conditions. One with another key is ignored.
	Made *Change
}

// dated reports whether the time of the last change is known. The zero of Unix
// is none, as for http.ServeContent: reproducible builds give it to every file.
func (s *State) dated() bool {
	return !s.Absent && !s.Modified.IsZero() && s.Modified.Unix() != 0
}
