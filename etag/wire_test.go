package etag_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
)

// layers stands for the ones further out: what they know of each request.
type layers struct {
	tenant    string
	mediaType string // as Accept leaves it on a route that has several
}

func of(tenant string) layers { return layers{tenant: tenant} }

func (l layers) offering(mediaType string) layers { l.mediaType = mediaType; return l }

func (l layers) around(next http.Handler) http.Handler {
	known := &layer.Layer{Name: "test", Decide: func(x layer.Exchange) (*http.Request, error) {
		if l.tenant != "" {
			x.VaryTenant("X-Raet-Tenant-Id", true)
			x.Info.Tenant.Set(l.tenant)
		}
		if l.mediaType != "" {
			x.VaryAccept(l.mediaType)
			x.Info.Representation.Set(&request.Representation{MediaType: l.mediaType, Digest: request.Digest(l.mediaType)})
		}
		return x.R, nil
	}}
	return known.Middleware(next)
}

// wire is t as it goes out.
func (l layers) wire(t etag.Tag) string {
	w := httptest.NewRecorder()
	l.around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		etag.Set(w, r, t)
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	return w.Header().Get("ETag")
}

const json, octets = "application/json", "application/octet-stream"

// The digests are written out: they must not change, or every stored tag is void.
func TestWireForm(t *testing.T) {
	const acme, asJSON = ".t822b33ad87c148a0", ".rbacb769b46f6d169"
	if want := ".t" + digest("acme"); acme != want {
		t.Fatalf("the digest of acme is %s", want)
	}
	if want := ".r" + digest(json); asJSON != want {
		t.Fatalf("the digest of %s is %s", json, want)
	}
	for _, row := range []struct {
		layers layers
		tag    etag.Tag
		want   string
	}{
		{layers{}, etag.Version(7), `"7"`},
		{of("acme"), etag.Version(7), `"7` + acme + `"`},
		{layers{}.offering(json), etag.Version(7), `"7` + asJSON + `"`},
		{of("acme").offering(json), etag.Version(7), `"7` + acme + asJSON + `"`},
		{of("acme").offering(json), etag.Strong("x"), `"x` + acme + asJSON + `"`},
		{of("acme").offering(json), etag.Weak("x"), `W/"x` + acme + asJSON + `"`},
		{of("acme").offering(json), etag.Strong(""), `"` + acme + asJSON + `"`},
		{of("acme").offering(json), etag.Of(nil), etag.Of(nil).String()},
		{of("acme").offering(octets), etag.Version(7).WithVariant(json), `"7` + acme + asJSON + `"`},
		{of("acme"), etag.Version(7).WithVariant("x").WithVariant(json), `"7` + acme + asJSON + `"`},
		{of("other"), parse(t, `"7`+acme+`"`), `"7` + acme + `"`},
		{of("other"), parse(t, `"7`+acme+`"`).WithVariant(json), `"7` + acme + asJSON + `"`},
		{of("acme").offering(json), parse(t, `"7`+acme+asJSON+`"`), `"7` + acme + asJSON + `"`},
		{of("acme").offering(json), parse(t, `W/"7`+asJSON+`"`), `W/"7` + acme + asJSON + `"`},
		{of("acme").offering(json), etag.Tag{}, ``},
	} {
		if got := row.layers.wire(row.tag); got != row.want {
			t.Errorf("%v for %+v: %s, want %s", row.tag, row.layers, got, row.want)
		}
	}
}

func TestEscapes(t *testing.T) {
	for opaque, want := range map[string]string{
		"x":                    "x",
		"":                     "",
		"a.b":                  "a.b",
		"x.":                   "x..",
		".":                    "..",
		"x.h":                  "x.h.",
		".h":                   ".h.",
		"h":                    "h",
		"x.p":                  "x.p.",
		"x-gzip":               "x-gzip.",
		"x-br":                 "x-br.",
		"x-zstd":               "x-zstd.",
		"x-zip":                "x-zip",
		"x.t0123456789abcdef":  "x.t0123456789abcdef.",
		"x.r0123456789abcdef":  "x.r0123456789abcdef.",
		".r0123456789abcdef":   ".r0123456789abcdef.",
		"x.t0123456789ABCDEF":  "x.t0123456789ABCDEF",
		"x.t0123456789abcde":   "x.t0123456789abcde",
		"x.t0123456789abcdef0": "x.t0123456789abcdef0",
		"x.s0123456789abcdef":  "x.s0123456789abcdef",
		"x.t/123456789abcdef":  "x.t/123456789abcdef",
		"x.t:123456789abcdef":  "x.t:123456789abcdef",
		"x.t`123456789abcdef":  "x.t`123456789abcdef",
		"x.tg123456789abcdef":  "x.tg123456789abcdef",
		"a b":                  "a%20b.p",
		`"`:                    "%22.p",
		"100%":                 "100%",
		"100 %":                "100%20%25.p",
		"\x00\r\n\x7f":         "%00%0D%0A%7F.p",
		"é":                    "é",
	} {
		if got := etag.Strong(opaque).String(); got != `"`+want+`"` {
			t.Errorf("Strong(%q) = %s, want %q", opaque, got, want)
		}
		if got := etag.Weak(opaque).String(); got != `W/"`+want+`"` {
			t.Errorf("Weak(%q) = %s, want %q", opaque, got, want)
		}
	}
}

