package etag

import (
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/problem"
)

// ErrConflict is the error of a handler whose store found another version than that of
// [FromContext]. On its own or wrapped, it is the 409 "record-changed" of [Guard], or the
// 412 where Options.PreconditionFailed is set. It has no currentETag, since the tag that
// Guard had is no longer current.
var ErrConflict error = conflict{}

type conflict struct{}

func (conflict) Error() string { return "etag: the record was changed by another request" }

// Unwrap is for errors.Is.
func (conflict) Unwrap() error { return problem.Types.RecordChanged }

// Problem implements problem.Problemer.
func (conflict) Problem() *problem.Error { return recordChanged(false) }

// ProblemFor is for package problem. The options of the request's Guard or Check decide
// about the status.
func (conflict) ProblemFor(info *request.Info) *problem.Error {
	p, _ := info.Precondition.Value().(*precondition)
	return recordChanged(p != nil && p.preconditionFailed.Load())
}
