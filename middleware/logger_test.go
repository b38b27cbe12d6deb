package middleware_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/tenant"
)

// addsToLogger is a layer of a service that adds a field to the request's logger.
func addsToLogger(name string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			zerolog.Ctx(r.Context()).UpdateContext(func(c zerolog.Context) zerolog.Context { return c.Str(name, r.URL.Path) })
			next.ServeHTTP(w, r)
		})
	}
}

// What is added to the logger of one request is in no line of another, also where the
// service's own logger has fields and room for more.
func TestLoggerOfAnotherRequest(t *testing.T) {
	for field, derive := range map[string]func(zerolog.Logger) zerolog.Logger{
		"":                   func(log zerolog.Logger) zerolog.Logger { return log },
		`"time":"`:           func(log zerolog.Logger) zerolog.Logger { return log.With().Timestamp().Logger() },
		`"service":"people"`: func(log zerolog.Logger) zerolog.Logger { return log.With().Str("service", "people").Logger() },
		`"service":"persons"`: func(log zerolog.Logger) zerolog.Logger {
			return log.With().Str("service", "persons").Timestamp().Logger()
		},
		`"empty":{},"user":"/`:   func(log zerolog.Logger) zerolog.Logger { return log.With().Dict("empty", zerolog.Dict()).Logger() },
		`"level":"info","user":`: func(log zerolog.Logger) zerolog.Logger { return log.With().Logger() },
	} {
		l := new(logs)
		testLoggerOfAnotherRequest(t, l, derive(zerolog.New(l)), field)
	}
}

func testLoggerOfAnotherRequest(t *testing.T, l *logs, log zerolog.Logger, field string) {
	t.Helper()
	added, goOn, done := make(chan bool), make(chan bool), make(chan bool)
	h := middleware.Default(log, nil).Append(addsToLogger("user")).ThenFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/a" {
			close(added)
			<-goOn
		}
		zerolog.Ctx(r.Context()).Info().Str("path", r.URL.Path).Msg("handler")
	})
	go func() {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/a", nil))
		close(done)
	}()
	<-added
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/b", nil))
	close(goOn)
	<-done
	for line := range strings.Lines(l.String()) {
		path := "/b"
		if strings.Contains(line, `"path":"/a"`) {
			path = "/a"
		}
		if !strings.Contains(line, field) || strings.Count(line, `"user":"`+path+`"`) != 1 || strings.Count(line, `"user"`) != 1 {
			t.Errorf("%s", line)
		}
	}
	if n := strings.Count(l.String(), "\n"); n != 4 {
		t.Errorf("%d lines", n)
	}
}

// What a layer adds to the logger is in all lines further in, whatever tenant they are
// for, and in the access line; what is added for another tenant is in its lines alone.
func TestLoggerHasWhatLayersAdd(t *testing.T) {
	grants := func(*http.Request) (tenant.Grants, error) { return tenant.Grants{IDs: []tenant.ID{"t1"}}, nil }
	forAnother := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			zerolog.Ctx(r.Context()).Info().Msg("outer")
			next.ServeHTTP(w, r.WithContext(tenant.NewContext(r.Context(), "t2")))
			zerolog.Ctx(r.Context()).Info().Msg("outer")
		})
	}
	l := new(logs)
	h := middleware.Default(zerolog.New(l), nil).Append(
		addsToLogger("one"), tenant.Require(grants, nil), addsToLogger("two"), forAnother, addsToLogger("three"),
	).ThenFunc(func(_ http.ResponseWriter, r *http.Request) {
		zerolog.Ctx(r.Context()).Info().Msg("inner")
	})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	want := []string{"outer t1: one two", "inner t2: one three two", "outer t1: one two", "request t1: one two"}
	var got []string
	for line := range strings.Lines(l.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatal(line, err)
		}
		var added []string
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			if name == "one" || name == "two" || name == "three" {
				added = append(added, name)
			}
		}
		got = append(got, fields["message"].(string)+" "+fields["tenant"].(string)+": "+strings.Join(added, " "))
		if strings.Count(line, `"tenant"`) != 1 || strings.Count(line, `"request_id"`) != 1 {
			t.Errorf("%s", line)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
