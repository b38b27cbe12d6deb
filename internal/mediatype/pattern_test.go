package mediatype_test

import (
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/mediatype"
)

func TestParsePattern(t *testing.T) {
	for s, wildcard := range map[string]bool{
		"a/b": false, "Application/JSON": false, "a/b;c=1;d=2": false, "a/b; ;": false, "multipart/mixed": false, "a/+b": false,
		"image/*": true, "*/*": true, "application/*+json": true, "application/*+json;v=1": true, "*/*;v=1": true, "application/*+a+b": true,
	} {
		p, ok := mediatype.ParsePattern(s)
		if !ok || p.HasWildcard() != wildcard {
			t.Errorf("%q: %t, has a wildcard: %t", s, ok, p.HasWildcard())
		}
		if want := !wildcard && !strings.HasPrefix(s, "multipart/"); p.Verbatim() != want {
			t.Errorf("%q needs no reading: %t, want %t", s, p.Verbatim(), want)
		}
	}
	for _, s := range append(notMediaTypes,
		"*", "*/json", "**/*", "*/**", "a*/b", "*a/b", "a/b*", "a/*b", "a/*b+c", "a/b*+c", "a/*+", "a/**", "a/*+*", "a/*+b*", "a/*-b", "*/*+json",
		" a/b", "a/b ", "a/b;q=1", "image/*;Q=1", "a/b;c=1;C=2", "*/*;c=1;c=1",
	) {
		if p, ok := mediatype.ParsePattern(s); ok {
			t.Errorf("%q is not a pattern: %+v", s, p)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"application/json", "application/json", true},
		{"application/json", "Application/JSON", true},
		{"Application/JSON", "application/json", true},
		{"application/json", "application/json; charset=utf-8;x=1", true},
		{"application/json", "application/jso", false},
		{"application/json", "application/jsonx", false},
		{"application/json", "text/json", false},

		{"image/*", "IMAGE/png", true},
		{"image/*", "image/svg+xml; charset=utf-8", true},
		{"image/*", "imagex/png", false},
		{"image/*", "imag/png", false},
		{"*/*", "application/json", true},
		{"application/*+json", "application/hal+json", true},
		{"application/*+JSON", "Application/vnd.a+b+Json;v=1", true},
		{"application/*+json", "application/json", false},
		{"application/*+json", "application/+json", false},
		{"application/*+json", "application/hal+jsonx", false},
		{"application/*+json", "application/hal-json", false},
		{"application/*+json", "model/gltf+json", false},

		{"text/csv;charset=utf-8", "text/csv;charset=utf-8", true},
		{"text/csv;charset=utf-8", `text/csv; header=present; Charset="UTF-8"`, true},
		{"text/csv;charset=utf-8", `text/csv; charset="utf\-8"`, true},
		{"text/csv;charset=utf-8", "text/csv", false},
		{"text/csv;charset=utf-8", "text/csv;charset=latin1", false},
		{"text/csv;charset=utf-8", "text/csv;charset=utf-8;charset=utf-8", true},
		{"text/csv;charset=utf-8", "text/csv;charset=utf-8;charset=latin1", false},
		{"text/csv;charset=utf-8", "text/csv;charset=utf-8;charset*=x", false},
		{"text/csv;charset=utf-8", "text/csv;charset*0=x;charset=utf-8", false},
		{"text/csv;charset=utf-8", "text/csv;charset=utf-8;headers*=utf-8''x", true},
		{"application/*+json;v=1", "application/a+json;v=1", true},
		{"application/*+json;v=1", "application/a+json;v=2", false},
		{"a/b;v=x", "a/b;v=X", false},
		{"a/b;v=1;w=2", "a/b;w=2;v=1", true},
		{"a/b;v=1;w=2", "a/b;w=2", false},
	} {
		p, ok := mediatype.ParsePattern(tt.pattern)
		m, typed := mediatype.Parse(tt.s)
		if got := p.Match(m); !ok || !typed || got != tt.want {
			t.Errorf("%q and %q: %t, %t, got %t, want %t", tt.pattern, tt.s, ok, typed, got, tt.want)
		}
	}
}

// literalPattern returns what the pattern matches, or nil if it is none.
func literalPattern(s string) func(literalType) bool {
	p, ok := parseOwn(s)
	prefix, suffix, wildcard := strings.Cut(p.subtype, "*")
	switch {
	case !ok:
		return nil
	case p.typ == "*" && p.subtype == "*":
		return func(t literalType) bool { return t.hasAll(p.params) }
	case strings.Contains(p.typ, "*"):
		return nil
	case !wildcard:
		return func(t literalType) bool { return t.typ == p.typ && t.subtype == p.subtype && t.hasAll(p.params) }
	case prefix != "" || strings.Contains(suffix, "*") || suffix != "" && (len(suffix) == 1 || suffix[0] != '+'):
		return nil
	}
	return func(t literalType) bool {
		name, ok := strings.CutSuffix(t.subtype, suffix)
		return t.typ == p.typ && ok && name != "" && t.hasAll(p.params)
	}
}

func FuzzPattern(f *testing.F) {
	for _, p := range []string{"application/json", "application/*+json", "image/*", "*/*", "text/csv;charset=utf-8", "a/*+b;v=1", "*/b", "a/*b"} {
		for _, s := range []string{"application/json", "application/a+json", "image/png", `text/csv;charset="UTF-8"`, "text/csv;charset=utf-8;charset*=x", "a/+b;v=1"} {
			f.Add(p, s)
		}
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		want := literalPattern(pattern)
		p, ok := mediatype.ParsePattern(pattern)
		if ok != (want != nil) {
			t.Fatalf("pattern %q: got %t, want %t", pattern, ok, want != nil)
		}
		m, typed := mediatype.Parse(s)
		if !ok || !typed {
			return
		}
		l, _ := parseLiteral(s)
		if p.Match(m) != want(l) {
			t.Fatalf("%q and %q: got %t, want %t", pattern, s, !want(l), want(l))
		}
		if own, _ := parseOwn(pattern); m.Equal(p.Type) != l.equal(own) {
			t.Fatalf("%q and %q: equal is %t", pattern, s, m.Equal(p.Type))
		}
		if p.Verbatim() && !builds(mediatype.Parse(pattern)) {
			t.Fatalf("%q needs no reading, but cannot be read", pattern)
		}
	})
}
