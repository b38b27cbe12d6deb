package middleware_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/middleware"
)

// RFC 9110 §11.4 and RFC 6750 §2.1, read literally.
var (
	credentials = regexp.MustCompile(`\A[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9\-._~+/]+=*)\z`)
	scheme      = regexp.MustCompile("\\A[A-Za-z0-9!#$%&'*+.^_`|~-]*")
)

func FuzzAuthorization(f *testing.F) {
	for _, value := range []string{
		"", "Bearer", "Bearer ", "Bearer x", "bEARER  x==", "Bearer =", "Bearer x=y", "Bearer x, y", "Bearer\tx", "Bearer x\t",
		"Basic YTpi", "Bearers x", "Bearer,x", `Bearer "x"`, "\u212Bearer x", "Bearer x\x00", "x", "Bearer \u00a0x",
		"Bearer ~x", "Bearer ~", "Bearer x~=", "Bearer x=~", "Bearer/x",
	} {
		f.Add(value, false)
		f.Add(value, true)
	}
	for c := range 256 {
		f.Add("Bearer x"+string([]byte{byte(c)})+"x", false)
	}
	f.Fuzz(func(t *testing.T, value string, twice bool) {
		got := ""
		h := middleware.Bearer(func(ctx context.Context, token string) (context.Context, error) {
			got = token
			return ctx, nil
		}, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Authorization"] = []string{value}
		if twice {
			r.Header["Authorization"] = []string{value, value}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)

		field := strings.Trim(value, " \t")
		token, status := "", 401
		if m := credentials.FindStringSubmatch(field); m != nil && !twice {
			token, status = m[1], 200
		} else if twice || strings.EqualFold(scheme.FindString(field), "bearer") {
			status = 400
		}
		if w.Code != status || got != token {
			t.Errorf("Authorization: %q, twice %v: %d and token %q, want %d and %q", value, twice, w.Code, got, status, token)
		}
		if len(value) > 70 && strings.Contains(w.Body.String(), value) {
			t.Errorf("%s echoes %q", w.Body, value)
		}
	})
}
