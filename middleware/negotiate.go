package middleware

import "github.com/apiconventions/apiconventions/internal/mediatype"

// Negotiate chooses, among the media types that a server offers, its favourite
// first, the one that the lines of an Accept field prefer (r.Header["Accept"]),
// by RFC 9110 §12.5.1. ok is false when they accept none.
//
// An offer is a media type without wildcards, with parameters or without
// ("application/json;profile=v2"). The choice is returned as it was offered. An
// offer that is malformed or has a parameter named q is never chosen.
//
// The most specific range that matches an offer gives it its quality, wherever
// it stands in the field: type/subtype before type/* before */*; then the one
// with more of the offer's parameters. The offer of the highest quality is the
// choice, the first one among equals. q=0 excludes. Without an Accept field the
// choice is the first offer.
//
// A parameter of a range takes part when an offer within the range's type and
// subtype names it; then only the offers that name it with an equal value
// match. Names have no case, and "1" and 1 are equal (§5.6.6); values have,
// but for those of charset. Parameters that no such offer names are ignored, so
// that "application/json; charset=utf-8" accepts application/json; a range that
// matches without that comes first, when both are for the same type. Of two
// ranges that are alike in all this the higher quality counts, so that the
// choice does not depend on the order of the ranges.
//
// A parameter named q is the weight wherever it stands among the parameters.
// It is read leniently: .2 is 0.2, over 1 is 1, and decimals after the third
// are cut. "*" is "*/*". An element that still cannot be read is skipped, empty
// elements are nothing, and a field in which nothing can be read counts as
// absent.
//
// Negotiate is pure. It takes time linear in the length of the field, times the
// number of offers, and allocates nothing for up to 16 offers.
func Negotiate(accept []string, offers ...string) (choice string, ok bool) {
	i := mediatype.Choose(accept, offers)
	if i < 0 {
		return "", false
	}
	return offers[i], true
}
