package mediatype

import (
	"math/bits"
	"strings"
)

// index is the index of the first c, or the length of s. Like indexEither it
// looks at eight bytes at a time: on what is as short as a range, a call of
// strings.IndexByte takes longer. A browser's Accept takes a quarter less time
// than byte by byte (103 for 141 ns), 400 ranges a fifth.
func index(s string, c byte) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if found := equalBytes(eight(s[i:i+8]), c); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(s) && s[i] != c {
		i++
	}
	return i
}

// indexEither is the index of the first byte that is c or d, or the length of s.
func indexEither(s string, c, d byte) int {
	i := 0
	for ; i+8 <= len(s); i += 8 {
		word := eight(s[i : i+8])
		if found := equalBytes(word, c) | equalBytes(word, d); found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(s) && s[i] != c && s[i] != d {
		i++
	}
	return i
}

// eight is the first eight bytes of s, the first one the lowest.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// equalBytes has its lowest bit in the first byte of word that is c, and is 0 if
// none is.
func equalBytes(word uint64, c byte) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	word ^= uint64(c) * ones
	return (word - ones) &^ word & highs
}

// A filter knows most of the ranges that cannot match an offer without reading
// them: it has a bit for each first and each second letter of an offer, whose
// last five bits do not tell its case. It saves a sixth of the time on a
// browser's Accept (103 for 122 ns) and half of it on 400 ranges.
type filter struct{ first, second uint32 }

func (f *filter) add(offer string) {
	if len(offer) > 1 {
		f.first |= 1 << (offer[0] & 31)
		f.second |= 1 << (offer[1] & 31)
	}
}

// begins reports whether a range may match that begins like s.
func (f *filter) begins(s string) bool {
	return len(s) > 1 && f.first&(1<<(s[0]&31)) != 0 && f.second&(1<<(s[1]&31)) != 0
}

// isRange reports whether an element can be read.
func isRange(s string) bool {
	slash := skipToken(s, 0)
	end := slash
	if slash > 0 && slash < len(s) && s[slash] == '/' {
		if end = skipToken(s, slash+1); end == slash+1 {
			return false
		}
	} else if s[:end] != "*" { // which is "*/*"
		return false
	}
	_, _, ok := parseWeight(s[end:])
	return ok
}

// parseWeight reads what stands behind the subtype. q is the weight in
// thousandths, wherever it stands among the parameters (RFC 9110 §12.5.1);
// others reports whether there are others.
func parseWeight(s string) (q int, others, ok bool) {
	switch weight, simple := strings.CutPrefix(s, ";q="); {
	case s == "":
		return 1000, false, true
	case simple && len(weight) == 3 && weight[:2] == "0." && isDigit(weight[2]):
		return int(weight[2]-'0') * 100, false, true // the usual one
	}
	weighted := false
	q = 1000
	for i := skipBlanks(s, 0); i < len(s); {
		if s[i] != ';' {
			return 0, false, false
		}
		p, next, ok := scanParam(s, i)
		switch {
		case !ok:
			return 0, false, false
		case p.name == "":
		case isQ(p.name) && !weighted:
			if q, weighted = parseQuality(p.value); !weighted {
				return 0, false, false
			}
		case p.value == "" && !weighted:
			// Only behind the weight a name may stand alone: an extension
			// of RFC 7231 §5.3.2, which means nothing anymore.
			return 0, false, false
		case p.value != "" && !isQ(p.name):
			others = true
		}
		i = next
	}
	return q, others, true
}

func isQ(name string) bool { return name == "q" || name == "Q" }

// parseQuality reads a qvalue (§12.4.2) in thousandths. It takes more than the
// grammar has: ".2" is 0.2, what is over 1 is 1, and decimals after the third
// are cut.
func parseQuality(s string) (q int, ok bool) {
	i, digits := 0, 0
	for ; i < len(s) && isDigit(s[i]); i++ {
		if s[i] != '0' {
			q = 1000
		}
		digits++
	}
	if i < len(s) && s[i] == '.' {
		unit := 100
		for i++; i < len(s) && isDigit(s[i]); i++ {
			q += int(s[i]-'0') * unit
			unit /= 10
			digits++
		}
	}
	return min(1000, q), digits > 0 && i == len(s)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
