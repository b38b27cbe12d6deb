package mediatype_test

import (
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/mediatype"
)

func patterns(t *testing.T, list ...string) (ps []mediatype.Pattern) {
	t.Helper()
	for _, s := range list {
		p, ok := mediatype.ParsePattern(s)
		if !ok {
			t.Fatalf("%q is not a pattern", s)
		}
		ps = append(ps, p)
	}
	return ps
}

func TestAcceptQuery(t *testing.T) {
	for _, tt := range []struct {
		rule     string
		patterns []string
		want     string
	}{
		{"the example of RFC 10008 §3", []string{"application/jsonpath", `application/sql;charset="UTF-8"`}, `"application/jsonpath", "application/sql";charset="UTF-8"`},
		{"a token is written as a String", []string{"application/sql;charset=UTF-8"}, `"application/sql";charset="UTF-8"`},
		{"a leading digit", []string{"3gpp/x"}, `"3gpp/x"`},
		{"the wildcards that the field has", []string{"image/*", "*/*"}, `"image/*", "*/*"`},
		{"and those that it has not", []string{"application/*+json", "text/csv"}, `"text/csv"`},
		{"parameters in their order", []string{"a/b; y=1 ;x=2;"}, `"a/b";y="1";x="2"`},
		{"keys are in lower case", []string{"a/b;Charset=UTF-8"}, `"a/b";charset="UTF-8"`},
		{"keys that structured fields do not have", []string{"a/b;1x=1", "a/b;x!=1", "a/b;-x=1", "c/d;x-1=2"}, `"c/d";x-1="2"`},
		{"escapes that structured fields do not have", []string{`a/b;x="\a\"\\"`}, `"a/b";x="a\"\\"`},
		{"values that structured fields do not have", []string{"a/b;x=\"\u00e4\"", "a/b;x=\"\t\"", `c/d;x=""`}, `"c/d";x=""`},
		{"nothing that the field can have", []string{"application/*+json"}, ""},
		{"nothing", nil, ""},
	} {
		if got := mediatype.AcceptQuery(patterns(t, tt.patterns...)); got != tt.want {
			t.Errorf("%s: %q: got %s, want %s", tt.rule, tt.patterns, got, tt.want)
		}
	}
}

// What is written can be read again, by the grammar of structured fields, and is
// the same media type.
func FuzzAcceptQuery(f *testing.F) {
	for _, s := range []string{"a/b", "image/*", "*/*", "a/*+b", `a/b;x="\a\"\\";Y=1`, "a/b;x=\"\u00e4\"", "a/b;x!=1", `a/b;x="";*y=1`, `y/b;y="";y*=1`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := mediatype.ParsePattern(s)
		if !ok {
			return
		}
		got := mediatype.AcceptQuery([]mediatype.Pattern{p, p})
		if got == "" {
			l, _ := parseOwn(s)
			expressible := !strings.HasPrefix(l.subtype, "*+")
			for _, p := range l.params {
				expressible = expressible && keyRE.MatchString(p.name) && printableRE.MatchString(p.value)
			}
			if expressible {
				t.Fatalf("%q is left out", s)
			}
			return
		}
		if !itemsRE.MatchString(got) {
			t.Fatalf("%q becomes %s", s, got)
		}
		items := itemRE.FindAllStringSubmatch(got, -1)
		if len(items) != 2 || items[0][0] != items[1][0] {
			t.Fatalf("%q, twice, becomes %s", s, got)
		}
		back, ok := mediatype.Parse(items[0][1] + items[0][2])
		// A parameter in two forms (y and y*, RFC 2231) equals nothing, itself included.
		if self := p.Type.Equal(p.Type); !ok || back.Equal(p.Type) != self {
			t.Fatalf("%q becomes %s", s, got)
		}
	})
}
