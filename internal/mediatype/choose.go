package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// A chooser weighs offers by the ranges of an Accept field.
type chooser struct {
	offers []string
	scores []score
	first  letters
	read   bool // an element of the field could be read

	// For a range with parameters: how many of them an offer shares, or out. Nil
	// where the stack has the room.
	shared []int
}

// A score is how well the ranges so far like an offer: the quality that the
// most specific one gives it, under what makes it specific, so that of two the
// greater is the one that counts: the level of the range, how many parameters
// it shares with the offer, one bit if it has no others, and the quality in
// thousandths. Of two ranges that are alike in all that, the higher quality
// counts.
type score uint64

const (
	quality     = clean - 1
	clean       = 1 << 10
	sharedShift = 11

	// How specific a range is (RFC 9110 §12.5.1).
	levelAny     = 1 << 48 // */*
	levelType    = 2 << 48 // type/*
	levelSubtype = 3 << 48 // type/subtype
)

// weigh lets the elements of a line of the field weigh the offers.
//
//	Accept      = #( media-range [ weight ] )
//	media-range = ( "*/*" / ( type "/" "*" ) / ( type "/" subtype ) ) parameters
func (c *chooser) weigh(line string) {
	for element := range elements(line) {
		if c.first.may(element) {
			c.consider(element)
		}
	}
}

func (c *chooser) consider(element string) {
	r, ok := parseRange(element, c.name(element))
	if !ok {
		return
	}
	c.read = true
	name, level := element[:r.end], score(levelSubtype)
	if element[r.end-1] == '*' {
		switch {
		case name == "*/*", name == "*":
			name, level = "", levelAny
		case r.end == r.slash+2:
			name, level = element[:r.slash+1], levelType
		}
	}
	if r.params {
		c.applyParams(name, level, r.q, element[r.end:])
		return
	}
	s := level | clean | score(r.q)
	for k, offer := range c.offers {
		if s > c.scores[k] && within(offer, name, level) {
			c.scores[k] = s
		}
	}
}

// name is the length of the type and subtype of an element, if they are those
// of an offer to the letter, else 0.
func (c *chooser) name(element string) int {
	for _, offer := range c.offers {
		if strings.HasPrefix(element, offer) &&
			(len(element) == len(offer) || element[len(offer)] == ';') &&
			paramsOf(offer) == "" {
			return len(offer)
		}
	}
	return 0
}

// within reports whether an offer is within the type and subtype of a range: of
// type/*, name is "type/"; of */*, it is "".
func within(offer, name string, level score) bool {
	n := len(name)
	if len(offer) < n {
		return false
	}
	if level == levelSubtype && len(offer) > n {
		if b := offer[n]; b != ';' && b != ' ' && b != '\t' {
			return false
		}
	}
	return offer[:n] == name || header.EqualFold(offer[:n], name)
}

// applyParams lets a range with parameters weigh the offers that it matches. A
// parameter takes part when an offer that is within type and subtype of the
// range names it: the offers that name it with another value, or not at all,
// are then out. One that none of them names is ignored.
func (c *chooser) applyParams(name string, level score, q int, params string) {
	var room [stackOffers]int
	shared := c.shared
	if shared == nil {
		shared = room[:min(len(c.offers), len(room))]
	}
	if len(shared) < len(c.offers) {
		c.shared = make([]int, len(c.offers))
		shared = c.shared
	}
	named := false
	for k, offer := range c.offers {
		shared[k] = out
		if within(offer, name, level) {
			shared[k] = 0
			named = named || len(paramsOf(offer)) > 0
		}
	}
	s := level | clean | score(q)
	if !named {
		s -= clean
	}
	for walk := (cursor{s: params}); named; {
		p, more := walk.next()
		if !more {
			break
		}
		if p.value != "" && !isQ(p.name) && !c.share(p, name, level, shared) {
			s &^= clean
		}
	}
	for k, n := range shared {
		if n != out {
			c.scores[k] = max(c.scores[k], s+score(n)<<sharedShift)
		}
	}
}

// out is what a range that does not match shares with an offer.
const out = -1

// share lets one parameter of a range take part, and reports whether it does.
func (c *chooser) share(p param, name string, level score, shared []int) bool {
	named := false
	for k, offer := range c.offers {
		if !within(offer, name, level) {
			continue
		}
		value, ok := find(paramsOf(offer), p.name)
		named = named || ok
		switch {
		case shared[k] == out || !ok:
		case equalValue(p.name, p.value, value):
			shared[k]++
		default:
			shared[k] = out
		}
	}
	if !named {
		return false
	}
	for k, offer := range c.offers {
		if shared[k] != out {
			if _, ok := find(paramsOf(offer), p.name); !ok {
				shared[k] = out
			}
		}
	}
	return true
}

// paramsOf is an offer from its first ";" on.
func paramsOf(offer string) string {
	if i := strings.IndexByte(offer, ';'); i >= 0 {
		return offer[i:]
	}
	return ""
}
