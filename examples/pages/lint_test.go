package main

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// linter is a linter of OpenAPI documents that is not ours.
const linter = "@redocly/cli@2.77.0"

// The linter finds nothing in the components that are served, those of the
// service's own type included, and does find what is wrong.
func TestLint(t *testing.T) {
	if _, err := exec.LookPath("npx"); err != nil {
		t.Skip("no npx is installed")
	}
	rec := httptest.NewRecorder()
	service().ServeHTTP(rec, httptest.NewRequest("GET", "/problems/openapi.json", nil))
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), "OutOfCredit") {
		t.Fatal(rec.Code)
	}
	for _, tt := range []struct {
		name, document string
		valid          bool
	}{
		{"as it is served", rec.Body.String(), true},
		{"with a reference that leads nowhere", strings.ReplaceAll(rec.Body.String(), `"#/components/schemas/OutOfCredit"`, `"#/components/schemas/Nothing"`), false},
		{"with an example of another type", strings.ReplaceAll(rec.Body.String(), `"status": 403`, `"status": "403"`), false},
	} {
		file := filepath.Join(t.TempDir(), "openapi.json")
		if err := os.WriteFile(file, []byte(tt.document), 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "npx", "--yes", linter, "lint", "--config", "redocly.yaml", file).CombinedOutput()
		if clean := err == nil && !strings.Contains(string(out), "arning was generated"); clean != tt.valid {
			t.Errorf("%s: %v\n%s", tt.name, err, out)
		}
	}
}
