package etag

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/apiconventions/apiconventions/internal/request"
)

// Tag is an entity tag (RFC 9110 §8.8.3). It is comparable, and == is equality
// on the wire; to compare as HTTP does, use StrongMatch or WeakMatch. The zero Tag is
// none, which is not the tag `""`.
type Tag struct {
	wire string // as in the field, with quotes and W/; "" = none
}

// Version is the strong tag of a record's version number: Version(7) is `"7"`.
// The number can be read back with the method Version, for the store's
// compare-and-swap.
func Version(n int64) Tag {
	var b [22]byte
	w := append(strconv.AppendInt(append(b[:0], '"'), n, 10), '"')
	return Tag{string(w)}
}

// Strong is the strong tag of the given opaque text: Strong("x") is `"x"`. An
// opaque text that would read as something else, or that a tag cannot hold, is
// escaped; see the package documentation. Different texts always make
// different tags.
//
// A record without a version number has the time of its last change as text, read
// back from the store, which may round it: two changes must not have the same
// time. [Tag.Opaque] returns the text for the store's compare-and-swap.
func Strong(opaque string) Tag { return Tag{`"` + escape(opaque) + `"`} }

// Weak is the weak tag of the given opaque text: Weak("x") is `W/"x"`. It is for
// a state in which small differences are not told apart. Nothing but "*" gets a
// change past an If-Match when the state has a weak tag (RFC 9110 §8.8.3.2).
func Weak(opaque string) Tag { return Tag{`W/"` + escape(opaque) + `"`} }

// Of is the strong tag of the bytes of a representation: their 128-bit XXH3, as
// [Computed] makes it. Equal bytes have equal tags, on every instance of a
// service and for every tenant: the tag names the bytes and gets no suffix.
// A handler that has the same bytes to send as two media types needs two tags
// (RFC 9110 §8.8.1): Computed makes them, where Accept chose the type.
//
// XXH3 does not resist somebody who looks for two bodies of one hash. Where
// clients choose the bodies and one of them must not pass as another, make the
// tag of a cryptographic digest with Strong, or have Computed use one.
func Of(body []byte) Tag {
	sum := xxh3.Hash128(body).Bytes()
	var b [2*len(sum) + len(`"`+bytesSuffix+`"`)]byte
	return Tag{string(appendBytesTag(b[:0], sum[:], ""))}
}

// appendBytesTag appends the strong tag of a hash, for the negotiated
// representation of that digest, "" = the only one.
func appendBytesTag(b, sum []byte, variant string) []byte {
	b = hex.AppendEncode(append(b, '"'), sum)
	return append(append(b, variant...), bytesSuffix+`"`...)
}

var errSyntax = errors.New("etag: not an entity tag")

// Parse reads a tag as it stands in a field: `W/` in capital or nothing, a
// quote, visible ASCII but the quote and bytes from 0x80 on, a quote (RFC 9110
// §8.8.3). Anything else, white space around it included, is an error. It is for
// tags that this package has made; what somebody else calls a tag goes into
// Strong.
func Parse(s string) (Tag, error) {
	if !isTag(s) {
		return Tag{}, errSyntax
	}
	return Tag{s}, nil
}

func isTag(s string) bool {
	s = strings.TrimPrefix(s, "W/")
	n := len(s)
	return n >= 2 && s[0] == '"' && s[n-1] == '"' && legal(s[1:n-1])
}

// legal reports whether s is made of etagc only (RFC 9110 §8.8.3).
func legal(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isEtagc(s[i]) {
			return false
		}
	}
	return true
}

func isEtagc(c byte) bool { return c > ' ' && c != '"' && c != 0x7f }

// String is the tag as it stands in a field, and "" for none.
func (t Tag) String() string { return t.wire }

// isZero reports whether t is none.
func (t Tag) isZero() bool { return t.wire == "" }

// isWeak reports whether t is a weak tag.
func (t Tag) isWeak() bool { return t.wire != "" && t.wire[0] == 'W' }

// StrongMatch is the strong comparison of RFC 9110 §8.8.3.2: both are strong and
// equal. None matches nothing.
func (t Tag) StrongMatch(u Tag) bool { return t == u && t.wire != "" && !t.isWeak() }

// WeakMatch is the weak comparison of RFC 9110 §8.8.3.2: equal, but for a W/.
// None matches nothing.
func (t Tag) WeakMatch(u Tag) bool { return t.wire != "" && t.quoted() == u.quoted() }

// quoted is the opaque-tag: the tag without W/.
func (t Tag) quoted() string {
	if t.isWeak() {
		return t.wire[len("W/"):]
	}
	return t.wire
}

// opaque is what stands between the quotes.
func (t Tag) opaque() string {
	q := t.quoted()
	if q == "" {
		return ""
	}
	return q[1 : len(q)-1]
}

// Opaque reads the text of a tag of [Strong], [Weak] or [Version], with or without
// the suffixes of tenant and representation: the revision that the client has, for
// the store's compare-and-swap. ok is false if t is no such tag.
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

// Version reads the number of a version tag, as Opaque reads its text. A number
// that [Version] would write in another way ("07", "+7") is none.
func (t Tag) Version() (n int64, ok bool) {
	text, _ := t.Opaque()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text {
		return 0, false
	}
	return n, true
}

// WithVariant returns the tag of the representation of the given name, for a
// handler that chooses among representations by itself (a language, a
// rendition), or whose representation depends on the caller. The function of
// Guard returns the same tag. The name takes the place of the negotiated media
// type. A tag made of bytes stays as it is, and so does the zero Tag.
func (t Tag) WithVariant(name string) Tag {
	if t.isZero() || t.isOfBytes() {
		return t
	}
	record, tenant, _ := split(t.opaque())
	return t.with(record, tenant, variantSuffix+request.Digest(name))
}

// isOfBytes reports whether t names bytes and not a record.
func (t Tag) isOfBytes() bool { return strings.HasSuffix(t.wire, bytesSuffix+`"`) }

// with is t with another opaque part.
func (t Tag) with(name, tenant, variant string) Tag {
	front := t.wire[:len(t.wire)-len(t.opaque())-len(`"`)]
	return Tag{front + name + tenant + variant + `"`}
}
