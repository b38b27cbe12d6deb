package conformance_test

import (
	"fmt"
	"slices"
	"strings"
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
			conformance.Test(t, s)
		})
	}
}

// failures are the names of the checks that fail.
func failures(t *testing.T, s conformance.Service) (names []string, report conformance.Report) {
	t.Helper()
	report, err := conformance.Run(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.Outcome == conformance.Failed {
			names = append(names, r.Check)
		}
	}
	return names, report
}

// Every check finds the fault that is made for it, and few others do.
func TestFaults(t *testing.T) {
	_, report := failures(t, newModel("").service())
	for _, r := range report.Results {
		t.Run(r.Check, func(t *testing.T) {
			t.Parallel()
			found, report := failures(t, newModel(r.Check).service())
			if !slices.Contains(found, r.Check) {
				t.Fatalf("not found; found %v", found)
			}
			if len(found) > 4 {
				t.Errorf("%d others find it, too: %v", len(found)-1, found)
			}
			for _, result := range report.Results {
				if result.Outcome == conformance.Failed && (result.Reason == "" || len(result.Exchanges) == 0 || result.Advice == "") {
					t.Errorf("the failure does not say what to do: %+v", result)
				}
				if strings.Contains(fmt.Sprint(result), "single-token") {
					t.Errorf("a token is in the report: %s", result)
				}
			}
		})
	}
}
