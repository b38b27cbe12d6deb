package tenant_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/tenant"
)

// tokens are those that the service of these tests knows.
var tokens = map[string]tenant.Grants{
	"token-of-one":            {IDs: []tenant.ID{"a"}},
	"token-of-one-twice":      {IDs: []tenant.ID{"a", "a"}},
	"token-of-b":              {IDs: []tenant.ID{"b"}},
	"token-of-several":        {IDs: []tenant.ID{"c", "a", "d"}},
	"token-of-a-and-b":        {IDs: []tenant.ID{"a", "b"}},
	"token-multi":             {IDs: []tenant.ID{"a", "c"}, Multi: true},
	"token-multi-of-one":      {IDs: []tenant.ID{"a"}, Multi: true},
	"token-of-none":           {},
	"token-of-none-multi":     {Multi: true},
	"token-of-the-empty":      {IDs: []tenant.ID{""}},
	"token-of-a-and-empty":    {IDs: []tenant.ID{"a", ""}},
	"token-of-no-id":          {IDs: []tenant.ID{"a b"}},
	"token-whose-grants-fail": {},
}

type tokenKey struct{}

func verify(ctx context.Context, token string) (context.Context, error) {
	if token == "token-while-the-key-server-is-down" {
		return nil, errors.New("dial tcp: connection refused")
	}
	if _, ok := tokens[token]; !ok {
		return nil, fmt.Errorf("%w: unknown", middleware.ErrToken)
	}
	return context.WithValue(ctx, tokenKey{}, token), nil
}

var errGrants = errors.New("the directory does not answer")

func grants(r *http.Request) (tenant.Grants, error) {
	token := r.Context().Value(tokenKey{}).(string)
	if token == "token-whose-grants-fail" {
		return tenant.Grants{}, errGrants
	}
	return tokens[token], nil
}

// logs collects what a service logs.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// lines waits for the access line of a request, which is written after the
// client has its response, and returns all lines of the request.
func (l *logs) lines(t *testing.T, id string) []map[string]any {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		var found []map[string]any
		for line := range strings.Lines(l.String()) {
			var fields map[string]any
			if !strings.Contains(line, id) || json.Unmarshal([]byte(line), &fields) != nil || fields["request_id"] != id {
				continue
			}
			if found = append(found, fields); fields["message"] == "request" {
				return found
			}
		}
	}
	t.Fatalf("no access line for %s in\n%s", id, l)
	return nil
}

// serve is the service: the edge, a token, a tenant, h.
func serve(o *tenant.Options, h http.Handler) (http.Handler, *logs) {
	l := new(logs)
	return middleware.Default(zerolog.New(l), nil).
		Append(middleware.Bearer(verify, nil), tenant.Require(grants, o)).
		Then(h), l
}
