package etag_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/etag"
)

// RFC 9110 §8.8.3, by its grammar.
var (
	tags = []string{
		`""`, `W/""`, `"x"`, `W/"x"`, `"xyzzy"`, `"W/"`, `"a,b"`, `","`, `"!"`, `"~"`, `"#"`, `"\"`, `"\\x"`,
		"\"\x80\"", "\"\xff\xfe\"", `"é"`, `"7.t0123456789abcdef.rfedcba9876543210"`, `"'"`, `"*"`,
	}
	noTags = []string{
		"", " ", `"`, `W/`, `W/"`, `w/"x"`, `W"x"`, `W/x`, `/"x"`, `x`, `"x`, `x"`, `*`, `"x"y`, `y"x"`, `""x`, `"""`, `"x""`,
		` "x"`, `"x" `, `W/ "x"`, `W /"x"`, "\"x\"\n", `"a b"`, "\"a\tb\"", "\"\x00\"", "\"\x1f\"", "\"\x7f\"", `"a", "b"`,
		`W/W/"x"`, `'x'`,
	}
)

func TestParse(t *testing.T) {
	for _, s := range tags {
		tag, err := etag.Parse(s)
		if err != nil || tag.String() != s || tag == (etag.Tag{}) || isWeak(tag) != strings.HasPrefix(s, "W/") {
			t.Errorf("Parse(%q) = %q, %v", s, tag, err)
		}
	}
	for _, s := range noTags {
		if tag, err := etag.Parse(s); err == nil || tag != (etag.Tag{}) {
			t.Errorf("Parse(%q) = %q, want an error", s, tag)
		}
	}
}

// FuzzParse holds Parse against the grammar of RFC 9110 §8.8.3, byte by byte.
func FuzzParse(f *testing.F) {
	for _, s := range append(tags, noTags...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tag, err := etag.Parse(s)
		if (err == nil) != isEntityTag(s) {
			t.Fatalf("Parse(%q): %v, but the grammar says %t", s, err, isEntityTag(s))
		}
		if err == nil && tag.String() != s {
			t.Fatalf("Parse(%q) = %q", s, tag)
		}
	})
}

// isEntityTag transcribes
//
//	entity-tag = [ weak ] opaque-tag
//	weak       = %s"W/"
//	opaque-tag = DQUOTE *etagc DQUOTE
//	etagc      = %x21 / %x23-7E / obs-text
//	obs-text   = %x80-FF
func isEntityTag(s string) bool {
	b := []byte(s)
	if len(b) >= 2 && b[0] == 'W' && b[1] == '/' {
		b = b[2:]
	}
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return false
	}
	for _, c := range b[1 : len(b)-1] {
		if !(c == 0x21 || 0x23 <= c && c <= 0x7e || 0x80 <= c) {
			return false
		}
	}
	return true
}

// The table of RFC 9110 §8.8.3.2, and none beside it.
func TestComparison(t *testing.T) {
	none := etag.Tag{}
	for _, row := range []struct {
		a, b         etag.Tag
		strong, weak bool
	}{
		{etag.Weak("1"), etag.Weak("1"), false, true},
		{etag.Weak("1"), etag.Weak("2"), false, false},
		{etag.Weak("1"), etag.Strong("1"), false, true},
		{etag.Strong("1"), etag.Strong("1"), true, true},
		{etag.Strong("1"), etag.Strong("2"), false, false},
		{none, none, false, false},
		{none, etag.Strong(""), false, false},
		{etag.Strong(""), etag.Strong(""), true, true},
		{etag.Strong(""), etag.Weak(""), false, true},
	} {
		for _, p := range [][2]etag.Tag{{row.a, row.b}, {row.b, row.a}} {
			if got := p[0].StrongMatch(p[1]); got != row.strong {
				t.Errorf("%v.StrongMatch(%v) = %t", p[0], p[1], got)
			}
			if got := p[0].WeakMatch(p[1]); got != row.weak {
				t.Errorf("%v.WeakMatch(%v) = %t", p[0], p[1], got)
			}
		}
	}
}

