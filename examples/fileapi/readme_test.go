//go:build unix

package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")
	claimed    = regexp.MustCompile(`(?m) # (\d{3})$`)
	statusLine = regexp.MustCompile(`HTTP/1\.1 ([2-5]\d\d) `)
)

// statuses runs the script and returns the statuses that curl shows.
func statuses(t *testing.T, script string) []string {
	t.Helper()
	for _, tool := range []string{"bash", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed; this test needs it", tool)
		}
	}
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return first(statusLine.FindAllStringSubmatch(string(out), -1))
}

func first(matches [][]string) (list []string) {
	for _, m := range matches {
		list = append(list, m[1])
	}
	return list
}

// Each line of the README answers what the README says.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	script := strings.Join(first(shellBlock.FindAllStringSubmatch(string(text), -1)), "")
	want := first(claimed.FindAllStringSubmatch(script, -1))
	if got := statuses(t, strings.ReplaceAll(script, "http://127.0.0.1:8080", serve(t))); !slices.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// So do the lines that the service prints.
func TestWelcome(t *testing.T) {
	var script strings.Builder
	for line := range strings.Lines(welcome(serve(t), "nowhere")) {
		if strings.HasPrefix(line, "  ") {
			script.WriteString(strings.ReplaceAll(line, "/tmp/", ""))
		}
	}
	want := strings.Fields("201 200 200 206 200 304 200 409 428 200 204 404 400")
	if got := statuses(t, script.String()); !slices.Equal(got, want) {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}
