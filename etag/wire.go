package etag

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
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

// For returns t as it goes out in the response to the request of ctx: with the
// suffixes of its tenant and its representation, if t is one of [Version], [Strong]
// or [Weak]. It is for handlers that return a tag instead of setting a field.
//
// On PUT it is a tag that If-Match takes and that no read has, because what the
// client sent may not be what is stored (RFC 9110 §9.3.4). On QUERY it is none: a
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

// responding is t as it goes out in the response to a request of method, of which
// the layers know info.
func (t Tag) responding(method string, info *request.Info) Tag {
	t = t.sent(method, info)
	if method != http.MethodPut || t.isZero() || t.isOfBytes() {
		return t
	}
	name, tenant, _ := split(t.opaque())
	return t.with(name, tenant, putVariant)
}

// sent is t as the conditions of a request of method, of which the layers know
// info, are compared with it. It is the tag of the response but on PUT. A suffix
// that t has already stays, and so do tags made of bytes.
func (t Tag) sent(method string, info *request.Info) Tag {
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

// variantOf is the digest of the negotiated representation, "" where the route has
// only one.
func variantOf(info *request.Info) string {
	if info != nil {
		if r := info.Representation.Get(); r != nil {
			return r.Digest
		}
	}
	return ""
}
