package header_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/header"
)

func TestElements(t *testing.T) {
	for _, tt := range []struct {
		lines []string
		want  []string
	}{
		{nil, nil},
		{[]string{""}, nil},
		{[]string{"a"}, []string{"a"}},
		{[]string{"a,b , \t c"}, []string{"a", "b", "c"}},
		{[]string{", ,a,,b,"}, []string{"a", "b"}}, // §5.6.1.2
		{[]string{"a", "b, c"}, []string{"a", "b", "c"}},
		{[]string{`a="x,y", b`}, []string{`a="x,y"`, "b"}},
		{[]string{`a="x\",y", b`}, []string{`a="x\",y"`, "b"}},
		{[]string{`a="x, b`, "c"}, []string{`a="x, b`, "c"}}, // left open: to the end of its line
		{[]string{`a="\`, "c"}, []string{`a="\`, "c"}},
		{[]string{`a\,b`}, []string{`a\`, "b"}}, // an escape counts in quotes only
		{[]string{"a\u00a0,b"}, []string{"a\u00a0", "b"}},
	} {
		if got := slices.Collect(header.Elements(tt.lines)); !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.lines, got, tt.want)
		}
	}
}

// elements reads RFC 9110 §5.6.1 and §5.6.4 literally, a character at a time.
func elements(line string) (list []string) {
	var element strings.Builder
	end := func() {
		if e := strings.Trim(element.String(), " \t"); e != "" {
			list = append(list, e)
		}
		element.Reset()
	}
	inString, escaped := false, false
	for _, c := range []byte(line) {
		switch {
		case !inString && c == ',':
			end()
			continue
		case !inString && c == '"':
			inString = true
		case inString && escaped:
			escaped = false
		case inString && c == '\\':
			escaped = true
		case inString && c == '"':
			inString = false
		}
		element.WriteByte(c)
	}
	end()
	return list
}

func FuzzElements(f *testing.F) {
	for _, s := range []string{"", "a,b", `a="x,\"y", b`, `"`, `\"`, `,"\`, "a ,\t,b", "*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got, want := slices.Collect(header.Elements([]string{line, line})), elements(line)
		if want = append(want, want...); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	})
}

func TestContains(t *testing.T) {
	lines := []string{`max-age=0, private="no-store, x"`, "NO-CACHE ;x", "wait;q, public\tx"}
	for name, want := range map[string]bool{
		"no-cache": true, "max-age": true, "private": true, "wait": true, "public": true,
		"no-store": false, "x": false, "no": false, "": false,
	} {
		if got := header.Contains(lines, name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if header.Contains([]string{"to\u212aen"}, "token") {
		t.Error("the Kelvin sign is no k")
	}
}

func TestIsToken(t *testing.T) {
	for _, s := range []string{"a", "A-z.09", "!#$%&'*+-.^_`|~"} {
		if !header.IsToken(s) {
			t.Errorf("%q is a token", s)
		}
	}
	for _, s := range []string{"", "a b", "a,", `"a"`, "a/b", "a=b", "ä", "a\x00", "a\x7f", "(a)", "a:b", "a;b", "a@b", "[a]", "{a}", `a\b`, "a?", "<a>"} {
		if header.IsToken(s) {
			t.Errorf("%q is no token", s)
		}
	}
}

func TestIsTokenOfEachByte(t *testing.T) {
	const tchar = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" // RFC 9110 §5.6.2
	for c := range 256 {
		b := byte(c)
		want := strings.IndexByte(tchar, b) >= 0
		for _, s := range []string{string([]byte{b, 'x'}), string([]byte{'x', b})} {
			if got := header.IsToken(s); got != want || header.IsTokenByte(b) != want {
				t.Errorf("%q: %t", s, got)
			}
		}
	}
}

// Letters are equal in both cases, everything else to itself alone.
func TestEqualFold(t *testing.T) {
	isLetter := func(c int) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
	for a := range 256 {
		for b := range 256 {
			want := a == b || isLetter(a) && a^b == 'a'-'A'
			if got := header.EqualFold("x"+string([]byte{byte(a)}), "X"+string([]byte{byte(b)})); got != want {
				t.Errorf("%q and %q: %t", a, b, got)
			}
		}
	}
}

func TestVary(t *testing.T) {
	for _, tt := range []struct {
		lines []string
		names []string
		want  string
	}{
		{nil, []string{"Accept"}, "Accept"},
		{nil, []string{"X-Tenant", "Accept", "accept"}, "X-Tenant, Accept"},
		{[]string{"Origin"}, []string{"Accept"}, "Origin, Accept"},
		{[]string{"Origin, aCCept"}, []string{"Accept"}, "Origin, aCCept"},
		{[]string{"Origin", "Accept-Encoding"}, []string{"Accept"}, "Origin, Accept-Encoding, Accept"},
		{[]string{"", "Origin"}, []string{"Accept"}, "Origin, Accept"},
		{[]string{"Origin", ""}, []string{"Accept"}, "Origin, Accept"},
		{[]string{"A"}, []string{"B"}, "A, B"},
		{[]string{"*"}, []string{"Accept"}, "*"},
		{[]string{"Origin, *"}, []string{"Accept"}, "Origin, *"},
	} {
		if got := header.Vary(tt.lines, tt.names...); got != tt.want {
			t.Errorf("%q + %q: got %q, want %q", tt.lines, tt.names, got, tt.want)
		}
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	for name, lines := range map[string][]string{
		"short":    {"no-cache, max-age=0"},
		"commas":   {strings.Repeat(",", 1<<20)},
		"elements": {strings.Repeat("a,", 1<<19)},
		"quotes":   {strings.Repeat(`"`, 1<<20)},
		"escapes":  {`"` + strings.Repeat(`\`, 1<<20)},
		"blanks":   {strings.Repeat(" ", 1<<20)},
		"lines":    slices.Repeat([]string{"a"}, 100_000),
	} {
		if n := testing.AllocsPerRun(5, func() { header.Contains(lines, "no-store") }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
