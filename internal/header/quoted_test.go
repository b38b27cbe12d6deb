package header_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/header"
)

// quotedStringRE is the grammar of RFC 9110 §5.6.4, on bytes read as Latin-1.
var quotedStringRE = regexp.MustCompile(`^"(?:[\t \x21\x23-\x5b\x5d-\x7e\x{80}-\x{ff}]|\\[\t \x21-\x7e\x{80}-\x{ff}])*"$`)

func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

func TestIsQuotedString(t *testing.T) {
	for _, s := range []string{`""`, `"a"`, `"a, b; c\td"`, `"\""`, `"\\"`, `"\a"`, "\"\t\"", "\"\x80\xff\"", "\"\\\xff\"", `"\\\""`} {
		if !header.IsQuotedString(s) {
			t.Errorf("%q is a quoted string", s)
		}
	}
	for _, s := range []string{
		"", "a", `"`, `"a`, `a"`, `"\"`, `"\\\"`, `"a"b`, `a"b"`, `"a"b"`, `"""`, ` "a"`, `"a" `, `'a'`,
		"\"\x00\"", "\"\x1f\"", "\"\x7f\"", "\"\n\"", "\"\\\x00\"", "\"\\\x7f\"",
	} {
		if header.IsQuotedString(s) {
			t.Errorf("%q is not a quoted string", s)
		}
	}
}

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{
		"": `""`, "a": `"a"`, "a b\tc": "\"a b\tc\"", `a"b`: `"a\"b"`, `a\b`: `"a\\b"`, "\u00e4": "\"\u00e4\"",
	} {
		if got, ok := header.Quote(s); got != want || !ok {
			t.Errorf("%q: got %s, %t, want %s", s, got, ok, want)
		}
	}
	for _, s := range []string{"\x00", "a\nb", "\r", "\x1f", "a\x7f"} {
		if got, ok := header.Quote(s); ok {
			t.Errorf("%q: got %s", s, got)
		}
	}
}

func FuzzQuotedString(f *testing.F) {
	for _, s := range []string{"", `"`, `""`, `"a"`, `"\"`, `"\""`, `\`, "\"\x7f\"", "a\tb", `"a"b"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := header.IsQuotedString(s), quotedStringRE.MatchString(latin1(s)); got != want {
			t.Errorf("%q: got %t, want %t", s, got, want)
		}
		quoted, ok := header.Quote(s)
		if !ok {
			return
		}
		if !header.IsQuotedString(quoted) {
			t.Errorf("%q becomes %s", s, quoted)
		}
		unescaped := strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(quoted[1 : len(quoted)-1])
		if unescaped != s {
			t.Errorf("%q becomes %s, which is %q", s, quoted, unescaped)
		}
	})
}
