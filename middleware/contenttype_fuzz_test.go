package middleware_test

import (
	"mime"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/middleware"
)

// boundaryRE is RFC 2046 §5.1.1.
var boundaryRE = regexp.MustCompile(`^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$`)

// contentTypeLiterally is what a Content-Type field deserves, read off the
// grammar.
func contentTypeLiterally(field string, takes func(literalType) bool) int {
	t, ok := parseLiteral(strings.Trim(latin1(field), " \t"))
	for _, p := range t.params {
		ok = ok && p.valued
	}
	switch {
	case !ok:
		return http.StatusBadRequest
	case !takes(t):
		return http.StatusUnsupportedMediaType
	case t.typ == "multipart" && boundaryLiterally(field) == "":
		return http.StatusBadRequest
	}
	return http.StatusNoContent
}

// boundaryLiterally is the one boundary that all readers find, "" = none.
func boundaryLiterally(field string) (boundary string) {
	m := typeRE.FindStringSubmatch(strings.Trim(latin1(field), " \t"))
	for _, p := range paramRE.FindAllStringSubmatch(m[3], -1) {
		name, _, mail := strings.Cut(lowerASCII(p[1]), "*")
		value := strings.Trim(p[3], `"`)
		switch {
		case name != "boundary":
		case mail || boundary != "" || !boundaryRE.MatchString(value):
			return ""
		default:
			boundary = value
		}
	}
	return boundary
}

func FuzzContentType(f *testing.F) {
	for _, s := range []string{
		"", "application/json", "Application/JSON; charset=utf-8", "application/hal+json", "application/+json", "application/json;;x=1 ; ",
		"text/csv;charset=UTF-8", `text/csv; header=present ;charset="utf\-8"`, "text/csv", "text/csv;charset=utf-8;charset=x", "text/csv;charset=utf-8;charset*=x",
		"image/png", "image/*", "multipart/mixed; boundary=a", `multipart/related;boundary="foo bar"; type="a/b"`,
		`multipart/form-data; boundary="a "`, "multipart/form-data; boundary=a:b", "multipart/form-data; boundary=a; Boundary=a",
		`multipart/mixed; boundary="` + strings.Repeat("a", 71) + `"`, "multipart/mixed; boundary=" + strings.Repeat("a", 70),
		`multipart/mixed; boundary="\"`, "multipart/mixed;boundary*=a", "multipart/mixed;boundary=a;Boundary*0=b", `multipart/mixed;boundary="a\b"`, "a/b;c=\"\x80\"", "a/b;c=\x80", "a/b;c = d", "a/b c",
	} {
		f.Add(s)
	}
	layer := middleware.ContentType("application/json", "application/*+json", "image/*", "multipart/*", "text/csv;charset=utf-8")
	takes := func(t literalType) bool {
		switch t.typ {
		case "application":
			name, suffixed := strings.CutSuffix(t.subtype, "+json")
			return t.subtype == "json" || suffixed && name != ""
		case "image", "multipart":
			return true
		case "text":
			found := false
			for _, p := range t.params {
				if p.name == "charset" && p.value != "utf-8" || strings.HasPrefix(p.name, "charset*") {
					return false
				}
				found = found || p.name == "charset"
			}
			return found && t.subtype == "csv"
		}
		return false
	}
	f.Fuzz(func(t *testing.T, field string) {
		want := contentTypeLiterally(field, takes)
		if got := answer(layer, typed(http.MethodPost, field)); got != want {
			t.Fatalf("%q: %d, want %d", field, got, want)
		}
		// And nothing is let through as multipart in which the handler's reader
		// would find other parts.
		if want == http.StatusNoContent {
			typ, params, err := mime.ParseMediaType(field)
			if boundary := boundaryLiterally(field); err == nil && strings.HasPrefix(typ, "multipart/") && params["boundary"] != boundary {
				t.Fatalf("%q: mime reads the boundary %q, and not %q", field, params["boundary"], boundary)
			}
		}
	})
}
