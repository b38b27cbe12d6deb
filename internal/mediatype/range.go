package mediatype

import "strings"

// A level is how specific a range of an Accept field is, without its parameters (RFC 9110
// §12.5.1). A greater level is more specific.
type level int

const (
	levelAny     level = iota + 1 // */*
	levelType                     // type/*
	levelSubtype                  // type/subtype
)

// cutRange returns the parts of an element of an Accept field.
//
//	Accept      = #( media-range [ weight ] )
//	media-range = ( "*/*" / ( type "/" "*" ) / ( type "/" subtype ) ) parameters
//
// The names of the media types in the range begin with prefix. For levelSubtype it is the
// whole name. params includes the weight. "*" is "*/*". The prefix of an element that is
// not a range is that of no media type.
func cutRange(element string) (prefix, params string, l level) {
	name, params := cut(element)
	switch {
	case name == "*/*", name == "*":
		return "", params, levelAny
	case strings.HasSuffix(name, "/*"):
		return name[:len(name)-1], params, levelType
	}
	return name, params, levelSubtype
}

// isRange reports whether an element of an Accept field is a range, with any parameters.
func isRange(element string) bool {
	name, _ := cut(element)
	return name == "*" || name == "*/*" || isName(name) && !strings.HasPrefix(name, "*/")
}

// isWeight reports whether a parameter of that name is a weight (RFC 9110
// §12.4.2).
func isWeight(name string) bool { return name == "q" || name == "Q" }

// parseWeight parses a weight (RFC 9110 §12.4.2) in thousandths. It accepts more than the
// grammar: ".2" is 0.2, and a weight over 1 is 1. Decimals after the third are cut, but a
// weight over 0 is at least 0.001.
func parseWeight(s string) (thousandths int, ok bool) {
	whole, decimals, _ := strings.Cut(s, ".")
	if len(whole)+len(decimals) == 0 || !isDigits(whole) || !isDigits(decimals) {
		return 0, false
	}
	if !isZeros(whole) {
		return 1000, true
	}
	for i := range 3 {
		thousandths *= 10
		if i < len(decimals) {
			thousandths += int(decimals[i] - '0')
		}
	}
	if thousandths == 0 && !isZeros(decimals) {
		return 1, true
	}
	return thousandths, true
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func isZeros(s string) bool { return strings.TrimLeft(s, "0") == "" }
