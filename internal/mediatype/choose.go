package mediatype

import "github.com/apiconventions/apiconventions/internal/header"

// A score is how well the ranges so far like an offer.
type score struct {
	// best is the quality that the most specific range gives the offer, under
	// what makes it specific, so that the greater number is the one that counts:
	// the level of the range, how many parameters it shares with the offer, one
	// bit if it has no others, and the quality in thousandths. Of two ranges
	// that are alike in all that, the higher quality counts.
	best uint64

	shared int  // parameters, in the range at hand
	match  bool // the range at hand matches
}

// How specific a range is (RFC 9110 §12.5.1).
const (
	levelAny     = iota + 1 // */*
	levelType               // type/*
	levelSubtype            // type/subtype
)

const (
	qualityBits = 10
	sharedShift = qualityBits + 1
	levelShift  = 48
	clean       = 1 << qualityBits
	quality     = 1<<qualityBits - 1
)

// choose weighs the offers by every line and returns the index of the best.
func (o *Offers) choose(accept []string, scores []score) int {
	read := false
	for _, line := range accept {
		if o.weigh(line, scores) {
			read = true
		}
	}
	chosen, best := -1, uint64(0)
	for i := range scores {
		q := scores[i].best & quality
		if !read && o.cuts[i].end > 0 {
			q = 1 // without Accept the client takes anything (§12.5.1)
		}
		if q > best {
			chosen, best = i, q
		}
	}
	return chosen
}

// weigh reads a line of the field, range by range, and reports whether it could
// read any.
//
//	Accept      = #( media-range [ weight ] )
//	media-range = ( "*/*" / ( type "/" "*" ) / ( type "/" subtype ) ) parameters
func (o *Offers) weigh(line string, scores []score) (read bool) {
	for i := 0; i < len(line); {
		if c := line[i]; c == ',' || c == ' ' || c == '\t' {
			i++
			continue
		}
		start := i
		i = skipToken(line, i)
		slash, end := i, i
		ok := i > start
		if i < len(line) && line[i] == '/' {
			i = skipToken(line, i+1)
			end = i
			ok = ok && end > slash+1
		} else if end != start+1 || line[start] != '*' {
			ok = false // "*" alone is "*/*"
		}
		q, other := 1000, false
		if ok && i < len(line) && line[i] != ',' {
			q, other, i, ok = scanWeight(line, i)
		}
		if !ok {
			i += header.ElementEnd(line[i:])
			continue
		}
		read = true
		o.apply(line[start:i], slash-start, end-start, q, other, scores)
	}
	return read
}

// scanWeight reads what stands behind the subtype up to the comma. q is the
// weight in thousandths, wherever it stands among the parameters (§12.5.1);
// other reports whether there are others.
func scanWeight(s string, i int) (q int, other bool, next int, ok bool) {
	q = -1
	for i = skipBlanks(s, i); i < len(s) && s[i] != ','; {
		if s[i] != ';' {
			return 0, false, i, false
		}
		var p param
		p, i, ok = scanParam(s, i)
		switch {
		case !ok:
			return 0, false, i, false
		case p.name == "":
		case q < 0 && isQ(p.name):
			if q = scanQuality(p.value); q < 0 {
				return 0, false, i, false
			}
		case p.value == "":
			// Behind the weight a name alone may stand: an extension of
			// RFC 7231 §5.3.2, which means nothing anymore.
			if q < 0 {
				return 0, false, i, false
			}
		default:
			other = true
		}
	}
	if q < 0 {
		q = 1000
	}
	return q, other, i, true
}

func isQ(name string) bool { return len(name) == 1 && name[0]|' ' == 'q' }

// scanQuality reads a qvalue (§12.4.2) in thousandths, or returns -1. It takes
// more than the grammar has: ".2" is 0.2, what is over 1 is 1, and decimals
// after the third are cut.
func scanQuality(s string) int {
	i, whole := 0, 0
	for ; i < len(s) && isDigit(s[i]); i++ {
		whole = min(1, whole*10+int(s[i]-'0'))
	}
	digits, q := i, whole*1000
	if i < len(s) && s[i] == '.' {
		i++
		for unit := 100; i < len(s) && isDigit(s[i]); i++ {
			q += int(s[i]-'0') * unit
			unit /= 10
			digits++
		}
	}
	if digits == 0 || i < len(s) {
		return -1
	}
	return min(1000, q)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// apply lets the range weigh the offers that it matches.
func (o *Offers) apply(element string, slash, end, q int, other bool, scores []score) {
	level, prefix := levelSubtype, element[:end]
	switch {
	case prefix == "*" || prefix == "*/*":
		level = levelAny
	case end == slash+2 && element[slash+1] == '*':
		level, prefix = levelType, element[:slash]
	}
	key := uint64(level)<<levelShift | uint64(q)
	if !other {
		key |= clean
	} else if o.params {
		o.applyParams(level, prefix, element[end:], key, scores)
		return
	}
	for k := range scores {
		if s := &scores[k]; key > s.best && o.matches(k, level, prefix) {
			s.best = key
		}
	}
}

// matches reports whether an offer is within type and subtype of a range.
func (o *Offers) matches(k, level int, prefix string) bool {
	c := o.cuts[k]
	switch level {
	case levelSubtype:
		return len(prefix) == int(c.end) && equalFold(prefix, o.texts[k][:c.end])
	case levelType:
		return len(prefix) == int(c.slash) && equalFold(prefix, o.texts[k][:c.slash])
	default:
		return c.end > 0
	}
}

// applyParams is apply for a range with parameters and offers with some. A
// parameter takes part when an offer that is within type and subtype of the
// range names it: the offers that name it with another value, or not at all,
// are then out. One that none of them names is ignored.
func (o *Offers) applyParams(level int, prefix, params string, key uint64, scores []score) {
	for k := range scores {
		scores[k].shared, scores[k].match = 0, o.matches(k, level, prefix)
	}
	all := true
	for c := (cursor{s: params}); ; {
		p, more := c.next()
		if !more {
			break
		}
		if isQ(p.name) || p.value == "" {
			continue
		}
		if !o.share(p, prefix, level, scores) {
			all = false
		}
	}
	if all {
		key |= clean
	}
	for k := range scores {
		if s := &scores[k]; s.match {
			s.best = max(s.best, key+uint64(s.shared)<<sharedShift)
		}
	}
}

// share lets one parameter of a range take part, and reports whether it does.
func (o *Offers) share(p param, prefix string, level int, scores []score) bool {
	named := false
	for k := range scores {
		if !o.matches(k, level, prefix) {
			continue
		}
		value, ok := find(o.texts[k][o.cuts[k].end:], p.name)
		switch s := &scores[k]; {
		case !ok:
		case equalValue(p.name, p.value, value):
			named = true
			s.shared++
		default:
			named = true
			s.match = false
		}
	}
	if !named {
		return false
	}
	for k := range scores {
		if s := &scores[k]; s.match {
			_, s.match = find(o.texts[k][o.cuts[k].end:], p.name)
		}
	}
	return true
}
