package middleware

import "github.com/apiconventions/apiconventions/internal/mediatype"

// Negotiate returns the offer that an Accept field prefers (RFC 9110 §12.5.1), or the
// first one of several that it prefers equally. accept has the values of the field
// (r.Header["Accept"]). ok is false if the field accepts no offer.
//
// The weight of an offer is that of the most specific range that matches it: type/subtype
// is more specific than type/*, and type/* than */*. Of these, the range with more
// parameters that take part is more specific. Of equally specific ranges the greater
// weight counts. A weight of 0 excludes the offer. If there is no Accept field, or nothing
// in it can be parsed, every offer is acceptable.
//
// A parameter of a range takes part if an offer of that type and subtype has it. Then only
// offers with an equal value match. Other parameters are ignored, so that
// "application/json; charset=utf-8" accepts application/json. Of two ranges that are
// otherwise equally specific, one without ignored parameters is more specific.
//
// The field is parsed leniently. An element without a valid type and subtype is skipped. A
// malformed parameter or weight is ignored; the weight is then 1. A weight may be ".2" or
// over 1, and stand anywhere among the parameters. Its decimals after the third are cut,
// but not to 0. "*" is "*/*".
//
// Negotiate takes time linear in the length of the field, for each offer, and allocates
// nothing for up to 16 offers. It does not set Vary: a handler that calls it has to.
//
// It panics if an offer is not a media type, or has a wildcard, a parameter named q, or a
// parameter twice. [Accept] checks its media types when the chain is built.
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
