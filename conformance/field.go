package conformance

import (
	"net/http"
	"slices"
	"strings"
)

// elements are the elements of a list field without parameters, in lower case,
// over all its lines (RFC 9110 §5.6.1).
func elements(h http.Header, name string) (list []string) {
	for _, line := range h.Values(name) {
		list = append(list, listed(line)...)
	}
	return list
}

func listed(line string) (list []string) {
	for e := range strings.SplitSeq(line, ",") {
		if e = strings.ToLower(strings.TrimSpace(e)); e != "" {
			list = append(list, e)
		}
	}
	return list
}

// sorted are the elements of a list field in the order of the alphabet.
func sorted(h http.Header, name string) []string {
	list := elements(h, name)
	slices.Sort(list)
	return list
}

// varies reports whether Vary names the field.
func varies(h http.Header, name string) bool {
	list := elements(h, "Vary")
	return slices.Contains(list, "*") || slices.Contains(list, strings.ToLower(name))
}

// directive reports whether Cache-Control has the directive.
func directive(h http.Header, name string) bool {
	return slices.ContainsFunc(elements(h, "Cache-Control"), func(d string) bool {
		d, _, _ = strings.Cut(d, "=")
		return strings.TrimSpace(d) == name
	})
}

// mediaType is a Content-Type without its parameters, in lower case.
func mediaType(v string) string {
	t, _, _ := strings.Cut(v, ";")
	return strings.ToLower(strings.TrimSpace(t))
}

// parseTag reads one entity tag (RFC 9110 §8.8.3).
func parseTag(s string) (weak, ok bool) {
	opaque, weak := strings.CutPrefix(s, "W/")
	if len(opaque) < 2 || opaque[0] != '"' || opaque[len(opaque)-1] != '"' {
		return weak, false
	}
	for _, c := range []byte(opaque[1 : len(opaque)-1]) {
		if c == '"' || c <= ' ' || c == 0x7f {
			return weak, false
		}
	}
	return weak, true
}

// another is an entity tag that differs from tag in its text only.
func another(tag string) string { return strings.TrimSuffix(tag, `"`) + `x"` }

// suffixed is the tag as a compressor makes it.
func suffixed(tag, suffix string) string { return strings.TrimSuffix(tag, `"`) + suffix + `"` }
