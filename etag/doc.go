// Package etag evaluates HTTP preconditions (RFC 9110 §13) before a handler runs and
// answers 304, 409 and 412.
//
// A handler that loads records guards them with a function that knows the current
// version, and the store settles the race:
//
//	guard := etag.Guard(func(r *http.Request) (etag.State, error) {
//		v, err := store.Version(r.Context(), r.PathValue("id"))
//		if errors.Is(err, sql.ErrNoRows) {
//			return etag.State{}, problem.NotFound(err)
//		}
//		return etag.State{Tag: etag.Version(v)}, err
//	}, &etag.Options{Required: true})
//
//	func update(w http.ResponseWriter, r *http.Request) error {
//		current, _ := etag.FromContext(r.Context())
//		seen, _ := current.Tag.Version()
//		now, err := store.Update(r.Context(), …, seen) // UPDATE … WHERE version = seen
//		if errors.Is(err, store.ErrStale) {
//			return etag.ErrConflict
//		}
//		…
//		etag.Set(w, r, etag.Version(now))
//		…
//	}
//
// A handler that has no versions can have [Computed] make tags of what it writes.
// [Evaluate] is the decision alone.
//
// # Methods
//
// A failed condition is a 304 on GET, HEAD and QUERY (RFC 10008 §2.6) where RFC 9110
// §13.2.2 has one, and a 412 on the other safe methods, such as PROPFIND. On unsafe
// methods a failed If-Match or If-Unmodified-Since is a 409, or a 412 by option.
//
// A record's tag does not name the result of a QUERY: there [Set], [For], [Guard]
// and [Check] know none, and an If-None-Match with one is a 200. Computed makes tags
// of results.
//
// # How tags are compared
//
// If-None-Match, and every condition on a safe method, compares whole tags by the
// letter of RFC 9110 §8.8.3.2. If-Match on an unsafe method compares the tags of
// [Version] and [Strong] by version and tenant: a change is a change of the record,
// whatever representation the client has read. It lets pass W/ before such a tag,
// which nginx and CDNs put there when they compress, and -gzip, -br or -zstd at its
// end, which Apache and Caddy do; Options.Strict takes that back. A tag that the
// state has as weak never passes.
//
// # What the handler gets
//
// http.ServeContent evaluates conditions again, and sees the first value of a field
// only. On GET and HEAD the handler of a Guard gets a request that it reads
// correctly:
//
//   - If-Match and If-Unmodified-Since hold, and are left out. Where the client made
//     one of them with a Range, If-Range has the tag or date that was compared, so
//     that a change in between cannot mix two versions.
//   - Fields that ServeContent would read in another way are left out. Others have
//     one value without white space around it.
//   - A Range is left out where RFC 9110 §14.2 and §13.1.5 make it void: on HEAD, on
//     several lines, malformed, in another unit than bytes, of a suffix of no length
//     or a number of over 63 bits, with an If-Range that is not one entity tag or
//     date, or that is a date although there is a tag. What Guard cannot know is the
//     length: a handler must not give a Range to ServeContent with empty content.
//
// On QUERY it gets no conditions and no Range, and behind Computed neither. A Check
// or a Computed behind a Guard still evaluates what the client sent. The caller's
// request is not changed. What stands between Guard and them must keep the request's
// URL: behind http.StripPrefix they see what Guard has handed on.
//
// # Writes that can be repeated
//
// A client that repeats a change because the response was lost is not told that
// somebody else changed the record, if it names the change in Idempotency-Key
// (draft-ietf-httpapi-idempotency-key-header; there is no RFC yet) and the service
// keeps one row for each change, written in the transaction that makes the change:
//
//	guard := etag.Guard(func(r *http.Request) (etag.State, error) {
//		v, made, err := store.Version(r.Context(), id, etag.Key(r.Context()))
//		…
//		return etag.State{Tag: etag.Version(v), Made: made}, err // made is nil without a row
//	}, &etag.Options{Caller: subject})
//
// Guard answers 204 with the tag that the change made if [Key] and [Fingerprint] are
// those of the row, and [ErrKeyReused] if the fingerprint is another. A handler that
// creates records looks the key up itself, and sends its first response again. One
// whose transaction finds the key there already, or another version, asks for the
// state again and calls Check with it; if that returns false, it returns
// [ErrConflict].
//
// A key is "k" or k: 1 to 255 visible ASCII characters, without " , ; and \ where it
// has no quotes. It is that of a caller, tenant, method, path and query: one
// key for two resources is two changes. A part of a batch that changes records needs
// a Guard and a key of its own.
//
// # A tag names one representation of one tenant
//
// Clients send a stored tag back even where Vary says that it does not apply: if
// version 7 were "7" for two tenants, a 304 would show the one what the cache has of
// the other. So a tag that names a record ([Version], [Strong], [Weak]) gets suffixes
// of what the request's layers know when it goes out or is compared, and a handler
// sets no more than "version 7". The wire form is
//
//	tag       = [ "W/" ] DQUOTE ( name [ tenant ] [ variant ] / bytes ) DQUOTE
//	tenant    = ".t" digest  ; of the tenant that the request acts for
//	variant   = ".r" digest  ; of the media type, where Accept chose among several, or of WithVariant's name
//	bytes     = hash ".h"    ; Of, Computed: lower-case hexadecimal, with the
//	                         ; digest of the media type where Accept chose it
//	digest    = 16 lower-case hexadecimal digits: the first 8 bytes of the SHA-256
//
// so that without a tenant and with one representation Version(7) is "7". The name
// is the opaque text as it was given, but
//
//   - text that ends in ".", ".h", ".p", "-gzip", "-br", "-zstd", ".t" digest or
//     ".r" digest gets one "." more;
//   - text that a tag cannot hold (RFC 9110 §8.8.3: a quote, white space, a control
//     character) is percent-encoded, "%" too, and gets ".p".
//
// The response to a PUT has the variant ".r0000000000000000", which is the digest of
// no name. It is a tag for If-Match, which does not look at the variant, and no read
// has it: what the client sent may not be what is stored, and a validator would
// confirm it (RFC 9110 §9.3.4). Tags made of bytes stay: they name what was stored.
//
// A tag is read from its end: bytes if it ends in ".h"; else the variant, the tenant,
// and one "." of the name are taken off. So no two texts, tenants and representations
// have a tag in common, whatever the text holds (but for digests of 64 bits that meet
// by chance), and the same ones have the same tag on every instance of a service and
// after a restart. The wire form is part of the API: a release reads the tags of the
// one before.
//
// [Parse] gives a tag as it is on the wire. A suffix that a tag has is never replaced
// by another layer's, only by [Tag.WithVariant].
package etag
