package conformance_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apiconventions/apiconventions/conformance"
)

// The kit finds nothing in a service that keeps the conventions, and leaves
// nothing out that is described.
func TestConformant(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
		t.Run(protocol, func(t *testing.T) {
			s := newModel("").service()
			s.HTTP2 = protocol == "HTTP/2"
			names, report := run(t, s)
			if len(names) > 0 {
				t.Errorf("failed: %v", names)
			}
			for _, r := range report.Results {
				http1 := strings.HasPrefix(r.Check, "upload/") && s.HTTP2
				if r.Outcome == conformance.Skipped && !http1 && r.Check != "caching/public" {
					t.Errorf("%s is skipped: %s", r.Check, r.Reason)
				}
			}
		})
	}
}

// A service may choose to be public for all who name the tenant.
func TestPublic(t *testing.T) {
	m := newModel("")
	m.public = true
	s := m.service()
	s.Only = "^(" + strings.Join(otherGroups, "|") + ")/"
	failed, report := run(t, s)
	if len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
	for _, r := range report.Results {
		if r.Check == "caching/public" && r.Outcome != conformance.Passed {
			t.Errorf("%+v", r)
		}
	}
}

// Test reports as Run does, in subtests.
func TestTest(t *testing.T) {
	s := newModel("").service()
	s.Resources = append(s.Resources, s.Resources[0])
	s.Resources[1].Name = "the same"
	s.Only = "^(read|order|token)/"
	conformance.Test(t, s)
}

// run returns the names of the checks that fail, and the report.
func run(t *testing.T, s conformance.Service) (failed []string, report conformance.Report) {
	t.Helper()
	report, err := conformance.Run(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.Outcome == conformance.Failed {
			failed = append(failed, r.Check)
		}
	}
	return failed, report
}

// names are the names of all checks.
func names(t *testing.T) (names []string) {
	t.Helper()
	_, report := run(t, conformance.Service{Handler: http.NotFoundHandler()})
	for _, r := range report.Results {
		names = append(names, r.Check)
	}
	if len(names) < 90 {
		t.Fatalf("%d checks", len(names))
	}
	return names
}

// Every check finds the fault that is made for it, and few others do.
func TestFaults(t *testing.T) {
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newModel(name)
			m.public = name == "caching/public"
			s := m.service()
			// Hostile requests and uploads take nine tenths of the time of a run, and find
			// what only they look for.
			group, _, _ := strings.Cut(name, "/")
			s.Only = "^(" + strings.Join(append([]string{group}, otherGroups...), "|") + ")/"
			found, report := run(t, s)
			if !slices.Contains(found, name) {
				t.Fatalf("not found; found %v", found)
			}
			if len(found) > 4 {
				t.Errorf("%d others find it, too: %v", len(found)-1, found)
			}
			for _, r := range report.Results {
				if r.Outcome == conformance.Failed && (r.Reason == "" || len(r.Exchanges) == 0 || r.Advice == "") {
					t.Errorf("the failure does not say what to do: %+v", r)
				}
				if strings.Contains(fmt.Sprint(r), "single-token") || strings.Contains(fmt.Sprint(r), "secret=s") {
					t.Errorf("a secret is in the report: %s", r)
				}
			}
		})
	}
}

// otherGroups are all groups but hostile and upload.
var otherGroups = []string{"read", "order", "tenant", "negotiation", "precondition", "caching", "cors", "head", "ranges", "query", "create", "repeats", "errors", "request-id", "token"}

// The README has every check, with its sentence.
func TestReadmeHasEveryCheck(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, report := run(t, conformance.Service{Handler: http.NotFoundHandler()})
	for _, r := range report.Results {
		if row := fmt.Sprintf("| `%s` | %s | %s |\n", r.Check, r.Sentence, r.Reference); !strings.Contains(string(readme), row) {
			t.Errorf("missing: %s", strings.TrimSuffix(row, "\n"))
		}
	}
	_, table, _ := strings.Cut(string(readme), "\n## The checks\n")
	if rows := regexp.MustCompile("(?m)^\\| `").FindAllString(table, -1); len(rows) != len(report.Results) {
		t.Errorf("the README has %d checks, and the kit %d", len(rows), len(report.Results))
	}
}

