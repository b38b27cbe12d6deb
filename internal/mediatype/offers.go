package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// stackOffers is the number of offers up to which choosing allocates nothing.
const stackOffers = 16

// Offer reads a media type that a server has to offer: one without wildcards
// and without a parameter named q, which the registry of media types disallows
// (RFC 9110 §12.5.1).
func Offer(s string) (t Type, ok bool) {
	if t, ok = parseOurs(s); !ok || strings.Contains(t.full(), "*") {
		return Type{}, false
	}
	return t, true
}

// parseOurs is Parse for what a programmer wrote: nothing stands around it, no
// parameter is there twice, and none is a weight.
func parseOurs(s string) (t Type, ok bool) {
	t, ok = Parse(s)
	if !ok || len(t.text) != len(s) || t.repeats() {
		return Type{}, false
	}
	_, weighted := find(t.params(), "q")
	return t, !weighted
}

// Equal reports whether two types are the same: parameters in any order.
func (t Type) Equal(u Type) bool {
	return header.EqualFold(t.full(), u.full()) &&
		demands(t.params(), u.params()) && demands(u.params(), t.params())
}

// Choose returns the index of the offer that the lines of an Accept field
// prefer, or -1 if they accept none. It takes the offers for what Offer has
// read; anything else may be chosen or not, but does no harm. More than 16
// offers cost an allocation.
func Choose(accept, offers []string) int {
	switch {
	case len(offers) == 0:
		return -1
	case len(accept) == 0:
		return 0 // without Accept the client takes anything (§12.5.1)
	case len(accept) == 1 && (accept[0] == "*/*" || accept[0] == offers[0]):
		return 0 // what most clients send: no other offer can be preferred
	case len(offers) <= stackOffers:
		var room [stackOffers]candidate
		return choose(accept, offers, room[:len(offers)])
	default:
		return choose(accept, offers, make([]candidate, len(offers)))
	}
}

func choose(accept, offers []string, candidates []candidate) int {
	c := chooser{offers: offers, candidates: candidates}
	for k, offer := range offers {
		c.candidates[k].name = nameLen(offer)
		c.filter.add(offer)
	}
	for _, line := range accept {
		c.weigh(line)
	}
	chosen, best := -1, score(0)
	for k := range c.candidates {
		if q := c.candidates[k].best & quality; q > best {
			chosen, best = k, q
		}
	}
	if chosen < 0 && !readable(accept) {
		return 0 // as if there were no Accept
	}
	return chosen
}

// nameLen is the length of the type and subtype of an offer.
func nameLen(offer string) int32 {
	return int32(len(header.Trim(offer[:index(offer, ';')])))
}

// readable reports whether a range can be read in the lines. Those that cannot
// match have not been.
func readable(accept []string) bool {
	for element := range header.Elements(accept) {
		if isRange(element) {
			return true
		}
	}
	return false
}
