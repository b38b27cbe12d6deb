package tenant_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/tenant"
)

// A directive about certain fields, as session layers protect their cookie with,
// is no choice about the response (RFC 9111 §5.2.2.4).
func TestCacheControlAboutFields(t *testing.T) {
	one := func(*http.Request) (tenant.Grants, error) { return tenant.Grants{IDs: []tenant.ID{"t1"}}, nil }
	for said, want := range map[string]string{
		``:                                   `private, no-cache`,
		`-`:                                  `private, no-cache`,
		`no-cache="Set-Cookie"`:              `no-cache="Set-Cookie", private, no-cache`,
		`Private="Set-Cookie", no-cache="a"`: `Private="Set-Cookie", no-cache="a", private, no-cache`,
		`no-cache="a", max-age=60`:           `no-cache="a", max-age=60`,
		`no-cache`:                           `no-cache`,
		`private`:                            `private`,
		`public`:                             `public`,
	} {
		h := tenant.Require(one, nil)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			switch said {
			case "":
			case "-": // a setting that is not set
				w.Header().Set("Cache-Control", "")
			default:
				w.Header().Set("Cache-Control", said)
			}
			_, _ = io.WriteString(w, "a tenant's data")
		}))
		servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
			resp, _ := servertest.Do(t, s, "GET", "/", "")
			if got := strings.Join(resp.Header["Cache-Control"], ", "); got != want {
				t.Errorf("%q: %q, want %q", said, got, want)
			}
		})
	}
}
