package etag

import (
	"net/http"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/problem"
)

// refusal is the problem of a request for which the conditions in h do not let the
// handler run, or nil. tag is the state's as it goes out, and d what they come to,
// but for unchanged.
func (o *Options) refusal(method string, h http.Header, s *State, tag Tag, d decision) error {
	safe := request.IsSafe(method)
	var e *problem.Error
	switch {
	case d == proceed && o.Required && !safe && !isProtected(h, s):
		return problem.Types.PreconditionRequired.Problem()
	case d == proceed:
		return nil
	case d == ifNoneMatchFailed:
		e = preconditionFailed("If-None-Match rules out what is there now.")
	case !safe:
		e = recordChanged(o.PreconditionFailed)
	case d == ifUnmodifiedSinceFailed:
		e = preconditionFailed("The resource has changed since the date in If-Unmodified-Since.")
	default:
		e = preconditionFailed("If-Match does not name what is there now.")
	}
	if !s.Absent && !tag.isZero() {
		e.Extensions = map[string]any{"currentETag": tag.wire}
		e.Header = http.Header{"Etag": {tag.wire}}
	}
	return e
}

// isProtected reports whether an unsafe request, whose conditions hold, has one
// that keeps it from overwriting what its client has not seen.
func isProtected(h http.Header, s *State) bool {
	switch {
	case len(h["If-Match"]) > 0:
		return true
	case s.Absent:
		return isAny(h["If-None-Match"])
	default:
		return s.Tag.isZero() && since(h["If-Unmodified-Since"], s) != unknown
	}
}

// errNoTag returns an error for an unsafe request whose If-Match has no entity tag
// and is not "*": it could never hold, and its client would read and try again for
// ever.
func errNoTag(method string, h http.Header) error {
	values := h["If-Match"]
	if len(values) == 0 || request.IsSafe(method) || header.AnyTag(values, isTag) || isAny(values) {
		return nil
	}
	e := problem.Invalid()
	e.Detail = "If-Match has no entity tag. An entity tag stands in double quotes."
	return e
}

func recordChanged(preconditionFailed bool) *problem.Error {
	status := http.StatusConflict
	if preconditionFailed {
		status = http.StatusPreconditionFailed
	}
	e := problem.Types.RecordChanged.Problem()
	e.Status = status
	return e
}

func preconditionFailed(detail string) *problem.Error {
	e := problem.Types.PreconditionFailed.Problem()
	e.Detail = detail
	return e
}

// ErrConflict is the error of a handler whose store has lost the race: its
// compare-and-swap found another version than the one that [FromContext] has. It is
// the 409 "record-changed" of [Guard], on its own or wrapped, or the 412 where
// Options.PreconditionFailed is set, but without currentETag: the tag that Guard
// knew is no longer current.
var ErrConflict error = conflict{}

type conflict struct{}

func (conflict) Error() string { return "etag: the record was changed by another request" }

// Unwrap is for errors.Is.
func (conflict) Unwrap() error { return problem.Types.RecordChanged }

// Problem implements problem.Problemer.
func (conflict) Problem() *problem.Error { return recordChanged(false) }

// ProblemFor is for package problem: the options of the request's Guard or Check
// decide about the status.
func (conflict) ProblemFor(info *request.Info) *problem.Error {
	p, _ := info.Precondition.Value().(*precondition)
	return recordChanged(p != nil && p.preconditionFailed.Load())
}
