package tenant_test

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// grammar is the house's tenant id, read literally.
var grammar = regexp.MustCompile(`\A\.{0,63}[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}\z`)

func isID(s string) bool { return len(s) <= 64 && grammar.MatchString(s) }

// expected is the rule once more, told by what may happen and not by what is
// looked at first: the tenant, or the type of the refusal.
func expected(values []string, g tenant.Grants) string {
	if len(values) > 1 {
		return "tenant-malformed"
	}
	if len(values) == 1 {
		asked := strings.Trim(values[0], " \t")
		switch {
		case !isID(asked):
			return "tenant-malformed"
		case slices.Contains(g.IDs, tenant.ID(asked)):
			return asked
		}
		return "tenant-not-granted"
	}
	distinct := map[tenant.ID]bool{}
	for _, id := range g.IDs {
		distinct[id] = true
	}
	switch {
	case len(distinct) == 0:
		return "tenant-not-granted"
	case len(distinct) > 1 || g.Multi:
		return "tenant-required"
	case !isID(string(g.IDs[0])):
		return "tenant-not-granted"
	}
	return string(g.IDs[0])
}

// Whatever comes in: no request acts for a tenant outside its grants, and none
// without one.
func TestRandomRequests(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 2026))
	words := []string{"", "a", "b", "A", "ab", "1234567", " a", "a\t", "a,b", "a, a", ",", "a b", "*", "ä", "a\x00", "%61", ".", "..", "a..", "..a",
		strings.Repeat("a", 64), strings.Repeat("a", 65), "-", "null", "\"a\"", "a;b"}
	word := func() string {
		if rnd.IntN(8) > 0 {
			return words[rnd.IntN(len(words))]
		}
		b := make([]byte, rnd.IntN(70))
		for i := range b {
			b[i] = byte(rnd.IntN(256))
		}
		return string(b)
	}
	var grants tenant.Grants
	acted := ""
	h := tenant.Require(
		func(*http.Request) (tenant.Grants, error) { return grants, nil }, nil,
	)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, ok := tenant.FromContext(r.Context())
		if !ok || id == "" || !slices.Contains(grants.IDs, id) {
			t.Errorf("acts for %q, %v, with grants %q", id, ok, grants.IDs)
		}
		acted = string(id)
	}))
	seen := map[string]int{}
	for range 10_000 {
		grants = tenant.Grants{Multi: rnd.IntN(4) == 0}
		for range rnd.IntN(4) {
			grants.IDs = append(grants.IDs, tenant.ID(word()))
		}
		var values []string
		for n := rnd.IntN(8); n < 5; n += 4 { // none 3, one 4, two 1 of 8
			values = append(values, word())
		}
		if len(values) == 1 && len(grants.IDs) > 0 && rnd.IntN(2) == 0 {
			values[0] = string(grants.IDs[rnd.IntN(len(grants.IDs))])
		}
		r := httptest.NewRequest("GET", "/", nil)
		if values != nil {
			r.Header["X-Raet-Tenant-Id"] = values
		}
		acted = ""
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := acted
		if got == "" {
			var p *problem.Error
			if errors.As(problem.FromResponse(w.Result()), &p) {
				got = strings.TrimPrefix(p.Type, "/problems/")
			}
		}
		want := expected(values, grants)
		if got != want {
			t.Fatalf("header %q with grants %q, Multi %v: %s, want %s", values, grants.IDs, grants.Multi, got, want)
		}
		if !strings.HasPrefix(want, "tenant-") {
			want = "acts"
		}
		seen[want]++
	}
	for _, want := range []string{"acts", "tenant-required", "tenant-malformed", "tenant-not-granted"} {
		if seen[want] < 250 {
			t.Errorf("only %d of the requests were %s: the test has lost its aim", seen[want], want)
		}
	}
}

func FuzzHeader(f *testing.F) {
	for _, value := range []string{"a", "b", "", " a ", "a,b", "a b", "\"a\"", "ä", "A.b_c-9", strings.Repeat("a", 65), "a\x00", "a\n"} {
		f.Add(value, "", "a", "b", false)
		f.Add(value, value, "a", "", true)
	}
	documents := map[string]string{}
	f.Fuzz(func(t *testing.T, first, second, granted, other string, multi bool) {
		g := tenant.Grants{IDs: []tenant.ID{tenant.ID(granted), tenant.ID(other)}, Multi: multi}
		for _, values := range [][]string{{first}, {first, second}, nil} {
			id, err := tenant.Resolve(http.Header{tenant.Header: values}, g)
			if got, want := outcome(t, id, err), expected(values, g); got != want {
				t.Errorf("header %q with grants %q, Multi %v: %s, want %s", values, g.IDs, multi, got, want)
			}
			if err == nil {
				continue
			}
			// The document depends on the kind of refusal alone, so nothing that
			// was sent is in it.
			refusal := problem.From(err)
			doc, _ := refusal.MarshalJSON()
			if documents[refusal.Type] == "" {
				documents[refusal.Type] = string(doc)
			}
			if string(doc) != documents[refusal.Type] {
				t.Errorf("document %s, but before %s", doc, documents[refusal.Type])
			}
		}
	})
}
