package etag

import "net/http"

// Options configure [Guard] and [Check]. The zero value, like nil, is the default.
// They are copied.
type Options struct {
	// PreconditionFailed makes the response to a change whose If-Match or
	// If-Unmodified-Since fails, and to [ErrConflict], a 412 (Precondition Failed)
	// instead of a 409 (Conflict). RFC 9110 §13.1.1 leaves the choice. The default is
	// the 409 that the conventions document as "changed by another user". The problem
	// type is record-changed either way.
	PreconditionFailed bool

	// Required refuses an unsafe request with 428 (RFC 6585 §3), unless it has a
	// condition that protects the record. That is If-Match, also as "*", with which a
	// client overwrites any version on purpose; "If-None-Match: *" where the state is
	// Absent; and If-Unmodified-Since where the state has a modification time and no
	// tag.
	Required bool

	// Strict makes If-Match on unsafe methods fail for a tag to which a compressor on
	// the way has added W/, -gzip, -br or -zstd. By default such a tag passes, since
	// the client has seen that version.
	Strict bool

	// Caller returns who sends the request, such as the subject of its token. It is
	// part of [Key], since two callers may choose the same key. If Caller is set, Guard
	// heeds Idempotency-Key on unsafe methods. If it returns "", Guard ignores the
	// field.
	Caller func(*http.Request) string

	// KeyRequired refuses an unsafe request without Idempotency-Key with 400
	// "idempotency-key-required". If Caller returns "", the response is 500.
	KeyRequired bool
}

// comparison returns how If-Match compares on a safe or an unsafe method.
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
