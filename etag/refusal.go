package etag

import (
	"net/http"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/problem"
)

// refusal returns the problem of a request whose handler must not run, or nil. tag is the
// tag of the state as it goes out. d is the result of the conditions in h, and not
// unchanged.
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

// isProtected reports whether an unsafe request has a condition that keeps it from
// overwriting what its client has not seen. Its conditions hold.
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

// malformedIfMatch returns an error for an unsafe request whose If-Match has no entity tag
// and is not "*". It can never hold, so a 409 would have the client try again forever.
func malformedIfMatch(method string, h http.Header) error {
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