// The description in the README is one.
func TestReadmeDescription(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(readme), "```json\n")
	text, _, ok := strings.Cut(text, "```")
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	var s conformance.Service
	if err := d.Decode(&s); err != nil || !ok || len(s.Resources) == 0 {
		t.Errorf("%v: %s", err, text)
	}
}

// What a server before the service answers itself is not held against it.
func TestNotReached(t *testing.T) {
	m := newModel("")
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, values := range r.Header {
			if len(values[0]) > 4000 {
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(http.StatusBadRequest)
				fmt.Fprint(w, "<html>Request Header Or Cookie Too Large</html>")
				return
			}
		}
		m.ServeHTTP(w, r)
	}))
	defer front.Close()
	s := m.service()
	s.Handler, s.URL, s.Only = nil, front.URL, "^hostile/"
	failed, report := run(t, s)
	if len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
	for _, r := range report.Results {
		switch r.Check {
		case "hostile/fields-of-1-mib":
			if r.Outcome != conformance.Skipped || !strings.HasPrefix(r.Reason, "not reached: ") {
				t.Errorf("%+v", r)
			}
		case "hostile/malformed-fields":
			if r.Outcome != conformance.Passed || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "did not reach the service") {
				t.Errorf("%+v", r)
			}
		}
	}
}

// A limit to the rate of requests is not held against the service.
func TestRateLimit(t *testing.T) {
	m := newModel("")
	var served atomic.Int64
	s := m.service()
	s.Only = "^(" + strings.Join(otherGroups, "|") + "|hostile)/"
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := served.Add(1); n > 20 && n%3 == 0 {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		m.ServeHTTP(w, r)
	})
	if failed, _ := run(t, s); len(failed) > 0 {
		t.Errorf("failed: %v", failed)
	}
	t.Logf("%d requests", served.Load())
}

// A service that has nothing of the conventions is told so, and the kit does not
// stumble over it.
func TestAlien(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"nothing":  func(w http.ResponseWriter, r *http.Request) {},
		"breaks":   func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
		"fails":    func(w http.ResponseWriter, r *http.Request) { http.Error(w, "", http.StatusInternalServerError) },
		"half": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("half"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newModel("").service()
			s.Handler = h
			s.Only = "^(" + strings.Join(otherGroups, "|") + "|hostile)/"
			report, err := conformance.Run(t.Context(), s, nil)
			if name == "breaks" {
				if err == nil {
					t.Error("a service that never responds is reachable")
				}
				return
			}
			if err != nil || !slices.ContainsFunc(report.Results, func(r conformance.Result) bool { return r.Outcome == conformance.Failed }) {
				t.Errorf("%v, %v", err, report)
			}
		})
	}
}

// A description that cannot be right is an error, before a request is sent.
func TestMalformedDescription(t *testing.T) {
	h := http.NotFoundHandler()
	for name, s := range map[string]conformance.Service{
		"neither":        {},
		"both":           {Handler: h, URL: "http://127.0.0.1"},
		"no URL":         {URL: "127.0.0.1:80"},
		"with a query":   {URL: "http://127.0.0.1/?a=b"},
		"no path":        {Handler: h, Resources: []conformance.Resource{{Name: "a"}}},
		"relative path":  {Handler: h, Resources: []conformance.Resource{{Path: "a"}}},
		"another host":   {Handler: h, Resources: []conformance.Resource{{Path: "//host/a"}}},
		"the same name":  {Handler: h, Resources: []conformance.Resource{{Path: "/a"}, {Path: "/a"}}},
		"a path, change": {Handler: h, Resources: []conformance.Resource{{Path: "/a", Change: &conformance.Request{Path: "b"}}}},
		"expression":     {Handler: h, Only: "("},
	} {
		if _, err := conformance.Run(t.Context(), s, func(conformance.Result) { t.Errorf("%s: a check ran", name) }); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
