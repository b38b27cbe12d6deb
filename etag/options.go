package etag

import "net/http"

// Options configure [Guard] and [Check]. The zero value, like nil, is the default.
// They are copied.
type Options struct {
	// PreconditionFailed makes a change whose If-Match or If-Unmodified-Since fails
	// a 412 (Precondition Failed) instead of a 409 (Conflict). RFC 9110 §13.1.1
	// leaves the choice. 409 is the default because its clients know that as
	// "changed by another user". The problem type is record-changed either way, and
	// [ErrConflict] has the same status.
	PreconditionFailed bool

	// Required refuses an unsafe request that has no condition which protects
	// the record, with 428 (RFC 6585 §3). If-Match is one, and so is its "*": a
	// client that sends it overwrites whatever is there, on purpose. So are
	// "If-None-Match: *" where the resource is not there yet, and
	// If-Unmodified-Since where the state has a modification time and no tag.
	Required bool

	// Strict makes If-Match on unsafe methods fail for a tag that a compressor
	// on the way has put W/ before, or -gzip, -br or -zstd behind. Without it,
	// such a tag passes: the client has seen exactly that version.
	Strict bool

	// Caller names who sends the request, such as the subject of its token, for
	// [Key]: two callers may choose the same key. Where it is set, Guard heeds
	// Idempotency-Key on unsafe methods. For "", nobody is known, and the field is
	// as if it was not sent.
	Caller func(*http.Request) string

	// KeyRequired refuses an unsafe request without Idempotency-Key, with 400
	// "idempotency-key-required". A Caller of "" is a 500 then.
	KeyRequired bool
}

// comparison is how If-Match compares for the method.
func (o *Options) comparison(safe bool) comparison {
	switch {
	case safe:
		return byTheLetter
	case o.Strict:
		return versionStrict
	default:
		return version
	}
}
