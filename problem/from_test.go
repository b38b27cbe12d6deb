package problem_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/problem"
)

var errSecret = errors.New("pq: password authentication failed")

// quotaError is an application's error that knows its document.
type quotaError struct{ none bool }

func (quotaError) Error() string { return "quota" }

func (q quotaError) Problem() *problem.Error {
	if q.none {
		return nil
	}
	return problem.New(http.StatusTooManyRequests, "slow down")
}

// upstreamError is the application's word on another service's error.
type upstreamError struct{ error }

func (e upstreamError) Unwrap() error { return e.error }

func (e upstreamError) Problem() *problem.Error { return problem.Wrap(http.StatusBadGateway, e) }

type silentError struct{ error }

func (e silentError) Unwrap() error { return e.error }

func (silentError) Problem() *problem.Error { return nil }

// convertible is an error that is another one for who asks with errors.As.
type convertible struct {
	error
	to problem.Problemer
}

func (c convertible) Unwrap() error { return c.error }

func (c convertible) As(target any) bool {
	p, ok := target.(*problem.Problemer)
	if !ok || c.to == nil {
		return false
	}
	*p = c.to
	return true
}

func TestFrom(t *testing.T) {
	notFound := problem.NotFound(errSecret)
	for _, tt := range []struct {
		name   string
		err    error
		status int
		detail string
	}{
		{"an *Error", notFound, 404, ""},
		{"wrapped", fmt.Errorf("a: %w", fmt.Errorf("b: %w", notFound)), 404, ""},
		{"joined", errors.Join(errSecret, fmt.Errorf("b: %w", notFound)), 404, ""},
		{"the outermost counts", problem.Wrap(502, problem.New(404, "theirs")), 502, ""},
		{"a Problemer", fmt.Errorf("a: %w", quotaError{}), 429, "slow down"},
		{"a Problemer without a problem", quotaError{none: true}, 500, ""},
		{"a Problemer that has an *Error as its cause", upstreamError{notFound}, 502, ""},
		{"a Problemer without a problem, joined with one that has", errors.Join(quotaError{none: true}, notFound), 404, ""},
		{"a Problemer without a problem, and its cause", silentError{notFound}, 404, ""},
		{"convertible to a Problemer", fmt.Errorf("a: %w", convertible{errSecret, quotaError{}}), 429, "slow down"},
		{"convertible to one without a problem", convertible{notFound, quotaError{none: true}}, 404, ""},
		{"convertible to something else", convertible{notFound, nil}, 404, ""},
		{"a body past the limit", fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 5}), 413, "The content of the request is larger than is taken here."},
		{"a deadline", fmt.Errorf("query: %w", context.DeadlineExceeded), 503, ""},
		{"a connection's deadline", fmt.Errorf("query: %w", os.ErrDeadlineExceeded), 503, ""},
		{"anything else", errSecret, 500, ""},
		{"canceled", context.Canceled, 500, ""},
		{"a wrapped nil *Error", fmt.Errorf("a: %w", (*problem.Error)(nil)), 500, ""},
		{"an error that panics", (*nilError)(nil), 500, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := problem.From(tt.err)
			if got.Status != tt.status || got.Detail != tt.detail {
				t.Errorf("got %d %q", got.Status, got.Detail)
			}
			if b, err := got.MarshalJSON(); err != nil || strings.Contains(string(b), "pq:") {
				t.Errorf("%s, %v", b, err)
			}
		})
	}
	if problem.From(nil) != nil || problem.From((*problem.Error)(nil)) != nil {
		t.Error("no error is no problem")
	}
	if !errors.Is(problem.From(errSecret), errSecret) {
		t.Error("the cause is lost")
	}
}

