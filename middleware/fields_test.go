package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// requestFields are those that the module reads.
var requestFields = []string{
	"Accept", "Authorization", "Cache-Control", "Connection", "Content-Encoding", "Content-Language", "Content-Type", "Expect",
	"Idempotency-Key", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Range",
	"Traceparent", "Upgrade", "X-Raet-Tenant-Id", "X-Request-Id",
}

// everything is every layer that reads a field, in one chain that lets through what it
// can.
func everything() http.Handler {
	state := etag.State{Tag: etag.Version(7), Modified: time.Unix(1e9, 0)}
	verify := func(ctx context.Context, token string) (context.Context, error) {
		if token != "token-01" {
			// As parsers do, it names what it cannot read.
			return nil, fmt.Errorf("%w: %.100s", middleware.ErrToken, token)
		}
		return ctx, nil
	}
	grants := func(*http.Request) (tenant.Grants, error) { return tenant.Grants{IDs: []tenant.ID{"a"}}, nil }
	return middleware.Default(zerolog.New(io.Discard), nil).Append(
		middleware.BodyLimit(1<<20),
		middleware.Bearer(verify, nil),
		tenant.Require(grants, nil),
		middleware.ReportOnly(middleware.RequireNoCache),
		middleware.ReportOnly(middleware.ContentType("application/json", "text/*;charset=utf-8", "multipart/form-data")),
		middleware.ReportOnly(middleware.Accept("application/json", "text/csv;header=present")),
		etag.Guard(func(*http.Request) (etag.State, error) { return state, nil }, &etag.Options{Caller: func(*http.Request) string { return "ada" }}),
	).Then(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		if _, err := etag.Fingerprint(r.Context()); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}))
}

// A field of 1 MiB takes linear time, and no memory that grows with it. What takes the
// square of its length does not come back.
func TestLongFields(t *testing.T) {
	if servertest.Race {
		t.Skip("the race detector takes its own memory")
	}
	const size, most = 1 << 20, 48 << 10
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	var segments strings.Builder
	for i := 0; segments.Len() < size; i++ {
		fmt.Fprintf(&segments, "%016d.", i)
	}
	values := []string{
		fill("a"), fill(","), fill(";"), fill(`"`), fill(`\`), fill(" "), fill("\t"), fill("="), fill("*"), fill("/"), fill("-"), fill("0"), fill("%"), fill("é"),
		fill("W/"), fill("a/b,"), fill("a=b;"), fill(`"7",`), fill(`"7"x,`), fill("*,"), fill("q=0.5;"), fill("0-1,"), fill("no-cache=,"),
		"Bearer " + fill("a"), "Bearer " + segments.String() + "a", "Bearer" + fill(" ") + "a",
		"application/json" + fill(" ;"), "application/json;" + fill("a=b;"), "multipart/form-data;boundary=" + fill("b"), "application/json;q=0." + fill("9"),
		"bytes=" + fill("0-1,"), "bytes=0-" + fill("9"), `"` + fill("a") + `"`, `"k";` + fill("a;"), `"k";a="` + fill(`\"`) + `"`,
		time.Unix(1e9, 0).UTC().Format(http.TimeFormat) + fill(" "), fill(" ") + "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, " + fill("2"),
		"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-" + fill("a"),
	}
	h := everything()
	for _, field := range requestFields {
		for _, method := range []string{"GET", "PUT", "QUERY"} {
			for i, value := range values {
				for _, lines := range [][]string{{value}, {value, value}} {
					r := httptest.NewRequest(method, "/", strings.NewReader("{}"))
					r.Header.Set("Authorization", "Bearer token-01")
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Idempotency-Key", "k1")
					r.Header.Set("Range", "bytes=0-0")
					r.Header[field] = lines
					_, bytes := cost(1, func() {
						r.Body = io.NopCloser(strings.NewReader("{}"))
						h.ServeHTTP(httptest.NewRecorder(), r)
					})
					if bytes > most {
						t.Errorf("%s with %d times %s, value %d (%.40q): %d bytes", method, len(lines), field, i, value, bytes)
					}
				}
			}
		}
	}
}

// The text of verify's error, however much of the token it quotes, takes linear time.
func TestLongTextOfALongToken(t *testing.T) {
	var token strings.Builder
	for i := 0; token.Len() < 1<<20; i++ {
		fmt.Fprintf(&token, "%016d.", i)
	}
	h := middleware.Bearer(func(_ context.Context, token string) (context.Context, error) {
		return nil, errors.New(token[5:])
	}, nil)(http.NotFoundHandler())
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+token.String()+"a")
	w := httptest.NewRecorder()
	middleware.AccessLog(zerolog.New(io.Discard), nil)(h).ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("%d", w.Code)
	}
}
