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
		{[]string{`a="x, b`, "c"}, []string{`a="x, b`, "c"}}, // not closed: ends with its line
		{[]string{`a="\`, "c"}, []string{`a="\`, "c"}},
		{[]string{`a\",b`}, []string{`a\",b`}},
		{[]string{`a\,b`}, []string{`a\`, "b"}}, // a backslash escapes in quotes only
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

func TestCut(t *testing.T) {
	for _, tt := range []struct{ s, before, after string }{
		{"", "", ""},
		{"a", "a", ""},
		{";", "", ""},
		{"a;b;c", "a", "b;c"},
		{" a ; b", " a ", " b"},
		{`a="x;y";b`, `a="x;y"`, "b"},
		{`a="x\";y";b`, `a="x\";y"`, "b"},
		{`a="x\\";b`, `a="x\\"`, "b"},
		{`a="x;y`, `a="x;y`, ""},
		{`a="x;y\`, `a="x;y\`, ""},
		{`a\;b`, `a\`, "b"},
		{`a\";b`, `a\";b`, ""}, // a backslash escapes in quotes only
		{`"a"";"b;c`, `"a"";"b`, "c"},
	} {
		if before, after := header.Cut(tt.s, ';'); before != tt.before || after != tt.after {
			t.Errorf("%q: got %q, %q, want %q, %q", tt.s, before, after, tt.before, tt.after)
		}
	}
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
		t.Error("the Kelvin sign is not a k")
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
