package etag

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/request"
)

// isAny reports whether If-Match or If-None-Match is "*" (RFC 9110 §13.1.1, §13.1.2). A
// "*" among tags means nothing. A repeated "*", as a proxy may make it, is "*".
func isAny(values []string) bool {
	star := false
	other := header.AnyTag(values, func(e string) bool {
		star = star || e == "*"
		return e != "" && e != "*"
	})
	return star && !other
}

// wellFormed reports whether value is a list of entity tags and nothing else.
func wellFormed(value string) bool {
	return !header.AnyTag([]string{value}, func(e string) bool { return e != "" && !isTag(e) })
}

// listsWeakly reports whether an element matches t in the weak comparison (RFC 9110
// §8.8.3.2).
func (t Tag) listsWeakly(values []string) bool {
	want := t.quoted()
	return want != "" && header.AnyTag(values, func(e string) bool { return strings.TrimPrefix(e, "W/") == want })
}

// listsStrongly reports whether an element matches t in the strong comparison. A weak tag
// matches nothing.
func (t Tag) listsStrongly(values []string) bool {
	return t.wire != "" && !t.isWeak() && header.AnyTag(values, func(e string) bool { return e == t.wire })
}

// listsVersion reports whether an element is a tag of the same version and tenant as t,
// of any representation. A lenient comparison ignores what compressors on the way add to
// a tag: nginx and CDNs add W/, Apache and Caddy the coding. A client that sends such a
// tag has seen that version.
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
