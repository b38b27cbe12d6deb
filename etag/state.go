package etag

import (
	"net/http"
	"time"
)

// State is the current state of a resource, with which the conditions of a request are
// compared. The zero State is a resource that exists and has no validator, such as the
// collection to which a POST adds. An If-Match with a tag fails for it.
type State struct {
	// Absent reports that the resource does not exist, and that the method may create
	// it. All other fields but Made are then ignored.
	Absent bool

	// Tag is the resource's entity tag, or the zero Tag if it has none. It has to change
	// with everything that the representation shows.
	Tag Tag

	// Modified is the time of the last change, in whole seconds. The zero Time and
	// that of Unix mean that it is not known. Conditions on a date are then ignored
	// (RFC 9110 §13.1.3, §13.1.4).
	Modified time.Time

	// Header has the caching fields of the resource's 200: Cache-Control, Expires,
	// Content-Location and Vary, under their canonical keys. Other fields are ignored.
	// They are set on a 304, and on the 200 of GET, HEAD and QUERY, where the handler
	// may change them.
	Header http.Header

	// Made is the change on record under [Key], or nil, also where the resource no
	// longer exists. A request that repeats it gets 204, whatever its conditions. A
	// Change with another key is ignored.
	Made *Change
}

// dated reports whether the time of the last change is known. Reproducible builds give
// every file the zero time of Unix, which http.ServeContent ignores as well.
func (s *State) dated() bool {
	return !s.Absent && !s.Modified.IsZero() && s.Modified.Unix() != 0
}
