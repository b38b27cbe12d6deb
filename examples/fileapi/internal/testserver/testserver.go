//go:build unix

// Package testserver starts the real servers that tests talk to, each on a loopback port of its own, and
// stops them when the test ends. A test whose server is not installed is skipped and says what it lacks.
package testserver

import (
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Addr returns a loopback address on which nobody listened a moment ago.
func Addr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// find returns the newest program that matches one of the patterns.
func find(t *testing.T, name string, patterns ...string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, p := range patterns {
		if found, _ := filepath.Glob(p); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	t.Skipf("%s is not installed; this test needs it", name)
	return ""
}

// as is what makes a process run as the user where the test runs as root: PostgreSQL refuses root.
func as(name string) *syscall.SysProcAttr {
	u, err := user.Lookup(name)
	if err != nil || os.Getuid() != 0 {
		return nil
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

// dir is a temporary directory of the user's, which those of t.TempDir cannot be.
func dir(t *testing.T, name string) string {
	t.Helper()
	d, err := os.MkdirTemp("", "fileapi")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(d) })
	if a := as(name); a != nil {
		if err := os.Chown(d, int(a.Credential.Uid), int(a.Credential.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	return d
}
