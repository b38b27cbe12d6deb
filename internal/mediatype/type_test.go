package mediatype_test

import (
	"mime"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/mediatype"
)

var (
	mediaTypes = []string{
		"application/json", "Application/JSON", " \tapplication/json\t ", "a/b", "*/*", "application/*+json", "*/b",
		"application/json; charset=utf-8", "application/json;charset=\"utf-8\";odata=verbose", "text/csv \t;\theader=present ; x=1",
		"application/json;", "application/json; ;", "application/json;;x=1 ; ",
		`a/b;c="d, e; f"`, `a/b;c="\""`, `a/b;c=""`, "a/b;c=\"\t\x80\xff\"", "a/b;c=1;c=2", "a/b;q=1", "!#$%&'*+-.^_`|~/x",
		`multipart/related;boundary="foo bar"; type="a/b"`, "multipart/mixed;boundary*0=a",
	}
	notMediaTypes = []string{
		"", " ", "json", "application/", "/json", "/", "application /json", "application/ json", "application/json/x", "application;json",
		"application/json, application/json", "application/json charset=utf-8", "application/json; charset", "application/json; charset=",
		"application/json; charset = utf-8", "application/json; =utf-8", `application/json; charset="utf-8`, `application/json; charset="utf-8\"`,
		`application/json; charset="utf-8"x`, `application/json; charset=x"utf-8"`, "application/json; x=\"\x00\"", "application/json; x=\"\\\x00\"",
		"application/json; x=\"\x7f\"", "application/json; x=\u212a", "text/\u212a", "a/b;c=\x80", "a/b\n", "a/b;c=d\n", `"a/b"`, "a/b;c=d,e",
	}
)

func TestParse(t *testing.T) {
	for _, s := range mediaTypes {
		if _, ok := mediatype.Parse(s); !ok {
			t.Errorf("%q is a media type", s)
		}
	}
	for _, s := range notMediaTypes {
		if _, ok := mediatype.Parse(s); ok {
			t.Errorf("%q is not a media type", s)
		}
	}
}

func TestOffer(t *testing.T) {
	for _, s := range []string{
		"a/b", "Application/JSON", "a/b;", "a/b;;", "a/b ;c=1", "a/b;c=1;d=1", `a/b;c="d, e"`, "a/+b", "a/b;c*=1",
	} {
		if _, ok := mediatype.Offer(s); !ok {
			t.Errorf("%q can be offered", s)
		}
	}
	for _, s := range append(notMediaTypes,
		"*/*", "text/*", "*", "application/*+json", "*/b", "a*/b", "a/b*", " a/b", "a/b ", "a/b;c=1\t",
		"a/b;q=1", "a/b;v=1;Q=0.5", "a/b;c=1;c=1", "a/b;c=1;d=2;C=3",
	) {
		if _, ok := mediatype.Offer(s); ok {
			t.Errorf("%q can not be offered", s)
		}
	}
}