// FuzzWireForm reads tags back by the rules of the package documentation.
func FuzzWireForm(f *testing.F) {
	for _, opaque := range []string{"", "7", "x.", "x.h", "x.p", "-gzip", "-br", "a b", "%20", "x.t0123456789abcdef", "x.r0123456789abcdef", "\xff\"", "x.t0123456789abcdef."} {
		f.Add(opaque, "acme", json, false)
		f.Add(opaque, "", "", true)
	}
	f.Fuzz(func(t *testing.T, opaque, tenant, mediaType string, weak bool) {
		tag := etag.Strong(opaque)
		if weak {
			tag = etag.Weak(opaque)
		}
		l := layers{tenant, mediaType}
		wire := l.wire(tag)
		if !isEntityTag(wire) || strings.HasPrefix(wire, "W/") != weak {
			t.Fatalf("%q is no such tag", wire)
		}
		gotOpaque, gotTenant, gotVariant := read(t, wire)
		if gotOpaque != opaque {
			t.Errorf("%s reads %q, was %q", wire, gotOpaque, opaque)
		}
		if want := mark(".t", tenant); gotTenant != want {
			t.Errorf("%s reads tenant %q, was %q", wire, gotTenant, want)
		}
		if want := mark(".r", mediaType); gotVariant != want {
			t.Errorf("%s reads variant %q, was %q", wire, gotVariant, want)
		}
		// What is qualified stays as it is, for any other layers.
		if again := of("another").offering("another/type").wire(parse(t, wire)); tenant != "" && mediaType != "" && again != wire {
			t.Errorf("%s became %s", wire, again)
		}
	})
}

func mark(mark, name string) string {
	if name == "" {
		return ""
	}
	return mark + digest(name)
}

func digest(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:8])
}

var (
	variantEnd = regexp.MustCompile(`\.r[0-9a-f]{16}$`)
	codedEnd   = regexp.MustCompile(`-(gzip|br|zstd)"$`)
	tenantEnd  = regexp.MustCompile(`\.t[0-9a-f]{16}$`)
)

// read takes a tag apart from its end, as the package documentation has it.
func read(t *testing.T, wire string) (opaque, tenant, variant string) {
	s := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(wire, "W/"), `"`), `"`)
	if strings.HasSuffix(s, ".h") {
		t.Fatalf("%s reads as one of bytes", wire)
	}
	if i := variantEnd.FindStringIndex(s); i != nil {
		s, variant = s[:i[0]], s[i[0]:]
	}
	if i := tenantEnd.FindStringIndex(s); i != nil {
		s, tenant = s[:i[0]], s[i[0]:]
	}
	if coded, ok := strings.CutSuffix(s, ".p"); ok {
		return unpercent(t, coded), tenant, variant
	}
	return strings.TrimSuffix(s, "."), tenant, variant
}

func unpercent(t *testing.T, s string) string {
	var out []byte
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, s[i])
			continue
		}
		b, err := hex.DecodeString(s[i+1 : i+3])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b...)
		i += 2
	}
	return string(out)
}

func TestSetNone(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("ETag", `"x"`)
	etag.Set(w, httptest.NewRequest("GET", "/", nil), etag.Tag{})
	if _, ok := w.Header()["Etag"]; ok {
		t.Error("Set of none leaves an ETag")
	}
}

// A writer of the handler's own, such as a recorder, still answers the tenant's
// request.
func TestSetOnRecorder(t *testing.T) {
	var inner *httptest.ResponseRecorder
	of("acme").around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner = httptest.NewRecorder()
		etag.Set(inner, r, etag.Version(7))
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if got, want := inner.Header().Get("ETag"), `"7.t`+digest("acme")+`"`; got != want {
		t.Errorf("ETag %s, want %s", got, want)
	}
}

// And the writer of the request is known from a request that has forgotten it.
func TestSetForAnotherContext(t *testing.T) {
	w := httptest.NewRecorder()
	of("acme").around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		etag.Set(w, r.WithContext(context.Background()), etag.Version(7))
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got, want := w.Header().Get("ETag"), `"7.t`+digest("acme")+`"`; got != want {
		t.Errorf("ETag %s, want %s", got, want)
	}
}

func TestSetAllocates(t *testing.T) {
	of("acme").offering(json).around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag := etag.Version(7)
		if n := testing.AllocsPerRun(100, func() { etag.Set(w, r, tag) }); n > 2 { // the tag and the field's slice
			t.Errorf("Set: %v allocations", n)
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}
