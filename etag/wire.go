package etag

import (
	"net/url"
	"strings"

	"github.com/apiconventions/apiconventions/internal/request"
)

// The suffixes of the wire form, which the package documentation lays down.
const (
	tenantSuffix  = ".t" // and a digest
	variantSuffix = ".r" // and a digest
	bytesSuffix   = ".h" // of a tag made of bytes
	codedSuffix   = ".p" // of an opaque text that is percent-encoded
	escapeSuffix  = "."

	// putVariant is the variant of the response to a PUT. It is the digest of no
	// name, but for one in 2^64.
	putVariant = variantSuffix + "0000000000000000"
)

// coderSuffixes are what compressors on the way put behind the tags of what they
// compress: Apache's mod_deflate and mod_brotli, Caddy.
var coderSuffixes = [...]string{"-gzip", "-br", "-zstd"}

// coderSuffix is the one that s has, as strings.HasPrefix or HasSuffix sees it, or
// "".
func coderSuffix(s string, has func(s, suffix string) bool) string {
	for _, suffix := range coderSuffixes {
		if has(s, suffix) {
			return suffix
		}
	}
	return ""
}

// escape makes the name part of a tag: legal, and not to be taken for one that
// has a suffix.
func escape(opaque string) string {
	switch {
	case !legal(opaque):
		return percentEncode(opaque) + codedSuffix
	case hasSuffix(opaque):
		return opaque + escapeSuffix
	default:
		return opaque
	}
}

// unescape is the opaque text that has the given name.
func unescape(name string) string {
	if coded, ok := strings.CutSuffix(name, codedSuffix); ok {
		text, _ := url.PathUnescape(coded)
		return text
	}
	return strings.TrimSuffix(name, escapeSuffix)
}

// hasSuffix reports whether the end of s would read as a suffix.
func hasSuffix(s string) bool {
	return strings.HasSuffix(s, escapeSuffix) || strings.HasSuffix(s, bytesSuffix) ||
		strings.HasSuffix(s, codedSuffix) || coderSuffix(s, strings.HasSuffix) != "" ||
		hasDigest(s, tenantSuffix) || hasDigest(s, variantSuffix)
}

// hasDigest reports whether s ends in the given suffix and a digest.
func hasDigest(s, suffix string) bool {
	i := len(s) - request.DigestSize
	if i < len(suffix) || s[i-len(suffix):i] != suffix {
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
// suffixes of tenant and representation, "" where there is none.
func split(opaque string) (name, tenant, variant string) {
	const size = len(tenantSuffix) + request.DigestSize
	name = opaque
	if hasDigest(name, variantSuffix) {
		name, variant = name[:len(name)-size], name[len(name)-size:]
	}
	if hasDigest(name, tenantSuffix) {
		name, tenant = name[:len(name)-size], name[len(name)-size:]
	}
	return name, tenant, variant
}

// percentEncode encodes s as a URI does (RFC 3986 §2.1) where a tag has no room
// for it.
func percentEncode(s string) string {
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
	if t.isOfBytes() {
		return t
	}
	name, tenant, variant := split(t.opaque())
	if tenant == "" && acting != "" {
		tenant = tenantSuffix + request.Digest(acting)
	}
	if variant == "" && negotiated != "" {
		variant = variantSuffix + negotiated
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
