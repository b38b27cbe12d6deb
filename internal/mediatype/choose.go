package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// A chooser weighs offers by the ranges of an Accept field.
type chooser struct {
	offers     []string
	candidates []candidate // one for each offer
	filter     filter
}

// A candidate is what is known of an offer.
type candidate struct {
	best   score
	name   int32 // the length of its type and subtype
	shared int32 // how many parameters it shares with the range at hand, or why none
	has    bool  // it has the parameter at hand
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
	quoted := strings.IndexByte(line, '"') >= 0
	for i := 0; i < len(line); {
		b := line[i]
		if b == ',' || b == ' ' || b == '\t' {
			i++
			continue
		}
		rest := line[i:]
		if quoted {
			rest = rest[:header.ElementEnd(rest)]
		}
		end := len(rest)
		if b == '*' || c.filter.begins(rest) {
			semicolon := indexEither(rest, ',', ';')
			if !quoted {
				end = semicolon + index(rest[semicolon:], ',')
			}
			if name := header.Trim(rest[:semicolon]); name != "" {
				c.consider(name, rest[semicolon:end])
			}
		} else if !quoted {
			end = index(rest, ',')
		}
		i += end + 1
	}
}

// consider lets a range weigh the offers that it matches: rest is what stands
// behind its type and subtype. One that matches none need not be read.
func (c *chooser) consider(name, rest string) {
	level := score(levelSubtype)
	first, n := 0, len(c.candidates)
	switch {
	case name[len(name)-1] != '*':
		for first < n && !c.is(first, name) {
			first++
		}
	case name == "*/*", name == "*":
		name, level = "", levelAny
	case strings.HasSuffix(name, "/*"):
		name, level = name[:len(name)-1], levelType
		for first < n && !c.under(first, name) {
			first++
		}
	default:
		return
	}
	if first == n {
		return
	}
	q, params, ok := parseWeight(rest)
	if !ok {
		return
	}
	if params {
		c.applyParams(name, level, q, rest)
		return
	}
	s := level | clean | score(q)
	c.raise(first, s)
	for k := first + 1; k < n; k++ {
		if c.within(k, name, level) {
			c.raise(k, s)
		}
	}
}

func (c *chooser) raise(k int, s score) {
	c.candidates[k].best = max(c.candidates[k].best, s)
}

// within reports whether an offer is within the type and subtype of a range: of
// type/*, name is "type/"; of */*, it is "".
func (c *chooser) within(k int, name string, level score) bool {
	return level == levelAny || level == levelSubtype && c.is(k, name) || level == levelType && c.under(k, name)
}

func (c *chooser) is(k int, name string) bool {
	return len(name) == int(c.candidates[k].name) && sameName(c.offers[k], name)
}

func (c *chooser) under(k int, name string) bool {
	return len(name) <= int(c.candidates[k].name) && sameName(c.offers[k], name)
}

// sameName reports whether an offer begins with name.
func sameName(offer, name string) bool {
	return header.EqualFold(offer[:len(name)], name)
}

// applyParams lets a range with parameters weigh the offers that it matches. A
// parameter takes part when an offer that is within type and subtype of the
// range names it: the offers that name it with another value, or not at all,
// are then out. One that none of them names is ignored.
func (c *chooser) applyParams(name string, level score, q int, params string) {
	named := false
	for k := range c.candidates {
		c.candidates[k].shared = outside
		if c.within(k, name, level) {
			c.candidates[k].shared = 0
			named = named || c.params(k) != ""
		}
	}
	s := level | clean | score(q)
	if !named {
		s &^= clean
	}
	for walk := (cursor{s: params}); named; {
		p, more := walk.next()
		if !more {
			break
		}
		if p.value != "" && !isQ(p.name) && !c.share(p) {
			s &^= clean
		}
	}
	for k := range c.candidates {
		if n := c.candidates[k].shared; n >= 0 {
			c.raise(k, s+score(n)<<sharedShift)
		}
	}
}

// What an offer shares with a range that does not match it.
const (
	out     = -1 - iota // a parameter is not the offer's
	outside             // the offer is not within type and subtype
)

// share lets one parameter of a range take part, and reports whether it does.
func (c *chooser) share(p param) bool {
	named := false
	for k := range c.candidates {
		o := &c.candidates[k]
		if o.has = false; o.shared == outside {
			continue
		}
		if value, ok := find(c.params(k), p.name); ok {
			named, o.has = true, equalValue(p.name, p.value, value)
		}
	}
	if !named {
		return false
	}
	for k := range c.candidates {
		switch o := &c.candidates[k]; {
		case o.has && o.shared >= 0:
			o.shared++
		case o.shared >= 0:
			o.shared = out
		}
	}
	return true
}

func (c *chooser) params(k int) string { return c.offers[k][c.candidates[k].name:] }
