package mediatype

import (
	"slices"

	"github.com/apiconventions/apiconventions/internal/header"
)

// Choose returns the index of the offer that an Accept field prefers (RFC 9110 §12.5.1),
// the first one if it prefers several equally, or -1 if it accepts none. Each offer must
// be valid for [Offer].
//
// A field that is absent, or in which nothing can be parsed, accepts every offer.
//
// Choose allocates nothing for up to 16 offers, and once for more.
func Choose(accept, offers []string) int {
	switch {
	case len(offers) == 0:
		return -1
	case len(accept) == 0:
		return 0
	case len(accept) == 1 && (accept[0] == "*/*" || accept[0] == offers[0]):
		return 0 // as for most requests: no other offer can be preferred
	}
	var array [16]candidate
	candidates := slices.Grow(array[:0], len(offers))
	for _, offer := range offers {
		name, params := cut(offer)
		candidates = append(candidates, candidate{name: name, params: params})
	}
	for element := range header.Elements(accept) {
		consider(candidates, element)
	}
	chosen, weight := -1, 0
	for i := range candidates {
		if w := candidates[i].best.weight; w > weight {
			chosen, weight = i, w
		}
	}
	if chosen < 0 && !anyRange(accept) {
		return 0
	}
	return chosen
}

// anyRange reports whether an Accept field has an element that can be parsed.
func anyRange(accept []string) bool {
	for element := range header.Elements(accept) {
		if isRange(element) {
			return true
		}
	}
	return false
}

// A candidate is an offer, and how the Accept field matches it.
type candidate struct {
	name, params string
	best         match // of the elements so far

	// For the current element:
	within  bool // its type and subtype match the offer
	matches bool // its parameters that take part match as well
	shared  int  // number of these parameters
}

// A match is how a range matches an offer.
type match struct {
	level  level
	shared int  // number of its parameters that take part
	exact  bool // all of them do
	weight int  // in thousandths
}

// precedes reports whether m and not n decides the weight of an offer: it is more
// specific, or equally specific with a greater weight.
func (m match) precedes(n match) bool {
	switch {
	case m.level != n.level:
		return m.level > n.level
	case m.shared != n.shared:
		return m.shared > n.shared
	case m.exact != n.exact:
		return m.exact
	}
	return m.weight > n.weight
}

// consider updates the best match of each candidate for one element of an Accept field.
// Malformed parameters are ignored.
func consider(candidates []candidate, element string) {
	prefix, params, level := cutRange(element)
	found := false
	for i := range candidates {
		c := &candidates[i]
		c.within = level == levelAny || (level < levelSubtype || len(c.name) == len(prefix)) && header.HasPrefixFold(c.name, prefix)
		found = found || c.within
	}
	if !found {
		return
	}
	for i := range candidates {
		candidates[i].matches, candidates[i].shared = candidates[i].within, 0
	}
	weight, weighted, exact := 1000, false, true
	for p, ok := range eachParam(params) {
		switch {
		case !ok: // malformed
		case !isWeight(p.name):
			exact = takePart(candidates, p) && exact
		case !weighted:
			if w, ok := parseWeight(p.value); ok {
				weight, weighted = w, true
			}
		}
	}
	for i := range candidates {
		c := &candidates[i]
		m := match{level, c.shared, exact, weight}
		if c.matches && m.precedes(c.best) {
			c.best = m
		}
	}
}

// takePart updates the candidates for a parameter of the current element. The parameter
// takes part if an offer of that type and subtype has it. Then only offers with an equal
// value match. takePart reports whether the parameter takes part.
func takePart(candidates []candidate, p param) bool {
	named := false
	for i := range candidates {
		c := &candidates[i]
		if c.within && !named {
			_, named = paramValue(c.params, p.name)
		}
	}
	if !named {
		return false
	}
	for i := range candidates {
		c := &candidates[i]
		if !c.matches {
			continue
		}
		if value, ok := paramValue(c.params, p.name); ok && equalValues(p.name, p.value, value) {
			c.shared++
		} else {
			c.matches = false
		}
	}
	return true
}
