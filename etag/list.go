package etag

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/request"
)

// isAny reports whether the value of If-Match or If-None-Match is "*" (RFC 9110
// §13.1.1, §13.1.2). It is not a member of a list: beside anything else it means
// nothing. A repeated one, as a proxy makes it, is one.
func isAny(values []string) bool {
	star := false
	other := header.AnyTag(values, func(e string) bool {
		star = star || e == "*"
		return e != "" && e != "*"
	})
	return star && !other
}

// wellFormed reports whether line is a list of entity tags and nothing else.
func wellFormed(line string) bool {
	return !header.AnyTag([]string{line}, func(e string) bool { return e != "" && !isTag(e) })
}

// listsWeakly reports whether one of the elements matches t in the weak comparison
// (RFC 9110 §8.8.3.2).
func (t Tag) listsWeakly(values []string) bool {
	want := t.quoted()
	return want != "" && header.AnyTag(values, func(e string) bool { return strings.TrimPrefix(e, "W/") == want })
}

// listsStrongly is the strong comparison: a weak tag matches nothing.
func (t Tag) listsStrongly(values []string) bool {
	return t.wire != "" && !t.isWeak() && header.AnyTag(values, func(e string) bool { return e == t.wire })
}

// listsVersion reports whether one of the elements is a tag of the same version
// and tenant as t, whatever its representation. A lenient comparison passes over
// what compressors on the way do to tags: nginx and CDNs put W/ before them,
// Apache and Caddy put the coding behind. A client that sends such a tag back has
// seen exactly that version.
func (t Tag) listsVersion(values []string, lenient bool) bool {
	if t.wire == "" || t.isWeak() || t.isOfBytes() {
		return t.listsStrongly(values)
	}
	name, tenant, _ := split(t.opaque())
	front := t.wire[:len(`"`)+len(name)+len(tenant)]
	return header.AnyTag(values, func(e string) bool {
		if lenient {
			e = strings.TrimPrefix(e, "W/")
		}
		end, ok := strings.CutPrefix(e, front)
		if !ok {
			return false
		}
		if n := len(variantSuffix) + request.DigestSize; len(end) > n && hasDigest(end[:n], variantSuffix) {
			end = end[n:]
		}
		if lenient {
			end = end[len(coderSuffix(end, strings.HasPrefix)):]
		}
		return end == `"`
	})
}
