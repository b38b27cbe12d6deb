//go:build unix

package main

import (
	"io"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A process that is told to stop sends new requests elsewhere and finishes what it has begun.
func TestDrain(t *testing.T) {
	data := filepath.Join(t.TempDir(), "fileapi.db")
	p := spawn(t, "-data", data, "-drain", "1s")
	me := single(t, p.base)

	slow, rest := io.Pipe()
	uploaded := make(chan answer)
	go func() {
		// The content is asked for by the handler, which is past the gate.
		a, err := me.tryUpload("slow.txt", slow, "Expect: 100-continue")
		if err != nil {
			t.Error(err)
		}
		uploaded <- a
	}()
	io.WriteString(rest, "half ")

	p.Process.Signal(syscall.SIGTERM)
	for me.do(t, "GET", "/readyz", "").status == http.StatusNoContent {
		time.Sleep(10 * time.Millisecond)
	}
	refused := me.do(t, "GET", filesPath, "").want(t, http.StatusServiceUnavailable)
	if refused.header.Get("Retry-After") != "5" {
		t.Errorf("Retry-After %q", refused.header.Get("Retry-After"))
	}
	me.do(t, "GET", "/livez", "").want(t, http.StatusNoContent)

	io.WriteString(rest, "and half")
	rest.Close()
	location := (<-uploaded).want(t, http.StatusCreated).header.Get("Location")
	if err := p.Wait(); err != nil {
		t.Errorf("the process ended with %v", err)
	}

	me.base = spawn(t, "-data", data).base
	if got := me.do(t, "GET", location, "").want(t, http.StatusOK); got.body != "half and half" {
		t.Errorf("after the restart: %q", got.body)
	}
}
