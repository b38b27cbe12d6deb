package tenant_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// lines is a header with one field line for each value.
func lines(values ...string) http.Header {
	h := http.Header{}
	for _, v := range values {
		h.Add("x-raet-tenant-id", v)
	}
	return h
}

func TestResolve(t *testing.T) {
	longest := strings.Repeat("9", 64)
	one := tenant.Grants{IDs: []tenant.ID{"a"}}
	several := tenant.Grants{IDs: []tenant.ID{"a", "b", tenant.ID(longest), "1234567", "A.b_c-9"}}
	for _, test := range []struct {
		name   string
		header http.Header
		grants tenant.Grants
		want   string // a tenant, or the type of the refusal
	}{
		{"none of one", lines(), one, "a"},
		{"none of one, nil header", nil, one, "a"},
		{"none of one that is there twice", lines(), tenant.Grants{IDs: []tenant.ID{"a", "a"}}, "a"},
		{"the one", lines("a"), one, "a"},
		{"not the one", lines("b"), one, "tenant-not-granted"},
		{"the one in the other case", lines("A"), one, "tenant-not-granted"},
		{"its beginning", lines("12345"), several, "tenant-not-granted"},

		{"none of several", lines(), several, "tenant-required"},
		{"first of several", lines("a"), several, "a"},
		{"last of several", lines("A.b_c-9"), several, "A.b_c-9"},
		{"the example of the convention", lines("1234567"), several, "1234567"},
		{"the longest", lines(longest), several, longest},
		{"white space around it", lines(" \tb\t "), several, "b"},

		{"none of one, Multi", lines(), tenant.Grants{IDs: []tenant.ID{"a"}, Multi: true}, "tenant-required"},
		{"the one, Multi", lines("a"), tenant.Grants{IDs: []tenant.ID{"a"}, Multi: true}, "a"},
		{"not the one, Multi", lines("b"), tenant.Grants{IDs: []tenant.ID{"a"}, Multi: true}, "tenant-not-granted"},

		{"none of none", lines(), tenant.Grants{}, "tenant-not-granted"},
		{"none of none, Multi", lines(), tenant.Grants{Multi: true}, "tenant-not-granted"},
		{"some of none", lines("a"), tenant.Grants{}, "tenant-not-granted"},

		{"a dot", lines("."), tenant.Grants{IDs: []tenant.ID{"."}}, "tenant-malformed"},
		{"two dots", lines(".."), tenant.Grants{IDs: []tenant.ID{"..", "a"}}, "tenant-malformed"},
		{"dots and blanks", lines(" ... "), several, "tenant-malformed"},
		{"dots, not asked for", lines(), tenant.Grants{IDs: []tenant.ID{".."}}, "tenant-not-granted"},
		{"dots and more", lines("a.."), tenant.Grants{IDs: []tenant.ID{"a.."}}, "a.."},

		{"two lines", lines("a", "b"), several, "tenant-malformed"},
		{"the same line twice", lines("a", "a"), several, "tenant-malformed"},
		{"a line and an empty one", lines("a", ""), several, "tenant-malformed"},
		{"a list", lines("a,b"), several, "tenant-malformed"},
		{"a list of one", lines("a,"), several, "tenant-malformed"},
		{"empty", lines(""), one, "tenant-malformed"},
		{"blank", lines(" "), one, "tenant-malformed"},
		{"too long", lines(longest + "9"), tenant.Grants{IDs: []tenant.ID{tenant.ID(longest + "9")}}, "tenant-malformed"},
		{"blank within", lines("a b"), one, "tenant-malformed"},
		{"quoted", lines(`"a"`), one, "tenant-malformed"},
		{"slash", lines("a/b"), one, "tenant-malformed"},
		{"not ASCII", lines("ä"), one, "tenant-malformed"},
		{"control", lines("a\x00"), one, "tenant-malformed"},
		{"malformed, and no grants", lines("a,b"), tenant.Grants{}, "tenant-malformed"},

		{"the empty id, not asked for", lines(), tenant.Grants{IDs: []tenant.ID{""}}, "tenant-not-granted"},
		{"the empty id, asked for", lines(""), tenant.Grants{IDs: []tenant.ID{""}}, "tenant-malformed"},
		{"an id that is none, not asked for", lines(), tenant.Grants{IDs: []tenant.ID{"a b"}}, "tenant-not-granted"},
		{"an id that is none, asked for", lines("a b"), tenant.Grants{IDs: []tenant.ID{"a b"}}, "tenant-malformed"},
		{"the empty id counts", lines(), tenant.Grants{IDs: []tenant.ID{"", "a"}}, "tenant-required"},
		{"beside the empty id", lines("a"), tenant.Grants{IDs: []tenant.ID{"", "a"}}, "a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			id, err := tenant.Resolve(test.header, test.grants)
			if got := outcome(t, id, err); got != test.want {
				t.Errorf("Resolve = %s, want %s", got, test.want)
			}
		})
	}
}

