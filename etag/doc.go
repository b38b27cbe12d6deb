// Package etag evaluates HTTP preconditions (RFC 9110 §13) before a handler runs, and
// responds 304, 409 or 412 where they fail.
//
// [Guard] asks a function of the service for the current version of a record:
//
//	guard := etag.Guard(func(r *http.Request) (etag.State, error) {
//		v, err := store.Version(r.Context(), r.PathValue("id"))
//		if errors.Is(err, sql.ErrNoRows) {
//			return etag.State{}, problem.NotFound(err)
//		}
//		return etag.State{Tag: etag.Version(v)}, err
//	}, &etag.Options{Required: true})
//
// Only the store can decide between two concurrent updates. The handler gives it the
// version of [FromContext] for its UPDATE … WHERE version = ?, returns [ErrConflict] for
// zero rows, and sets the new tag with [Set]; see the example of Guard.
//
// Where there are no versions, [Computed] makes tags of what the handler writes.
// [Evaluate] is the decision as a pure function.
//
// # Methods
//
// The response to a failed condition is
//
//	If-None-Match, If-Modified-Since on GET, HEAD, QUERY  304 (RFC 9110 §13.2.2, RFC 10008 §2.6)
//	If-Match, If-Unmodified-Since on unsafe methods       409, or 412 by option
//	any other failed condition                            412
//
// A record's tag does not name the result of a QUERY. On QUERY, [Set] and [For] have no
// tag, and for [Guard] and [Check] no If-None-Match with a tag fails. Computed makes tags
// of results.
//
// # How tags are compared
//
// If-None-Match, and every condition on a safe method, compares whole tags by the
// letter of RFC 9110 §8.8.3.2. If-Match on an unsafe method compares the tags of
// [Version] and [Strong] by version and tenant, because a change is made to the record,
// and not to the representation that the client has read. It ignores what compressors on
// the way add to such a tag: W/ of nginx and CDNs, and -gzip, -br or -zstd of Apache and
// Caddy. With Options.Strict it does not. A weak tag of the state never matches.
//
// # What the handler gets
//
// http.ServeContent evaluates the conditions again, and reads only the first value of a
// field. On GET and HEAD the handler behind a Guard gets a copy of the request that
// ServeContent reads correctly:
//
//   - If-Match and If-Unmodified-Since hold, and are deleted. If the request has a
//     Range, If-Range has the tag or date that was compared, so that a change in
//     between cannot mix two versions.
//   - Fields that ServeContent would read in another way are deleted. Others have one
//     value without white space around it.
//   - Range is deleted where it is void by RFC 9110 §14.2 and §13.1.5: on HEAD; with
//     several values, a malformed one or another unit than bytes; with a suffix of
//     length 0 or a number of over 63 bits; with an If-Range that is not one entity tag
//     or date, or that is a date although there is a tag. Guard does not know the
//     length of the content: a handler must not pass empty content and a Range to
//     ServeContent.
//
// On QUERY, the handler behind a Guard or a Computed gets no conditions and no Range. A
// Check or a Computed behind a Guard still evaluates what the client sent, unless
// something between them replaces the URL of the request, as http.StripPrefix does.
//
// # Writes that can be repeated
//
// A client that repeats a change because the response was lost gets no 409, if it names
// the change in Idempotency-Key (draft-ietf-httpapi-idempotency-key-header; there is no
// RFC yet), and the service keeps a row for each change, written in the transaction that
// makes the change:
//
//	guard := etag.Guard(func(r *http.Request) (etag.State, error) {
//		v, made, err := store.Version(r.Context(), r.PathValue("id"), etag.Key(r.Context()))
//		return etag.State{Tag: etag.Version(v), Made: made}, err // made is nil without a row
//	}, &etag.Options{Caller: subject})
//
// If [Key] and [Fingerprint] are those of the row, Guard responds 204 with the tag of the
// version that the change made. If only the key is, it responds with [ErrKeyReused]. A
// handler that creates records looks the key up itself, and sends its first response
// again. A handler whose transaction finds the key, or another version, asks for the state
// again and calls Check with it. If that returns false, it returns [ErrConflict].
//
// A key is "k" or k: 1 to 255 visible ASCII characters, without " , ; and \ where it has
// no quotes. The same key of another caller, tenant, method, path or query is another
// change. A part of a batch that changes records needs a Guard and a key of its own.
//
// # A tag names one representation of one tenant
//
// Clients send a stored tag even where it does not apply by Vary. If version 7 had the tag
// "7" for two tenants, a 304 would show one tenant the cached response of the other. So a
// tag of a record ([Version], [Strong], [Weak]) gets suffixes of the request's tenant and
// representation when it is sent or compared. A handler only sets Version(7). The wire
// form is
//
//	tag       = [ "W/" ] DQUOTE ( name [ tenant ] [ variant ] / bytes ) DQUOTE
//	tenant    = ".t" digest  ; of the tenant that the request acts for
//	variant   = ".r" digest  ; of the media type, where Accept chose among several, or of WithVariant's name
//	bytes     = hash ".h"    ; Of, Computed: lower-case hexadecimal, with the
//	                         ; digest of the media type where Accept chose it
//	digest    = 16 lower-case hexadecimal digits: the first 8 bytes of the SHA-256
//
// Without a tenant and with one representation, Version(7) is "7". The name is the opaque
// text, except that
//
//   - a text that ends in ".", ".h", ".p", "-gzip", "-br", "-zstd", ".t" digest or
//     ".r" digest gets another "." at its end;
//   - a text with characters that a tag cannot have (RFC 9110 §8.8.3: a quote, white
//     space, a control character) is percent-encoded, "%" as well, and gets ".p".
//
// The response to a PUT has the variant ".r0000000000000000", which is the digest of no
// name. Such a tag is good for If-Match, which ignores the variant. No read has it: a
// validator would confirm that what the client sent is what is stored (RFC 9110 §9.3.4).
// A tag of bytes is sent on PUT as it is.
//
// A tag is read from its end. One that ends in ".h" is of bytes. From any other the
// variant, the tenant, and one "." of the name are removed. So two tags are equal only if
// text, tenant and representation are, unless two digests of 64 bits are equal by chance.
// They are the same on every instance of a service and after a restart. The wire form is
// part of the API: a release reads the tags of the one before.
//
// [Parse] returns a tag as it is on the wire. A layer does not replace a suffix that a tag
// has. Only [Tag.WithVariant] does.
package etag
