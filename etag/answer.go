package etag

import (
	"net/http"
	"slices"

	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// notModified makes the header of the 304 that stands for the state's 200 (RFC
// 9110 §15.4.5): what a cache updates, and nothing that describes a content
// which is not there.
func notModified(h http.Header, s *State, tag Tag) {
	response.DeleteContentFields(h)
	for _, k := range [...]string{"Cache-Control", "Expires", "Content-Location"} {
		if v := s.Header[k]; len(v) > 0 {
			h[k] = slices.Clone(v)
		}
	}
	if v := s.Header["Vary"]; len(v) > 0 {
		h["Vary"] = append(slices.Clip(h["Vary"]), v...)
	}
	delete(h, "Last-Modified")
	if !tag.IsZero() {
		h["Etag"] = []string{tag.wire}
	} else if s.dated() {
		h["Last-Modified"] = []string{lastModified(s.Modified)}
	}
}

// failed is the document of a condition that does not hold.
func (c settings) failed(method string, d Decision, tag Tag) *problem.Error {
	var e *problem.Error
	switch {
	case d == IfNoneMatchFailed:
		e = preconditionFailed("If-None-Match rules out what is there now.")
	case !isRead(method):
		e = recordChanged(c.status)
	case d == IfUnmodifiedSinceFailed:
		e = preconditionFailed("The resource has changed since the date in If-Unmodified-Since.")
	default:
		e = preconditionFailed("If-Match does not name what is there now.")
	}
	if !tag.IsZero() {
		e.Extensions = map[string]any{"currentETag": tag.wire}
		e.Header = http.Header{"Etag": {tag.wire}}
	}
	return e
}

func recordChanged(status int) *problem.Error {
	return &problem.Error{
		Status: status,
		Type:   "record-changed",
		Title:  "Record changed",
		Detail: "The record is no longer as it was when it was read. Read it again, and repeat the change with its current entity tag in If-Match.",
	}
}

func preconditionFailed(detail string) *problem.Error {
	return &problem.Error{
		Status: http.StatusPreconditionFailed,
		Type:   "precondition-failed",
		Title:  "Precondition failed",
		Detail: detail,
	}
}

// preconditionRequired explains how to go on, as RFC 6585 §3 asks for.
func preconditionRequired() *problem.Error {
	return &problem.Error{
		Status: http.StatusPreconditionRequired,
		Type:   "precondition-required",
		Title:  "Precondition required",
		Detail: "Read the record, and repeat the request with its entity tag in If-Match; to create one that does not exist yet, send If-None-Match: *.",
	}
}

// ErrConflict is the error of a handler whose store has lost the race: its
// compare-and-swap found another version than [Current]. It is the 409
// "record-changed" of [Guard], on its own or wrapped, but without currentETag:
// the tag that Guard knew is no longer current. A service that has set
// Options.Status to 412 maps it to a problem of its own.
var ErrConflict error = conflict{}

type conflict struct{}

func (conflict) Error() string { return "etag: the record was changed by another request" }

// Problem implements problem.Problemer.
func (conflict) Problem() *problem.Error { return recordChanged(http.StatusConflict) }
