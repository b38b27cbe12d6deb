package request

import (
	"net/http/httptest"
	"testing"
)

// A request acts for a tenant from where it is known on, and its logger names it.
func TestWithTenant(t *testing.T) {
	for name, tt := range map[string]struct {
		known  string // before
		logs   string // the tenant that the logger names, if there is a logger
		copied bool
		log    any // of the context
	}{
		"no logger":              {"", "-", false, nil},
		"a logger that names it": {"", "a", false, nil},
		"a logger":               {"", "b", true, "log of a"},
		"known, no logger":       {"a", "-", false, nil},
		"another, no logger":     {"b", "-", true, nil},
		"another, and a logger":  {"b", "b", true, "log of a"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r = r.WithContext(Part(r.Context(), func(i *Info) {
			if tt.known != "" {
				i.Tenant.Set(tt.known)
			}
			if tt.logs != "-" {
				i.Logger.Set(logger{tt.logs})
			}
		}))
		got := WithTenant(r, "a")
		if (got != r) != tt.copied || From(got.Context()).Tenant.Value() != "a" || got.Context().Value(key{}) != tt.log {
			t.Errorf("%s: copied %v, tenant %q, log %v", name, got != r, From(got.Context()).Tenant.Value(), got.Context().Value(key{}))
		}
		if outside := From(r.Context()).Tenant.Value(); tt.known == "b" && outside != "b" {
			t.Errorf("%s: %q outside", name, outside)
		}
		if !From(got.Context()).SameRequest(From(r.Context())) {
			t.Errorf("%s: another request", name)
		}
	}
}
