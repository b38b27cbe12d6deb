package middleware

import "github.com/apiconventions/apiconventions/internal/mediatype"

// Negotiate chooses, among the media types that a server offers, its favourite
// first, the one that the lines of an Accept field prefer (r.Header["Accept"]),
// by RFC 9110 §12.5.1. ok is false when they accept none. A handler that chooses
// for itself says Vary: Accept for itself.
//
// An offer is a media type without wildcards, with or without parameters
// ("application/json;profile=v2"). The choice is returned as it was offered.
// Offers are not checked, as [Accept] checks them: a malformed one, or one with a
// wildcard or a parameter named q, may be chosen or not.
//
// The most specific range that matches an offer gives it its quality, wherever
// it stands in the field: type/subtype before type/* before */*, then the one
// with more parameters that take part. The offer of the highest quality is the
// choice, the first one among equals. q=0 excludes. Without an Accept field the
// choice is the first offer.
//
// A parameter of a range takes part when an offer within the range's type and
// subtype names it; then only the offers that name it with an equal value
// match. Names have no case, and "1" and 1 are equal (§5.6.6); values have case,
// but for those of charset (§8.3.2). Parameters that no such offer names are
// ignored, so that "application/json; charset=utf-8" accepts application/json; a
// range from which nothing is ignored comes before one that is as specific. Of
// two ranges that are alike in all this the higher quality counts, so that their
// order does not matter.
//
// A parameter named q is the weight, wherever it stands; behind it others count
// as before it (§12.5.1), and a name alone (RFC 7231 §5.3.2) is ignored. It is
// read leniently: .2 is 0.2, over 1 is 1, and decimals after the third are cut.
// "*" is "*/*". An element that still cannot be read is skipped, empty elements
// are nothing, and a field in which nothing can be read counts as absent.
//
// Negotiate is pure. It takes time linear in the length of the field, for each
// offer, and allocates nothing for up to 16 offers, nothing that grows with the
// field for more.
func Negotiate(accept []string, offers ...string) (choice string, ok bool) {
	i := mediatype.Choose(accept, offers)
	if i < 0 {
		return "", false
	}
	return offers[i], true
}