func TestNone(t *testing.T) {
	var none etag.Tag
	if none != (etag.Tag{}) || isWeak(none) || none.String() != "" || none.WithVariant("x") != none {
		t.Errorf("the zero tag: %v", none)
	}
	if _, ok := none.Version(); ok {
		t.Error("none has a version")
	}
	if empty := etag.Strong(""); empty == none || empty == (etag.Tag{}) || empty.String() != `""` {
		t.Errorf("the empty tag: %v", empty)
	}
}

func TestVersion(t *testing.T) {
	for _, n := range []int64{0, 1, 7, -1, math.MaxInt64, math.MinInt64} {
		tag := etag.Version(n)
		if want := `"` + strconv.FormatInt(n, 10) + `"`; tag.String() != want {
			t.Errorf("Version(%d) = %v", n, tag)
		}
		for _, v := range []etag.Tag{tag, tag.WithVariant("en"), parse(t, "W/"+tag.String()), parse(t, strings.TrimSuffix(tag.String(), `"`)+`.t0123456789abcdef"`)} {
			if got, ok := v.Version(); got != n || !ok {
				t.Errorf("%v.Version() = %d, %t", v, got, ok)
			}
		}
	}
	for _, s := range []string{`""`, `"-"`, `"+7"`, `"07"`, `"-0"`, `"-07"`, `"7."`, `"7.0"`, `"0x7"`, `"7_0"`, `"x"`,
		`"9223372036854775808"`, `"-9223372036854775809"`, `"7.h"`, `"7-gzip"`, `"7.t0123456789ABCDEF"`, `"7.t0123"`, `"٧"`,
		`"7.r0123456789abcdef.t0123456789abcdef"`} {
		if n, ok := parse(t, s).Version(); ok {
			t.Errorf("%s has version %d", s, n)
		}
	}
}

func TestOf(t *testing.T) {
	if a, b := etag.Of([]byte("a")), etag.Of([]byte("b")); a == b || a != etag.Of([]byte("a")) || isWeak(a) {
		t.Errorf("Of: %v, %v", a, b)
	}
	// The published test vector of XXH3-128 for no input: the same on every instance.
	if got, want := etag.Of(nil).String(), `"99aa06d3014798d86001c324468d497f.h"`; got != want {
		t.Errorf("Of(nil) = %s, want %s", got, want)
	}
	if tag := etag.Of(nil); tag.WithVariant("x") != tag {
		t.Error("a tag made of bytes has a variant")
	}
}

func parse(t *testing.T, s string) etag.Tag {
	t.Helper()
	tag, err := etag.Parse(s)
	if err != nil {
		t.Fatalf("Parse(%q): %v", s, err)
	}
	return tag
}

// The text that a tag was made of is read back, whatever was added on the way.
func TestOpaque(t *testing.T) {
	const tenant, variant = ".t0123456789abcdef", ".rfedcba9876543210"
	for _, text := range []string{"", "7", "x", "a.b", "x.", "..", ".h", "x.h", "x.p", "x-gzip", "x-br", "x-zstd", "x" + tenant, "x" + variant, "x" + tenant + variant,
		"a b", `"`, "100%", "100 %", "%41 ", "\x00\r\n\x7f", "é", "\xff", "a+b c", "%", "%zz", " .p", ".p"} {
		for _, tag := range []etag.Tag{etag.Strong(text), etag.Weak(text)} {
			for _, suffix := range []string{"", tenant, variant, tenant + variant, tenant + ".r0000000000000000"} {
				sent := parse(t, strings.TrimSuffix(tag.String(), `"`)+suffix+`"`)
				if got, ok := sent.Opaque(); got != text || !ok {
					t.Errorf("%s: %q, %t, want %q", sent, got, ok, text)
				}
			}
		}
	}
	// What neither Strong nor Weak would make is none of theirs.
	for _, s := range []string{`"x."`, `"x.p"`, `"a%20b%.p"`, `"a%2gb.p"`, `"%41.p"`, `"a%20b%41.p"`, `"a%2fb%20.p"`, `"x-gzip"`, `"x.h"`, etag.Of(nil).String()} {
		if got, ok := parse(t, s).Opaque(); ok || got != "" {
			t.Errorf("%s: %q", s, got)
		}
	}
	if got, ok := (etag.Tag{}).Opaque(); ok || got != "" {
		t.Errorf("none: %q", got)
	}
}

func isWeak(t etag.Tag) bool { return strings.HasPrefix(t.String(), "W/") }