// A tenant id is of letters, digits, ".", "_" and "-".
func TestResolveAlphabet(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
	for c := range 256 {
		asked := "x" + string([]byte{byte(c)}) + "x"
		want := "tenant-malformed"
		if strings.IndexByte(alphabet, byte(c)) >= 0 {
			want = asked
		}
		id, err := tenant.Resolve(lines(asked), tenant.Grants{IDs: []tenant.ID{tenant.ID(asked)}})
		if got := outcome(t, id, err); got != want {
			t.Errorf("%q: %s, want %s", asked, got, want)
		}
	}
}

// What the client is told, and what the log: there nothing is longer than an id.
func TestResolveSaysWhy(t *testing.T) {
	const (
		malformed  = "X-Raet-Tenant-Id must be one field with one tenant id."
		required   = "This token needs X-Raet-Tenant-Id to say which tenant the request is for."
		notGranted = "This token does not grant the tenant."
	)
	longest := strings.Repeat("9", 64)
	several := tenant.Grants{IDs: []tenant.ID{"a", "b"}}
	for _, test := range []struct {
		header        http.Header
		grants        tenant.Grants
		detail, cause string
	}{
		{lines("a", "b"), several, malformed, "tenant: X-Raet-Tenant-Id has 2 lines"},
		{lines(" "), several, malformed, "tenant: X-Raet-Tenant-Id has an empty value"},
		{lines(",a"), several, malformed, "tenant: X-Raet-Tenant-Id has a list"},
		{lines("a b"), several, malformed, "tenant: X-Raet-Tenant-Id has 3 bytes that are no tenant id"},
		{lines("c"), several, notGranted, `tenant: not granted: "c" is not one of the token's 2 tenants`},
		{lines(), tenant.Grants{}, notGranted, "tenant: not granted: the token has no tenant"},
		{lines(), several, required, "tenant: no X-Raet-Tenant-Id: the token has 2 tenants"},
		{lines(), tenant.Grants{IDs: []tenant.ID{"a"}, Multi: true}, required, "tenant: no X-Raet-Tenant-Id: the token is for many tenants"},
		{
			lines(), tenant.Grants{IDs: []tenant.ID{tenant.ID(longest + "x")}}, notGranted,
			`tenant: not granted: the token's only tenant, "` + longest + `", is no tenant id`,
		},
	} {
		_, err := tenant.Resolve(test.header, test.grants)
		var p *problem.Error
		if !errors.As(err, &p) || p.Detail != test.detail || p.Err.Error() != test.cause {
			t.Errorf("%v of %v: %v", test.header, test.grants, err)
		}
	}
}

// outcome is the tenant or the type of the refusal, which must be whole.
func outcome(t *testing.T, id tenant.ID, err error) string {
	t.Helper()
	if err == nil {
		if id == "" {
			t.Error("no error and no tenant")
		}
		return string(id)
	}
	if id != "" {
		t.Errorf("both a tenant, %q, and an error: %v", id, err)
	}
	var p *problem.Error
	if !errors.As(err, &p) {
		t.Fatalf("%v is no problem", err)
	}
	status, title := http.StatusBadRequest, ""
	switch p.Type {
	case "tenant-required":
		title = "Tenant required"
	case "tenant-malformed":
		title = "Tenant malformed"
	case "tenant-not-granted":
		title, status = "Tenant not granted", http.StatusForbidden
	}
	if p.Title != title || p.Status != status || p.Err == nil || p.Detail == "" {
		t.Errorf("problem %+v", p)
	}
	return p.Type
}

// A service's own mapping of errors may change the one that it gets.
func TestRefusalsAreNotShared(t *testing.T) {
	for _, test := range []struct {
		header http.Header
		grants tenant.Grants
	}{
		{lines(), tenant.Grants{IDs: []tenant.ID{"a", "b"}}},
		{lines("a,b"), tenant.Grants{}},
		{lines("a"), tenant.Grants{}},
	} {
		_, err := tenant.Resolve(test.header, test.grants)
		first := problem.From(err)
		want := *first
		*first = problem.Error{Status: 500, Detail: "changed"}
		_, err = tenant.Resolve(test.header, test.grants)
		if got := *problem.From(err); got.Status != want.Status || got.Detail != want.Detail {
			t.Errorf("the next refusal is %+v, want %+v", got, want)
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	named, several := lines("b"), tenant.Grants{IDs: []tenant.ID{"a", "b"}, Multi: true}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tenant.Resolve(named, several); err != nil {
			b.Fatal(err)
		}
	}
}
