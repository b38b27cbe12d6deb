//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The first line is there before the database is, and the last before the lines to paste says where the data
// are and how to stop.
func TestStart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "start.db")
	p := launch(t, "-data", data)
	lines := bufio.NewScanner(p.out)
	var head []string
	for lines.Scan() && !strings.Contains(lines.Text(), "paste") {
		head = append(head, lines.Text())
	}
	if len(head) < 2 || head[0] != "Opening "+data {
		t.Fatalf("%q", head)
	}
	for _, part := range []string{"http://127.0.0.1:", data, "Ctrl-C"} {
		if last := head[len(head)-1]; !strings.Contains(last, part) {
			t.Errorf("%q does not say %s", last, part)
		}
	}
}

// What a flag's help shows is not the password of the database.
func TestHelpShowsNoPassword(t *testing.T) {
	cmd := exec.Command(os.Args[0], "-h")
	cmd.Env = append(os.Environ(), "FILEAPI_TEST_CHILD=1", "FILEAPI_POSTGRES_DSN=postgres://me:secret@127.0.0.1/files")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "FILEAPI_POSTGRES_DSN") || strings.Contains(string(out), "secret") {
		t.Errorf("%s, %v", out, err)
	}
}
