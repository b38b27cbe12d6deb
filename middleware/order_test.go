package middleware_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/tenant"
)

// everyLayer makes each layer of this module. All of them let the request of
// TestOrderOfLayers through.
func everyLayer() map[string]func(http.Handler) http.Handler {
	verify := func(ctx context.Context, _ string) (context.Context, error) {
		return middleware.WithScopes(ctx, "read"), nil
	}
	current := func(*http.Request) (etag.State, error) { return etag.State{Tag: etag.Version(1)}, nil }
	return map[string]func(http.Handler) http.Handler{
		"middleware.RequestID":      middleware.RequestID,
		"middleware.AccessLog":      middleware.AccessLog(zerolog.Nop(), nil),
		"middleware.Problems":       middleware.Problems(nil),
		"middleware.Recover":        middleware.Recover,
		"middleware.Gate":           new(middleware.Gate).Handler,
		"middleware.BodyLimit":      middleware.BodyLimit(9),
		"middleware.Bearer":         middleware.Bearer(verify, nil),
		"middleware.RequireScope":   middleware.RequireScope("read"),
		"middleware.RequireNoCache": middleware.RequireNoCache,
		"middleware.ContentType":    middleware.ContentType("text/csv"),
		"middleware.Accept":         middleware.Accept("text/csv"),
		"tenant.Require":            tenant.Require(oneTenant, nil),
		"etag.Guard":                etag.Guard(current, nil),
		"etag.Computed":             etag.Computed(nil),
		"middleware.Deprecated":     middleware.Deprecated(middleware.DeprecatedOptions{Since: time.Unix(1, 0)}),

		"middleware.ReportOnly(middleware.Accept)":    middleware.ReportOnly(middleware.Accept("text/csv")),
		"middleware.ReportOnly(middleware.BodyLimit)": middleware.ReportOnly(middleware.BodyLimit(9)),
	}
}

// mustBeOutside are the layers that must not stand inside the one named.
var mustBeOutside = map[string][]string{
	"etag.Guard":              {"middleware.Bearer", "middleware.RequireScope", "tenant.Require", "middleware.Accept", "middleware.ReportOnly(middleware.Accept)"},
	"middleware.RequireScope": {"middleware.Bearer"},
	"tenant.Require":          {"middleware.Bearer"},
}

// Each pair of layers, as its users see it: a chain that is visible as a whole is
// not built, and one with something in between does not serve.
func TestOrderOfLayers(t *testing.T) {
	forbidden := map[string]bool{}
	for outer, inner := range mustBeOutside {
		for _, inner := range inner {
			forbidden[outer+" "+inner] = true
		}
	}
	timeout := func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") }
	for outer := range everyLayer() {
		for inner := range everyLayer() {
			pair, layers := outer+" "+inner, everyLayer()
			message := func() (message string) {
				defer func() {
					if v := recover(); v != nil {
						message = fmt.Sprint(v)
					}
				}()
				layers[outer](middleware.Problems(nil)(layers[inner](http.NotFoundHandler())))
				return ""
			}()
			if forbidden[pair] != (message != "") || message != "" && (!strings.Contains(message, inner) || !strings.Contains(message, outer)) {
				t.Errorf("%s: %q", pair, message)
			}
			for name, between := range map[string]func(http.Handler) http.Handler{"a wrapper": aside, "http.TimeoutHandler": timeout} {
				layers := everyLayer()
				log := new(bytes.Buffer)
				edge := middleware.Default(zerolog.New(log), nil)
				// RequireScope needs what Bearer knows.
				known := func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						next.ServeHTTP(w, r.WithContext(middleware.WithScopes(r.Context(), "read")))
					})
				}
				served := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
				wrong := edge.Append(known, layers[outer], between, layers[inner]).Then(served)
				elsewhere := edge.Append(known, layers[outer]).Then(served)
				for _, h := range []http.Handler{wrong, wrong, elsewhere} {
					log.Reset()
					r := httptest.NewRequest("GET", "/", nil)
					r.Header.Set("Authorization", "Bearer token")
					r.Header.Set("Cache-Control", "no-cache")
					rec := httptest.NewRecorder()
					h.ServeHTTP(rec, r)
					want := http.StatusNoContent
					if forbidden[pair] {
						want = http.StatusInternalServerError
					}
					if rec.Code != want || forbidden[pair] && (!strings.Contains(log.String(), inner) || !strings.Contains(log.String(), outer)) {
						t.Errorf("%s with %s in between: %d\n%s", pair, name, rec.Code, log)
					}
				}
			}
		}
	}
}
