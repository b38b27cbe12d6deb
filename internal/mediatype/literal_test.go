package mediatype_test

import (
	"regexp"
	"slices"
	"strings"
)

// A literal and slow reading of the grammar, to compare with. Bytes are read as
// Latin-1, because regular expressions are about characters.
const (
	tokenRule  = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"                                                   // RFC 9110 §5.6.2
	quotedRule = `"(?:[\t \x21\x23-\x5b\x5d-\x7e\x{80}-\x{ff}]|\\[\t \x21-\x7e\x{80}-\x{ff}])*"` // RFC 9110 §5.6.4
	paramRule  = `[\t ]*;[\t ]*(?:(` + tokenRule + `)=(` + tokenRule + `|` + quotedRule + `))?`  // RFC 9110 §5.6.6
	typeRule   = `^[\t ]*(` + tokenRule + `)/(` + tokenRule + `)((?:` + paramRule + `)*)[\t ]*$` // RFC 9110 §8.3.1
	rangeRule  = `^(?s:(?:(\*)|(` + tokenRule + `)/(` + tokenRule + `))[\t ]*(?:;(.*))?)$`       // a range, whatever its parameters
	itemRule   = `"((?:[^"\\]|\\["\\])*)"((?:;[a-z*][a-z0-9_.*-]*="(?:[ !#-[\]-~]|\\["\\])*")*)` // RFC 9651 §3.1, Strings only
	itemsRule  = `^` + itemRule + `(?:, ` + itemRule + `)*$`                                     // RFC 9651 §3.1
	bcharsRule = `^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$`                       // RFC 2046 §5.1.1
)

var (
	elementRE   = regexp.MustCompile(`^(?s:[^",]|"(?:[^"\\]|\\.)*(?:"|\\?$))*`)
	partRE      = regexp.MustCompile(`^(?s:[^";]|"(?:[^"\\]|\\.)*(?:"|\\?$))*`)
	paramRE     = regexp.MustCompile(paramRule)
	onlyParam   = regexp.MustCompile(`^(` + tokenRule + `)=(` + tokenRule + `|` + quotedRule + `)$`)
	typeRE      = regexp.MustCompile(typeRule)
	rangeRE     = regexp.MustCompile(rangeRule)
	itemRE      = regexp.MustCompile(itemRule)
	itemsRE     = regexp.MustCompile(itemsRule)
	boundaryRE  = regexp.MustCompile(bcharsRule)
	keyRE       = regexp.MustCompile(`^[a-z*][a-z0-9_.*-]*$`)
	printableRE = regexp.MustCompile(`^[ -~]*$`)
	weightRE    = regexp.MustCompile(`^([0-9]*)(?:\.([0-9]*))?$`)
	escapeRE    = regexp.MustCompile(`(?s)\\(.)`)
)

// split separates s behind each part that the expression finds. White space around
// parts is removed.
func split(s string, part *regexp.Regexp) (parts []string) {
	for {
		p := part.FindString(s)
		parts = append(parts, strings.Trim(p, " \t"))
		if len(p) == len(s) {
			return parts
		}
		s = s[len(p)+1:]
	}
}

type literalParam struct {
	name, value string // as they compare
	raw         string // the value as it was written
}

type literalType struct {
	typ, subtype string
	params       []literalParam
}

func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func newParam(name, raw string) literalParam {
	p := literalParam{name: lower(name), value: raw, raw: raw}
	if strings.HasPrefix(raw, `"`) {
		p.value = escapeRE.ReplaceAllString(raw[1:len(raw)-1], "$1")
	}
	if p.name == "charset" {
		p.value = lower(p.value)
	}
	return p
}

// parseLiteral is RFC 9110 §8.3.1.
func parseLiteral(s string) (t literalType, ok bool) {
	m := typeRE.FindStringSubmatch(latin1(s))
	if m == nil {
		return t, false
	}
	t.typ, t.subtype = lower(m[1]), lower(m[2])
	for _, p := range paramRE.FindAllStringSubmatch(m[3], -1) {
		if p[1] != "" {
			t.params = append(t.params, newParam(p[1], p[2]))
		}
	}
	return t, true
}

// values returns the values of all parameters of a name.
func (t literalType) values(name string) (values []string) {
	for _, p := range t.params {
		if p.name == name {
			values = append(values, p.value)
		}
	}
	return values
}

// extended reports whether t has the parameter in a form of RFC 2231.
func (t literalType) extended(name string) bool {
	return slices.ContainsFunc(t.params, func(p literalParam) bool { return strings.HasPrefix(p.name, name+"*") })
}

