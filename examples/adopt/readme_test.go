package main

import (
	"os"
	"strings"
	"testing"
)

// README has each file of a program, and the table each program.
func TestReadmeHasEachProgram(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{
		"mux", "chi", "gorilla", "gin", "ginwriter", "echo", "echo5", "huma", "oapi", "oapilist", "connect", "connecterror",
		"routes", "routebyroute", "otel", "cors", "gzip", "prometheus", "sentry", "limit", "timeout", "crossorigin",
	} {
		if _, err := os.Stat(file + ".go"); err != nil || !strings.Contains(string(readme), "("+file+".go)") {
			t.Errorf("%s.go: %v", file, err)
		}
	}
	if len(subjects) != len(programs) {
		t.Errorf("%d programs, %d of them tested", len(programs), len(subjects))
	}
}
