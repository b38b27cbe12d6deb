package middleware_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// logs collects what the chain logs.
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

// access waits for the n-th access line of a path: it is written after the
// client has its response.
func (l *logs) access(t *testing.T, path string, n int) map[string]any {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		seen := 0
		for _, line := range strings.Split(strings.TrimSuffix(l.String(), "\n"), "\n") {
			var fields map[string]any
			if json.Unmarshal([]byte(line), &fields) != nil {
				continue
			}
			if fields["message"] == "request" && fields["path"] == path {
				if seen++; seen == n {
					return fields
				}
			}
		}
	}
	t.Fatalf("no access line %d for %s in\n%s", n, path, l)
	return nil
}

// edge is the default chain around h, and what it logs.
func edge(h http.Handler) (http.Handler, *logs) {
	l := new(logs)
	return middleware.Default(zerolog.New(l), nil).Then(h), l
}

// document is the problem document of a status, with the id that the client of
// these tests sends.
func document(status int) string {
	b, _ := json.Marshal(problem.Wrap(status, nil))
	return strings.TrimSuffix(string(b), "}") + `,"requestId":"id-1"}`
}

// stdlog is a logger for an http.Server.
func stdlog(w io.Writer) *log.Logger { return log.New(w, "", 0) }

// acceptedOf is the accepted type, or "".
func acceptedOf(ctx context.Context) string {
	accepted, _ := middleware.AcceptedFromContext(ctx)
	return accepted
}

// requestIDOf is the request id, or "".
func requestIDOf(ctx context.Context) string {
	id, _ := middleware.RequestIDFromContext(ctx)
	return id
}
