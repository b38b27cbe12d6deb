package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// plain is a service that knows little of the conventions.
type plain struct {
	mu      sync.Mutex
	methods []string
	name    string
}

func (s *plain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.methods = append(s.methods, r.Method)
	switch {
	case r.Header.Get("Authorization") != "Bearer s3cret":
		http.Error(w, "who are you", http.StatusUnauthorized)
	case r.URL.Path != "/people/7":
		http.NotFound(w, r)
	case r.Method == "PUT":
		s.name = r.URL.Path
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"name":"` + s.name + `"}`))
	}
}

func start(t *testing.T) (*plain, string) {
	t.Helper()
	s := &plain{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

func conform(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "service.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestExitCodes(t *testing.T) {
	_, url := start(t)
	t.Setenv("CONFORM_TOKEN", "s3cret")
	good := file(t, `{"url":"`+url+`","tokens":{"single":"$CONFORM_TOKEN"},"resources":[{"path":"/people/7","missing":"/people/0"}]}`)
	for _, test := range []struct {
		name string
		code int
		says string // in the output or the errors
		args []string
	}{
		{"kept", kept, "3 passed, 0 failed, 2 skipped", []string{"-only", "^read/", good}},
		{"kept, by flags", kept, "2 passed", []string{"-url", url, "-token", "$CONFORM_TOKEN", "-path", "/people/7", "-only", "^read/(is-there|content-type)"}},
		{"broken", broken, "failed order/401-has-a-challenge", []string{"-only", "^(order|errors)/", good}},
		{"help", kept, "usage: conform", []string{"-h"}},
		{"nothing checked", unknown, "nothing was checked", []string{"-only", "no such check", good}},
		{"nothing described", unknown, "nothing was checked", []string{"-url", url, "-only", "^tenant/"}},
		{"no URL", unknown, "there is no URL", nil},
		{"unreachable", unknown, "cannot be reached", []string{"-url", "http://127.0.0.1:1"}},
		{"not a URL", unknown, "not the URL of a service", []string{"-url", "people"}},
		{"not a path", unknown, "not a path", []string{"-url", url, "-path", "people"}},
		{"not an expression", unknown, "missing closing )", []string{"-url", url, "-only", "("}},
		{"no such flag", unknown, "flag provided but not defined", []string{"-x"}},
		{"no such file", unknown, "no such file", []string{filepath.Join(t.TempDir(), "none")}},
		{"two files", unknown, "one description", []string{good, good}},
		{"unknown field", unknown, `unknown field "ressources"`, []string{file(t, `{"url":"`+url+`","ressources":[]}`)}},
		{"two descriptions", unknown, "something follows", []string{file(t, `{} {}`)}},
		{"no such variable", unknown, "the environment has no CONFORM_NONE", []string{"-url", url, "-token", "$CONFORM_NONE"}},
		{"missing without path", unknown, "-missing goes with -path", []string{"-url", url, "-missing", "/people/0"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := conform(t, test.args...)
			if code != test.code || !strings.Contains(out+errs, test.says) {
				t.Errorf("code %d, want %d and %q\n%s\n%s", code, test.code, test.says, out, errs)
			}
			if strings.Contains(out+errs, "s3cret") {
				t.Error("the token is in the output")
			}
		})
	}
}

func TestJSON(t *testing.T) {
	_, url := start(t)
	code, out, errs := conform(t, "-url", url, "-token", "s3cret", "-path", "/people/7", "-json", "-quiet", "-only", "^(read|order|errors|head)/")
	var report struct {
		URL                     string
		Passed, Failed, Skipped int
		Results                 []struct {
			Check, Outcome, Reason, Advice string
			Exchanges                      []string
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatal(err, out)
	}
	if code != broken || errs != "" || report.URL != url || report.Failed == 0 || report.Passed+report.Failed+report.Skipped != len(report.Results) {
		t.Errorf("code %d, errors %q, %+v", code, errs, report)
	}
	for _, r := range report.Results {
		if r.Outcome == "failed" && (r.Reason == "" || r.Advice == "" || len(r.Exchanges) == 0 || !strings.HasPrefix(r.Exchanges[0], "$ curl ")) {
			t.Errorf("%+v", r)
		}
	}
}

// Progress has a line for each check.
func TestProgress(t *testing.T) {
	_, url := start(t)
	_, _, errs := conform(t, "-url", url, "-token", "s3cret", "-path", "/people/7", "-only", "^read/")
	lines := strings.Split(strings.TrimSpace(errs), "\n")
	if len(lines) != 5 || !strings.HasPrefix(lines[0], "passed  read/is-there ") {
		t.Errorf("%q", lines)
	}
}

// -read-only sends safe methods, whatever is described.
func TestReadOnly(t *testing.T) {
	s, url := start(t)
	description := file(t, `{"url":"`+url+`","tokens":{"single":"s3cret"},"token":{"content":"a=b"},"resources":[{"path":"/people/7","missing":"/people/0",
		"change":{"type":"application/json","content":"{}","conditional":true,"repeatable":true,"limit":10},
		"create":{"type":"application/json","content":"{}","async":true,"removable":true,"repeatable":true},
		"query":{"type":"application/json","content":"{}"}}]}`)
	conform(t, "-quiet", "-read-only", description)
	safe := []string{"GET", "HEAD", "OPTIONS", "PROPFIND", "QUERY"}
	for _, m := range s.methods {
		if !slices.Contains(safe, m) {
			t.Errorf("sent %s", m)
		}
	}
	if len(s.methods) < 100 {
		t.Errorf("sent %d requests only", len(s.methods))
	}
	conform(t, "-quiet", "-only", "^(precondition|create)/", description)
	if !slices.Contains(s.methods, "PUT") || !slices.Contains(s.methods, "POST") {
		t.Error("without -read-only nothing is written: the test does not test")
	}
}
