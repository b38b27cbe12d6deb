//go:build unix

package testserver

import (
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// prism is a proxy that compares requests and responses with an OpenAPI document.
const prism = "@stoplight/prism-cli@5.14.2"

// Prism puts a prism in front of the backend, whose OpenAPI document is at that URL, and returns its URL. It
// changes no response, but adds a field Sl-Violations to one that is not as documented, or whose request is not.
func Prism(t *testing.T, backend, document string) string {
	t.Helper()
	npx := find(t, "npx")
	addr := Addr(t)
	_, port, _ := net.SplitHostPort(addr)
	// The first use downloads it.
	if out, err := exec.CommandContext(t.Context(), npx, "--yes", prism, "--version").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", prism, err, out)
	}
	cmd := exec.Command(npx, "--yes", prism, "proxy", document, backend, "--port", port, "--cors=false", "--verboseLevel", "fatal")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // npx does not end what it has started
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	})
	for range 1200 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return "http://" + addr
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("prism ended: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatal("prism does not listen")
	return ""
}
