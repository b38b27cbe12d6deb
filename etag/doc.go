// Package etag answers conditional requests (RFC 9110 §13): 304 and 409 that can
// be trusted, decided before the handler runs.
//
// A handler that loads records guards them with a function that knows the
// current version, and the store settles the race:
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
//		seen, _ := etag.Current(r.Context()).Tag.Version()
//		now, err := store.Update(r.Context(), …, seen) // UPDATE … WHERE version = seen
//		if errors.Is(err, store.ErrStale) {
//			return etag.ErrConflict
//		}
//		…
//		etag.Set(w, r, etag.Version(now))
//		…
//	}
//
// A handler that has no versions can have [Computed] make tags of what it
// writes. [Evaluate] is the decision alone.
//
// # A tag names one representation of one tenant
//
// Clients send a stored tag back even where Vary says that it does not apply: if
// version 7 were "7" for two tenants, a 304 would show the one what the cache
// has of the other. So a tag that names a record ([Version], [Strong], [Weak])
// gets what the request's layers know when it goes out or is compared, and a
// handler says no more than "version 7". The wire form is
//
//	tag       = [ "W/" ] DQUOTE ( name [ tenant ] [ variant ] / bytes ) DQUOTE
//	tenant    = ".t" digest  ; of the tenant that the request acts for
//	variant   = ".r" digest  ; of the media type, where Accept chose among several, or of Variant's name
//	bytes     = hash ".h"    ; Of, Computed: lower-case hexadecimal, with the
//	                         ; digest of the media type where Accept chose it
//	digest    = 16 lower-case hexadecimal digits: the first 8 bytes of the SHA-256
//
// so that without a tenant and with one representation Version(7) is "7". The
// name is the opaque text as it was given, but
//
//   - text that ends in ".", ".h", ".p", "-gzip", "-br", "-zstd", ".t" digest or
//     ".r" digest gets one "." more;
//   - text that a tag cannot hold (RFC 9110 §8.8.3: a quote, white space, a
//     control character) is percent-encoded, "%" too, and gets ".p".
//
// A tag is read from its end: bytes if it ends in ".h"; else the variant, the
// tenant, and one "." of the name are taken off. So no two texts, tenants and
// representations have a tag in common, whatever the text holds (but for digests
// of 64 bits that meet by chance), and the same ones have the same tag on every
// instance of a service and after a restart.
//
// [Parse] gives a tag as it is on the wire. A qualifier that a tag has is never
// replaced by another layer's, only by [Tag.Variant].
package etag
