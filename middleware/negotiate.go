package middleware

import "github.com/apiconventions/apiconventions/internal/mediatype"

// Negotiate returns the offer that an Accept field prefers (RFC 9110 §12.5.1), the
// first one if several are equally good. accept has the field lines
// (r.Header["Accept"]). ok is false if the field accepts no offer.
//
// The most specific range that matches an offer gives it its weight: type/subtype
// before type/* before */*, and then the range with more parameters that take
// part. Of equally specific ranges the greater weight counts. q=0 excludes the
// offer. Without an Accept field, and if nothing in it can be read, every offer
// is acceptable.
//
// A parameter of a range takes part if an offer of that type and subtype has it:
// then only offers with an equal value match. Other parameters are ignored, so
// "application/json; charset=utf-8" accepts application/json, but a range from
// which nothing is ignored comes before one that is as specific.
//
// The field is read leniently. An element whose type and subtype cannot be read
// is skipped. A parameter that cannot be read counts as absent, and so does a
// weight, which is then 1. A weight may be .2 or over 1 and stand anywhere among
// the parameters. Its decimals after the third are cut, though not to 0. "*" is
// "*/*".
//
// Negotiate takes time linear in the length of the field, for each offer. It
// allocates nothing for up to 16 offers. It does not set Vary: a handler that
// chooses for itself has to.
//
// It panics if an offer is not a media type, or has a wildcard, a parameter
// named q, or one twice. [Accept] checks its media types only once.
func Negotiate(accept []string, offers ...string) (choice string, ok bool) {
	for _, offer := range offers {
		if _, ok := mediatype.Offer(offer); !ok {
			panic("middleware: Negotiate: not a media type to offer: " + offer)
		}
	}
	i := mediatype.Choose(accept, offers)
	if i < 0 {
		return "", false
	}
	return offers[i], true
}
