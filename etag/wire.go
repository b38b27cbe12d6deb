package etag

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
)

// The suffixes of the wire form, which is in the package documentation.
const (
	tenantSuffix  = ".t" // and a digest
	variantSuffix = ".r" // and a digest
	bytesSuffix   = ".h" // of a tag made of bytes
	codedSuffix   = ".p" // of an opaque text that is percent-encoded
	escapeSuffix  = "."  // of an opaque text that ends like a suffix

	// putVariant is the variant of the response to a PUT. No name has this digest,
	// except by a chance of 1 in 2^64.
	putVariant = variantSuffix + "0000000000000000"
)

// coderSuffixes are the suffixes that compressors on the way add to tags: Apache's
// mod_deflate and mod_brotli, Caddy.
var coderSuffixes = [...]string{"-gzip", "-br", "-zstd"}

// coderSuffix returns the coder suffix for which has(s, suffix) is true, or "". has is
// strings.HasPrefix or strings.HasSuffix.
func coderSuffix(s string, has func(s, suffix string) bool) string {
	for _, suffix := range coderSuffixes {
		if has(s, suffix) {
			return suffix
		}
	}
	return ""
}

// escape returns the name part of a tag of the given opaque text. It has only characters
// of a tag, and does not end like a suffix.
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

// unescape returns the opaque text of the given name part.
func unescape(name string) string {
	if coded, ok := strings.CutSuffix(name, codedSuffix); ok {
		text, _ := url.PathUnescape(coded)
		return text
	}
	return strings.TrimSuffix(name, escapeSuffix)
}

// hasSuffix reports whether s ends like a suffix.
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

// split returns the parts of the opaque part of a tag: its name, still escaped, and the
// suffixes of tenant and representation, or "".
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

// percentEncode percent-encodes (RFC 3986 §2.1) the "%" in s and the characters that a
// tag cannot have.
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

// For returns t as [Set] sends it in the response to the request of ctx. A tag of
// [Version], [Strong] or [Weak] gets the suffixes of the request's tenant and
// representation. For is for handlers that return a tag instead of setting a field.
//
// On PUT the tag is good for If-Match, and no read has it, because what is stored may not
// be what the client sent (RFC 9110 §9.3.4). On QUERY For returns the zero Tag: a
// record's tag does not name the result of a query.
func For(ctx context.Context, t Tag) Tag {
	info := request.From(ctx)
	if info == nil {
		return t
	}
	method := ""
	if rw, ok := info.Response.(*response.Writer); ok {
		method = rw.Innermost().Method
	}
	return t.responding(method, info)
}

// responding returns t as it goes out in the response to a request of the given method.
// info may be nil.
func (t Tag) responding(method string, info *request.Info) Tag {
	t = t.forComparison(method, info)
	if method != http.MethodPut || t.isZero() || t.isOfBytes() {
		return t
	}
	name, tenant, _ := split(t.opaque())
	return t.with(name, tenant, putVariant)
}

// forComparison returns t as the conditions of a request of the given method are compared
// with it. info may be nil. Except on PUT it is also the tag of the response. A tag of
// bytes and a suffix that t already has stay as they are.
func (t Tag) forComparison(method string, info *request.Info) Tag {
	if t.isZero() || t.isOfBytes() {
		return t
	}
	if method == request.MethodQuery {
		return Tag{}
	}
	name, tenant, variant := split(t.opaque())
	if variant == putVariant {
		variant = ""
	}
	if info != nil {
		if digest := info.TenantDigest(); tenant == "" && digest != "" {
			tenant = tenantSuffix + digest
		}
		if digest := variantOf(info); variant == "" && digest != "" {
			variant = variantSuffix + digest
		}
	}
	return t.with(name, tenant, variant)
}

// variantOf returns the digest of the negotiated representation, or "" if the route has
// only one. info may be nil.
func variantOf(info *request.Info) string {
	if info != nil {
		if r := info.Representation.Get(); r != nil {
			return r.Digest
		}
	}
	return ""
}
