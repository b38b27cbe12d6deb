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

func TestResolveAllocatesNothing(t *testing.T) {
	named, unnamed := lines("b"), lines()
	several := tenant.Grants{IDs: []tenant.ID{"a", "b"}, Multi: true}
	one := tenant.Grants{IDs: []tenant.ID{"a"}}
	if n := testing.AllocsPerRun(100, func() {
		_, _ = tenant.Resolve(named, several)
		_, _ = tenant.Resolve(unnamed, one)
	}); n != 0 {
		t.Errorf("Resolve allocates %v times", n)
	}
}
