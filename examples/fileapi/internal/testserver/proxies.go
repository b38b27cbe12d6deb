//go:build unix

package testserver

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Nginx puts an nginx in front of the backend and returns its URL. http is what its http block has beside
// the server, location what its only location has beside proxy_pass.
func Nginx(t *testing.T, backend, http, location string) string {
	t.Helper()
	nginx := find(t, "nginx", "/usr/sbin/nginx")
	d, addr := t.TempDir(), Addr(t)
	conf := filepath.Join(d, "nginx.conf")
	write(t, conf, fmt.Sprintf(`
daemon off;
master_process off;
pid %[1]s/pid;
events {}
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	proxy_cache_path %[1]s/cache keys_zone=files:1m;
	proxy_http_version 1.1;
	%[2]s
	server {
		listen %[3]s;
		location / {
			proxy_pass http://%[4]s;
			%[5]s
		}
	}
}
`, d, http, addr, backend, location))
	start(t, addr, exec.Command(nginx, "-p", d, "-c", conf, "-e", "stderr"))
	return "http://" + addr
}

// Varnish puts a varnish in front of the backend and returns its URL. vcl is what follows the backend.
func Varnish(t *testing.T, backend, vcl string) string {
	t.Helper()
	varnish := find(t, "varnishd", "/usr/sbin/varnishd")
	d, addr := t.TempDir(), Addr(t)
	conf := filepath.Join(d, "default.vcl")
	host, port, _ := net.SplitHostPort(backend)
	write(t, conf, fmt.Sprintf("vcl 4.1;\nbackend default { .host = %q; .port = %q; }\n%s", host, port, vcl))
	start(t, addr, exec.Command(varnish, "-F", "-j", "none", "-a", addr, "-f", conf, "-n", filepath.Join(d, "run"), "-s", "malloc,32m"))
	return "http://" + addr
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start runs the server until the test ends, and returns when it listens on addr.
func start(t *testing.T, addr string, cmd *exec.Cmd) {
	t.Helper()
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		<-ended
	})
	for range 200 {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			return
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", cmd.Path, err, &log)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("%s does not listen on %s", cmd.Path, addr)
}
