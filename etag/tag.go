package etag

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/apiconventions/apiconventions/internal/request"
)

// Tag is an entity tag (RFC 9110 §8.8.3). It is comparable: == is equality on the wire.
// StrongMatch and WeakMatch compare as HTTP does. The zero Tag is no tag, and not the tag
// `""`.
type Tag struct {
	wire string // as in the field, with quotes and W/; "" = none
}

// Version returns the strong tag of a record's version number: Version(7) is `"7"`. The
// method Version returns the number for the store's compare-and-swap.
func Version(n int64) Tag {
	var b [22]byte
	w := append(strconv.AppendInt(append(b[:0], '"'), n, 10), '"')
	return Tag{string(w)}
}

// Strong returns the strong tag of the given opaque text: Strong("x") is `"x"`. A text
// that ends like a suffix of this package, or has characters that a tag cannot have, is
// escaped; see the package documentation. Different texts have different tags.
//
// For a record without a version number, the text may be the time of its last change, as
// the store returns it, which may have rounded it. Two changes must not have the same
// time. [Tag.Opaque] returns the text for the store's compare-and-swap.
func Strong(opaque string) Tag { return Tag{`"` + escape(opaque) + `"`} }

// Weak returns the weak tag of the given opaque text: Weak("x") is `W/"x"`. It is for a
// resource whose small differences do not matter. If the state has a weak tag, no
// If-Match but "*" holds (RFC 9110 §8.8.3.2).
func Weak(opaque string) Tag { return Tag{`W/"` + escape(opaque) + `"`} }

// Of returns the strong tag of the bytes of a representation: their 128-bit XXH3, as
// [Computed] makes it. Equal bytes have equal tags, on every instance of a service and
// for every tenant. The tag gets no suffix. A handler that sends the same bytes as two
// media types needs two tags (RFC 9110 §8.8.1), which Computed makes where Accept chose
// the type.
//
// XXH3 is not collision resistant. Where clients choose the bytes and one body must not
// pass as another, pass a cryptographic digest to Strong, or set ComputedOptions.Hash.
func Of(body []byte) Tag {
	sum := xxh3.Hash128(body).Bytes()
	var b [2*len(sum) + len(`"`+bytesSuffix+`"`)]byte
	return Tag{string(appendBytesTag(b[:0], sum[:], ""))}
}

// appendBytesTag appends the strong tag of a hash to b. variant is the digest of the
// negotiated representation, "" = the only one.
func appendBytesTag(b, sum []byte, variant string) []byte {
	b = hex.AppendEncode(append(b, '"'), sum)
	return append(append(b, variant...), bytesSuffix+`"`...)
}

var errSyntax = errors.New("etag: not an entity tag")

// Parse parses a tag as it is in a header field (RFC 9110 §8.8.3):
//
//	entity-tag = [ %s"W/" ] DQUOTE *etagc DQUOTE
//	etagc      = %x21 / %x23-7E / obs-text
//
// Anything else is an error, such as white space around the tag. Parse is for tags of
// this package. A tag of another origin is an opaque text for Strong.
func Parse(s string) (Tag, error) {
	if !isTag(s) {
		return Tag{}, errSyntax
	}
	return Tag{s}, nil
}

// isTag reports whether s is an entity tag.
func isTag(s string) bool {
	s = strings.TrimPrefix(s, "W/")
	n := len(s)
	return n >= 2 && s[0] == '"' && s[n-1] == '"' && legal(s[1:n-1])
}

// legal reports whether s has only characters of a tag (RFC 9110 §8.8.3).
func legal(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isEtagc(s[i]) {
			return false
		}
	}
	return true
}

// isEtagc reports whether c is an etagc (RFC 9110 §8.8.3).
func isEtagc(c byte) bool { return c > ' ' && c != '"' && c != 0x7f }

// String returns the tag as it is in a header field, and "" for the zero Tag.
func (t Tag) String() string { return t.wire }

// isZero reports whether t is the zero Tag.
func (t Tag) isZero() bool { return t.wire == "" }

// isWeak reports whether t is a weak tag.
func (t Tag) isWeak() bool { return t.wire != "" && t.wire[0] == 'W' }

// StrongMatch reports whether t and u are strong and equal (RFC 9110 §8.8.3.2). The zero
// Tag matches nothing.
func (t Tag) StrongMatch(u Tag) bool { return t == u && t.wire != "" && !t.isWeak() }

// WeakMatch reports whether t and u are equal without W/ (RFC 9110 §8.8.3.2). The zero Tag
// matches nothing.
func (t Tag) WeakMatch(u Tag) bool { return t.wire != "" && t.quoted() == u.quoted() }

// quoted returns the tag without W/.
func (t Tag) quoted() string {
	if t.isWeak() {
		return t.wire[len("W/"):]
	}
	return t.wire
}

// opaque returns the text between the quotes.
func (t Tag) opaque() string {
	q := t.quoted()
	if q == "" {
		return ""
	}
	return q[1 : len(q)-1]
}

// Opaque returns the text of a tag of [Strong], [Weak] or [Version], with or without the
// suffixes of tenant and representation, for the store's compare-and-swap. ok is false if
// t is no such tag.
func (t Tag) Opaque() (text string, ok bool) {
	if t.isZero() || t.isOfBytes() {
		return "", false
	}
	name, _, _ := split(t.opaque())
	if text = unescape(name); escape(text) != name {
		return "", false
	}
	return text, true
}

// Version returns the number of a tag of [Version], with or without suffixes. ok is false
// for any other tag, such as "07" or "+7".
func (t Tag) Version() (n int64, ok bool) {
	text, _ := t.Opaque()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text {
		return 0, false
	}
	return n, true
}

// WithVariant returns the tag of the representation of the given name. It is for a
// handler that chooses a representation itself, such as a language, or whose
// representation depends on the caller. The function of Guard has to return the same
// tag. The name replaces the negotiated media type. A tag of bytes and the zero Tag are
// returned unchanged.
func (t Tag) WithVariant(name string) Tag {
	if t.isZero() || t.isOfBytes() {
		return t
	}
	record, tenant, _ := split(t.opaque())
	return t.with(record, tenant, variantSuffix+request.Digest(name))
}

// isOfBytes reports whether t is a tag of bytes, and not of a record.
func (t Tag) isOfBytes() bool { return strings.HasSuffix(t.wire, bytesSuffix+`"`) }

// with returns t with another opaque part.
func (t Tag) with(name, tenant, variant string) Tag {
	front := t.wire[:len(t.wire)-len(t.opaque())-len(`"`)]
	return Tag{front + name + tenant + variant + `"`}
}