func TestConstructors(t *testing.T) {
	for _, tt := range []struct {
		err        *problem.Error
		text       string
		retryAfter string
	}{
		{problem.New(409, "try again"), "409 Conflict: try again", ""},
		{problem.Wrap(502, errSecret), "502 Bad Gateway", ""},
		{problem.NotFound(nil), "404 Not Found", ""},
		{problem.Invalid(), "400 Invalid request: The request does not have the form that is needed here.", ""},
		{problem.TooLarge(9, nil), "413 Content too large: The content of the request is larger than is taken here.", ""},
		{problem.TooLarge(9, errSecret), "413 Content too large: The content of the request is larger than is taken here.", ""},
		{problem.Unavailable(0, nil), "503 Service Unavailable", "1"},
		{problem.Unavailable(time.Millisecond, nil), "503 Service Unavailable", "1"},
		{problem.Unavailable(90*time.Second+1, errSecret), "503 Service Unavailable", "91"},
		{problem.Unavailable(-time.Hour, nil), "503 Service Unavailable", "1"},
		{problem.Unavailable(math.MaxInt64, nil), "503 Service Unavailable", "9223372037"},
		{problem.TooMany(0, nil), "429 Too Many Requests", "1"},
		{problem.TooMany(time.Minute+time.Millisecond, errSecret), "429 Too Many Requests", "61"},
		{nil, "500 Internal Server Error", ""},
	} {
		if got := tt.err.Error(); got != tt.text {
			t.Errorf("got %q, want %q", got, tt.text)
		}
		if tt.err != nil && tt.err.Header.Get("Retry-After") != tt.retryAfter {
			t.Errorf("%v: Retry-After %q, want %q", tt.err, tt.err.Header.Get("Retry-After"), tt.retryAfter)
		}
	}
}

// nilError panics as a nil pointer.
type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }

// What was written for the client is in Error, the cause in the verb %+v and in
// the value for log/slog.
func TestTexts(t *testing.T) {
	invalid := problem.Invalid(problem.Field{"#/name", "must not be empty"}, problem.Field{"#/age", "must be a number"})
	for _, tt := range []struct {
		err           *problem.Error
		client, whole string
	}{
		{problem.New(409, "try again"), "409 Conflict: try again", "409 Conflict: try again"},
		{problem.Wrap(502, errSecret), "502 Bad Gateway", "502 Bad Gateway: " + errSecret.Error()},
		{problem.Wrap(502, fmt.Errorf("call: %w", problem.NotFound(errSecret))), "502 Bad Gateway", "502 Bad Gateway: call: 404 Not Found: " + errSecret.Error()},
		{invalid, "400 Invalid request: The request does not have the form that is needed here.", "400 Invalid request: The request does not have the form that is needed here.: #/name must not be empty; #/age must be a number"},
		{nil, "500 Internal Server Error", "500 Internal Server Error"},
	} {
		for format, want := range map[string]string{
			"%v": tt.client, "%s": tt.client, "%q": strconv.Quote(tt.client), "%x": fmt.Sprintf("%x", tt.client), "%#v": tt.client,
			"%.3s": tt.client[:3], "%60v|": fmt.Sprintf("%60s|", tt.client), "%+v": tt.whole,
		} {
			if got := fmt.Sprintf(format, tt.err); got != want {
				t.Errorf("%s: %q, want %q", format, got, want)
			}
		}
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("", "error", tt.err)
		if tt.err != nil && !strings.Contains(log.String(), "error="+strconv.Quote(tt.whole)) {
			t.Errorf("log/slog: %s, want %s", log.String(), tt.whole)
		}
		if got := tt.err.LogValue().String(); got != tt.whole {
			t.Errorf("LogValue: %s, want %s", got, tt.whole)
		}
		if got := fmt.Errorf("a: %w", tt.err).Error(); got != "a: "+tt.client {
			t.Errorf("wrapped: %s", got)
		}
	}
}

func TestInvalidKeepsNoSliceOfTheCaller(t *testing.T) {
	fields := []problem.Field{{"#/a", "is missing"}}
	e := problem.Invalid(fields...)
	fields[0].Detail = "changed"
	if got, _ := e.MarshalJSON(); !strings.Contains(string(got), `"errors":[{"pointer":"#/a","detail":"is missing"}]`) {
		t.Errorf("%s", got)
	}
}
