package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// AcceptQuery returns the value of an Accept-Query field (RFC 10008 §3): the patterns as
// Strings of a structured field, with their parameters.
//
// It leaves out patterns such as "application/*+json", because the field allows only
// "type/*" and "*/*", and patterns with a parameter that structured fields cannot express
// (RFC 9651 §3.1.2, §3.3.3). The value is empty if no pattern remains.
func AcceptQuery(patterns []Pattern) string {
	var list []string
	for i := range patterns {
		if item, ok := patterns[i].structured(); ok {
			list = append(list, item)
		}
	}
	return strings.Join(list, ", ")
}

// structured returns p as an item of a structured field. ok is false if it cannot be one.
func (p *Pattern) structured() (item string, ok bool) {
	if p.wildcard && p.suffix != "" {
		return "", false
	}
	item, _ = header.StructuredString(p.name) // never fails for tokens
	for param := range eachParam(p.params) {
		key := strings.ToLower(param.name) // names have no case (RFC 9110 §5.6.6), keys are in lower case
		value, ok := header.StructuredString(text(param.value))
		if !ok || !header.IsStructuredKey(key) {
			return "", false
		}
		item += ";" + key + "=" + value
	}
	return item, true
}

// text returns the text of a token or a quoted string.
func text(value string) string {
	var b strings.Builder
	for s := unquote(value); s != ""; s = s[1:] {
		s = unescape(s)
		b.WriteByte(s[0])
	}
	return b.String()
}
