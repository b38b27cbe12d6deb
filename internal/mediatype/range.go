package mediatype

import (
	"iter"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// elements is header.Elements for one line, quick where nothing is quoted.
// There may be white space behind an element.
func elements(line string) iter.Seq[string] {
	return func(yield func(string) bool) {
		quoted := strings.IndexByte(line, '"') >= 0
		for i := 0; i < len(line); {
			if c := line[i]; c == ',' || c == ' ' || c == '\t' {
				i++
				continue
			}
			rest := line[i:]
			end := 0
			if quoted {
				end = header.ElementEnd(rest)
			} else if end = strings.IndexByte(rest, ','); end < 0 {
				end = len(rest)
			}
			if !yield(rest[:end]) {
				return
			}
			i += end + 1
		}
	}
}

// letters are the first and the second letters of all offers, a bit for each,
// by their last five bits, in which case is not.
type letters struct{ first, second uint32 }

func (l *letters) add(offer string) {
	if len(offer) > 1 {
		l.first |= 1 << (offer[0] & 31)
		l.second |= 1 << (offer[1] & 31)
	}
}

// may reports whether a range could match: most need no reading.
func (l *letters) may(element string) bool {
	return element[0] == '*' ||
		len(element) > 1 && l.first&(1<<(element[0]&31)) != 0 && l.second&(1<<(element[1]&31)) != 0
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
	if weight, ok := strings.CutPrefix(s, ";q="); ok {
		if q, ok = parseQuality(weight); ok {
			return q, false, true
		}
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