// hasAll reports whether t has what a pattern with these parameters demands.
func (t literalType) hasAll(params []literalParam) bool {
	for _, p := range params {
		values := t.values(p.name)
		if len(values) == 0 || t.extended(p.name) || slices.ContainsFunc(values, func(v string) bool { return v != p.value }) {
			return false
		}
	}
	return true
}

// parseOwn is a media type that a programmer may write.
func parseOwn(s string) (t literalType, ok bool) {
	t, ok = parseLiteral(s)
	if !ok || s != strings.Trim(s, " \t") || len(t.values("q")) > 0 {
		return t, false
	}
	for _, p := range t.params {
		if len(t.values(p.name)) > 1 {
			return t, false
		}
	}
	return t, true
}

func literalOffer(s string) (t literalType, ok bool) {
	t, ok = parseOwn(s)
	return t, ok && !strings.Contains(t.typ+t.subtype, "*")
}

func (t literalType) equal(u literalType) bool {
	return t.typ == u.typ && t.subtype == u.subtype && t.hasAll(u.params) && u.hasAll(t.params)
}

// boundary is the one boundary that all readers find, or "".
func (t literalType) boundary() string {
	values := t.values("boundary")
	if len(values) != 1 || t.extended("boundary") || !boundaryRE.MatchString(values[0]) {
		return ""
	}
	for _, p := range t.params {
		if p.name == "boundary" && strings.Contains(p.raw, `\`) {
			return ""
		}
	}
	return values[0]
}

type literalRange struct {
	literalType
	weight int
}

// literalRanges are the elements of an Accept field that can be read.
func literalRanges(lines []string) (ranges []literalRange) {
	for _, line := range lines {
		for _, element := range split(latin1(line), elementRE) {
			m := rangeRE.FindStringSubmatch(element)
			if m == nil {
				continue
			}
			r := literalRange{literalType{typ: lower(m[2]), subtype: lower(m[3])}, 1000}
			if m[1] == "*" {
				r.typ, r.subtype = "*", "*"
			}
			if r.typ == "*" && r.subtype != "*" {
				continue
			}
			weighted := false
			for _, part := range split(m[4], partRE) {
				p := onlyParam.FindStringSubmatch(part)
				switch {
				case p == nil:
				case p[1] != "q" && p[1] != "Q":
					r.params = append(r.params, newParam(p[1], p[2]))
				case !weighted:
					if w, ok := literalWeight(p[2]); ok {
						r.weight, weighted = w, true
					}
				}
			}
			ranges = append(ranges, r)
		}
	}
	return ranges
}

// literalWeight is RFC 9110 §12.4.2, read leniently.
func literalWeight(s string) (thousandths int, ok bool) {
	m := weightRE.FindStringSubmatch(s)
	if m == nil || m[1]+m[2] == "" {
		return 0, false
	}
	if strings.Trim(m[1], "0") != "" {
		return 1000, true
	}
	for _, digit := range (m[2] + "000")[:3] {
		thousandths = thousandths*10 + int(digit-'0')
	}
	if strings.Trim(m[2], "0") != "" {
		thousandths = max(1, thousandths)
	}
	return thousandths, true
}

// chooseLiterally is RFC 9110 §12.5.1.
func chooseLiterally(accept []string, offers []literalType) int {
	ranges := literalRanges(accept)
	if len(offers) == 0 {
		return -1
	}
	if len(ranges) == 0 {
		return 0
	}
	within := func(o literalType, r literalRange) bool {
		return (r.typ == o.typ || r.typ == "*") && (r.subtype == o.subtype || r.subtype == "*")
	}
	chosen, best := -1, 0
	for i, o := range offers {
		// Of the ranges that match, the first of these numbers that differs
		// decides.
		var first [4]int // level, parameters that take part, all of them do, weight
		for _, r := range ranges {
			if !within(o, r) {
				continue
			}
			this := [4]int{3, 0, 1, r.weight}
			switch {
			case r.typ == "*":
				this[0] = 1
			case r.subtype == "*":
				this[0] = 2
			}
			matches := true
			for _, p := range r.params {
				if slices.ContainsFunc(offers, func(o literalType) bool { return within(o, r) && len(o.values(p.name)) > 0 }) {
					this[1]++
					matches = matches && slices.Contains(o.values(p.name), p.value)
				} else {
					this[2] = 0
				}
			}
			if matches && slices.Compare(this[:], first[:]) > 0 {
				first = this
			}
		}
		if first[3] > best {
			chosen, best = i, first[3]
		}
	}
	return chosen
}
