package etag

import (
	"strings"

	"github.com/apiconventions/apiconventions/internal/request"
)

// The marks of the wire form, which the package documentation lays down.
const (
	tenantMark  = ".t"
	variantMark = ".r"
	bytesMark   = ".h" // of a tag made of bytes
	codedMark   = ".p" // of an opaque text that is percent-encoded
	escapeMark  = "."
)

// coderMarks are what compressors on the way put behind the tags of what they
// compress: Apache's mod_deflate and mod_brotli, Caddy.
var coderMarks = [...]string{"-gzip", "-br", "-zstd"}

// coderMark is the one that s has, as strings.HasPrefix or HasSuffix sees it, or
// "".
func coderMark(s string, has func(s, mark string) bool) string {
	for _, mark := range coderMarks {
		if has(s, mark) {
			return mark
		}
	}
	return ""
}

// escape makes the name part of a tag: legal, and not to be taken for one that
// ends in a mark.
func escape(opaque string) string {
	if !legal(opaque) {
		return percent(opaque) + codedMark
	}
	if marked(opaque) {
		return opaque + escapeMark
	}
	return opaque
}

// marked reports whether the end of s would read as a mark.
func marked(s string) bool {
	return strings.HasSuffix(s, escapeMark) || strings.HasSuffix(s, bytesMark) ||
		strings.HasSuffix(s, codedMark) || coderMark(s, strings.HasSuffix) != "" ||
		qualified(s, tenantMark) || qualified(s, variantMark)
}

// qualified reports whether s ends in the given mark and a digest.
func qualified(s, mark string) bool {
	i := len(s) - request.DigestSize
	if i < len(mark) || s[i-len(mark):i] != mark {
		return false
	}
	for _, c := range []byte(s[i:]) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// split takes the opaque part of a tag apart: its name, still escaped, and the
// qualifiers of tenant and representation with their marks, "" where there is
// none.
func split(opaque string) (name, tenant, variant string) {
	const size = len(tenantMark) + request.DigestSize
	name = opaque
	if qualified(name, variantMark) {
		name, variant = name[:len(name)-size], name[len(name)-size:]
	}
	if qualified(name, tenantMark) {
		name, tenant = name[:len(name)-size], name[len(name)-size:]
	}
	return name, tenant, variant
}

// percent encodes s as a URI does (RFC 3986 §2.1) where a tag has no room for
// it.
func percent(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; isEtagc(c) && c != '%' {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// qualify makes of the tag of a record the tag of the representation of it that
// s, the state of the request, calls for. A qualifier that t has already stays,
// and so do tags made of bytes.
func (t Tag) qualify(s *request.Info) Tag {
	if s == nil || t.IsZero() {
		return t
	}
	acting, negotiated := s.Tenant.Value(), variantOf(s)
	if acting == "" && negotiated == "" {
		return t
	}
	opaque := t.opaque()
	if strings.HasSuffix(opaque, bytesMark) {
		return t
	}
	name, tenant, variant := split(opaque)
	if tenant == "" && acting != "" {
		tenant = tenantMark + request.Digest(acting)
	}
	if variant == "" && negotiated != "" {
		variant = variantMark + negotiated
	}
	return t.with(name, tenant, variant)
}

// variantOf is the digest of the negotiated representation, "" where the route has
// only one.
func variantOf(s *request.Info) string {
	if s == nil {
		return ""
	}
	if r, ok := s.Representation.Get(); ok {
		return r.Digest
	}
	return ""
}
