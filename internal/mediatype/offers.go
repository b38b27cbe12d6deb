package mediatype

import "github.com/apiconventions/apiconventions/internal/header"

// stackOffers is the number of offers up to which choosing allocates nothing.
const stackOffers = 16

// Offers are the media types that a server has, its favourite first.
type Offers struct {
	texts  []string
	cuts   []cut
	params bool // one of them has parameters
}

// A cut says where the parts of an offer are. The zero value is that of one
// that is none.
type cut struct{ slash, end int32 }

// cutOffer reads an offer: a media type without wildcards and without a
// parameter named q, which the registry disallows (RFC 9110 §12.5.1).
func cutOffer(s string) (c cut, params, ok bool) {
	i := skipName(s, 0)
	if i == 0 || i == len(s) || s[i] != '/' {
		return cut{}, false, false
	}
	end := skipName(s, i+1)
	if end == i+1 {
		return cut{}, false, false
	}
	if end < len(s) {
		t, ok := Parse(s)
		if !ok || len(t.text) != len(s) || t.repeats() {
			return cut{}, false, false
		}
		if _, weighted := find(t.params(), "q"); weighted {
			return cut{}, false, false
		}
	}
	return cut{int32(i), int32(end)}, end < len(s), true
}

// skipName is skipToken for what can be a name: "*" is a token as well.
func skipName(s string, i int) int {
	for i < len(s) && header.IsTokenByte(s[i]) && s[i] != '*' {
		i++
	}
	return i
}

// NewOffers reads offers once for many requests. If one is malformed, or says
// the same as one before it, bad is its index, else -1.
func NewOffers(texts ...string) (o *Offers, bad int) {
	o = &Offers{texts: append([]string(nil), texts...), cuts: make([]cut, len(texts))}
	for i, text := range o.texts {
		c, params, ok := cutOffer(text)
		if !ok {
			return nil, i
		}
		o.cuts[i], o.params = c, o.params || params
		for j := range i {
			if o.same(i, j) {
				return nil, i
			}
		}
	}
	return o, -1
}

// same reports whether two offers are the same media type.
func (o *Offers) same(i, j int) bool {
	a, b := o.texts[i], o.texts[j]
	p, q := a[o.cuts[i].end:], b[o.cuts[j].end:]
	return equalFold(a[:o.cuts[i].end], b[:o.cuts[j].end]) && demands(p, q) && demands(q, p)
}

// Choose returns the index of the offer that the lines of an Accept field
// prefer, or -1 if they accept none. More than 16 offers cost one allocation.
func (o *Offers) Choose(accept []string) int {
	var room [stackOffers]score
	scores := room[:]
	if len(o.texts) > len(room) {
		scores = make([]score, len(o.texts))
	}
	return o.choose(accept, scores[:len(o.texts)])
}

// Choose is Offers.Choose for offers that are read for this one time. One that
// is malformed is never chosen; of two that say the same it is the first. More
// than 16 offers cost two allocations.
func Choose(accept, offers []string) int {
	var room [stackOffers]cut
	cuts := room[:]
	if len(offers) > len(room) {
		cuts = make([]cut, len(offers))
	}
	o := Offers{texts: offers, cuts: cuts[:len(offers)]}
	for i, text := range offers {
		c, params, _ := cutOffer(text)
		o.cuts[i], o.params = c, o.params || params
	}
	return o.Choose(accept)
}
