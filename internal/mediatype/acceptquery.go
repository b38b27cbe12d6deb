package mediatype

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// AcceptQuery returns the value of an Accept-Query field (RFC 10008 §3): the
// patterns as Strings of a structured field, with their parameters. It is empty
// if the field can have none of them.
//
// Left out are patterns such as "application/*+json", since "type/*" and "*/*"
// are all that the field allows, and those with a parameter that structured
// fields cannot express (RFC 9651 §3.1.2, §3.3.3).
func AcceptQuery(patterns []Pattern) string {
	var list []string
	for i := range patterns {
		if item, ok := patterns[i].structured(); ok {
			list = append(list, item)
		}
	}
	return strings.Join(list, ", ")
}

// structured returns p as an item of a structured field.
func (p *Pattern) structured() (item string, ok bool) {
	if p.wildcard && p.suffix != "" {
		return "", false
	}
	item, _ = header.StructuredString(p.name) // tokens are printable
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

// text returns the text that a token or quoted string stands for.
func text(value string) string {
	var b strings.Builder
	for s := unquote(value); s != ""; s = s[1:] {
		s = unescape(s)
		b.WriteByte(s[0])
	}
	return b.String()
}