func TestEqual(t *testing.T) {
	parse := func(s string) mediatype.Type {
		m, ok := mediatype.Parse(s)
		if !ok {
			t.Fatalf("%q", s)
		}
		return m
	}
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"a/b", "A/B", true},
		{"a/b", "a/c", false},
		{"a/b", "a/bc", false},
		{"a/b", "a/b; ;", true},
		{"a/b;v=1", "a/b", false},
		{"a/b;v=1", `a/b ; V="1"`, true},
		{"a/b;v=1", `a/b;v="\1"`, true},
		{"a/b;v=1", "a/b;v=2", false},
		{"a/b;v=1", "a/b;v=11", false},
		{"a/b;v=x", "a/b;v=X", false},
		{"a/b;v=1;w=2", "a/b;w=2;v=1", true},
		{"a/b;v=1;w=2", "a/b;v=1", false},
		{`a/b;v=""`, `a/b;v="x"`, false},
		{"a/b;charset=utf-8", `a/b;Charset="UTF-8"`, true},
		{"a/b;charset=iso-8859-1", "a/b;charset=iso-8859-2", false},
		{`a/b;charset="?"`, "a/b;charset=_", false},
		{`a/b;charset="@"`, "a/b;charset=`", false},
		{`a/b;charset="["`, `a/b;charset="{"`, false},
	} {
		a, b := parse(tt.a), parse(tt.b)
		if got := a.Equal(b); got != tt.want || b.Equal(a) != tt.want {
			t.Errorf("%q and %q: got %t, want %t", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestIsMultipart(t *testing.T) {
	for s, want := range map[string]bool{
		"multipart/mixed": true, "Multipart/Form-Data;boundary=a": true,
		"multipartx/mixed": false, "x-multipart/mixed": false, "application/multipart": false, "m/m": false,
	} {
		if m, ok := mediatype.Parse(s); !ok || m.IsMultipart() != want {
			t.Errorf("%q: %t", s, !want)
		}
	}
	if (mediatype.Type{}).IsMultipart() {
		t.Error("the zero Type is multipart")
	}
}

func TestHasBoundary(t *testing.T) {
	for _, params := range []string{
		"boundary=a", "BOUNDARY=a", "boundary=foo_bar_baz", "boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW", `boundary="a b"`, `type="a/b"; boundary="a:b"`,
		`boundary="'()+_,-./:=? a"`, "boundary=" + strings.Repeat("a", 70), `boundary="` + strings.Repeat("a", 70) + `"`,
		"boundary=a; filename*=utf-8''b", "boundary=a; boundary-name*=utf-8''b; x*0=c",
	} {
		if m, ok := mediatype.Parse("multipart/mixed; " + params); !ok || !m.HasBoundary() {
			t.Errorf("%s: no boundary", params)
		}
	}
	for _, params := range []string{
		"", "charset=utf-8", `boundary=""`, `boundary=" "`, `boundary="a "`, "boundary=a*b", `boundary="a;b"`, "boundary=\"a\u00e4\"", "boundary=\"a\tb\"",
		"boundary=" + strings.Repeat("a", 71), `boundary="` + strings.Repeat("a", 71) + `"`, `boundary="a\b"`, `boundary="\a"`,
		"boundary=a; boundary=a", "boundary=a; Boundary=b", "boundary*0=a", "boundary=a; boundary*=utf-8''b", "Boundary*=utf-8''b; boundary=a", "boundary=a; boundary*0=b; boundary*1=c",
	} {
		if m, ok := mediatype.Parse("multipart/mixed; " + params); !ok || m.HasBoundary() {
			t.Errorf("%s: malformed, or a boundary", params)
		}
	}
}

// The characters of a boundary (RFC 2046 §5.1.1), and nothing else.
func TestBoundaryCharacters(t *testing.T) {
	const bchars = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? "
	for c := range 256 {
		m, _ := mediatype.Parse(`multipart/form-data; boundary="` + string([]byte{byte(c)}) + `x"`)
		if got, want := m.HasBoundary(), strings.IndexByte(bchars, byte(c)) >= 0; got != want {
			t.Errorf("%q: got %t, want %t", c, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range append(mediaTypes, notMediaTypes...) {
		f.Add(s)
	}
	for _, params := range []string{
		"boundary=a", `boundary="a "`, "boundary=a:b", "boundary=a; Boundary=a", `boundary="` + strings.Repeat("a", 71) + `"`,
		"boundary=" + strings.Repeat("a", 70), `boundary="\"`, "boundary*=a", "boundary=a;Boundary*0=b", `boundary="a\b"`,
	} {
		f.Add("multipart/mixed;" + params)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, wantOK := parseLiteral(s)
		m, ok := mediatype.Parse(s)
		if ok != wantOK {
			t.Fatalf("%q: got %t, want %t", s, ok, wantOK)
		}
		if _, wantOffer := literalOffer(s); builds(mediatype.Offer(s)) != wantOffer {
			t.Fatalf("Offer(%q): got %t, want %t", s, !wantOffer, wantOffer)
		}
		if !ok {
			return
		}
		if m.IsMultipart() != (want.typ == "multipart") {
			t.Fatalf("%q is multipart: %t", s, m.IsMultipart())
		}
		boundary := want.boundary()
		if m.HasBoundary() != (boundary != "") {
			t.Fatalf("%q: got %t, want the boundary %q", s, m.HasBoundary(), boundary)
		}
		// Go's reader of multipart content must find the same parts.
		if _, params, err := mime.ParseMediaType(s); boundary != "" && err == nil && params["boundary"] != boundary {
			t.Fatalf("%q: mime reads the boundary %q, not %q", s, params["boundary"], boundary)
		}
	})
}

func builds[T any](_ T, ok bool) bool { return ok }
