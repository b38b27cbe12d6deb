//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/apiconventions/apiconventions/examples/fileapi/internal/testserver"
)

// Three processes on one PostgreSQL count up in one file. Whoever read an old version gets a 409 and
// reads again, so that no step is lost.
func TestRace(t *testing.T) {
	dsn := testserver.Postgres(t).DSN
	const workers, steps = 6, 25
	processes := make([]*process, 3)
	for i := range processes {
		processes[i] = launch(t, "-postgres", dsn) // all of them migrate
	}
	for _, p := range processes {
		p.await(t)
	}
	first := single(t, processes[0].base)
	path := first.upload(t, "counter-0", "")

	var conflicts atomic.Int64
	var all sync.WaitGroup
	for worker := range workers {
		c := caller{base: processes[worker%len(processes)].base, token: first.token} // good on every instance
		all.Go(func() {
			for done := 0; done < steps; {
				switch status, err := c.step(path); {
				case err != nil:
					t.Error(err)
					return
				case status == http.StatusOK:
					done++
				case status == http.StatusConflict:
					conflicts.Add(1)
				default:
					t.Errorf("status %d", status)
					return
				}
			}
		})
	}
	all.Wait()
	if n := first.counted(t, path); n != workers*steps {
		t.Errorf("counted to %d, want %d", n, workers*steps)
	}
	if conflicts.Load() == 0 {
		t.Error("no update lost its race: the test did not test")
	}
	t.Logf("%d updates, %d conflicts", workers*steps, conflicts.Load())
}

// step counts up by one from what it reads, and returns the status of the update.
func (c caller) step(path string) (status int, err error) {
	seen, err := c.try("GET", path, nil, acceptJSON)
	if err != nil {
		return 0, err
	}
	var file fileView
	var n int
	if err := json.Unmarshal([]byte(seen.body), &file); err != nil {
		return 0, err
	}
	if _, err := fmt.Sscanf(file.Name, "counter-%d", &n); err != nil {
		return 0, err
	}
	a, err := c.try("PATCH", path, strings.NewReader(fmt.Sprintf(`{"name":"counter-%d"}`, n+1)),
		mergePatch, "If-Match: "+seen.header.Get("ETag"))
	return a.status, err
}

// While the database is away the service says when to come back, stays alive, and is not ready.
func TestDatabaseAway(t *testing.T) {
	cluster := testserver.Postgres(t)
	p := spawn(t, "-postgres", cluster.DSN)
	me := single(t, p.base)
	path := me.upload(t, "here.txt", "here")

	cluster.Stop(t)
	for _, request := range [][]string{{"GET", path}, {"GET", filesPath}, {"DELETE", path}, {"PATCH", path}} {
		a := me.do(t, request[0], request[1], `{"name":"there.txt"}`, mergePatch, "If-Match: *").want(t, http.StatusServiceUnavailable)
		if a.header.Get("Retry-After") != "5" {
			t.Errorf("%s: Retry-After %q", request, a.header.Get("Retry-After"))
		}
	}
	a, err := me.tryUpload("new.txt", strings.NewReader("new"))
	if err != nil {
		t.Fatal(err)
	}
	a.want(t, http.StatusServiceUnavailable)
	me.do(t, "GET", "/readyz", "").want(t, http.StatusServiceUnavailable)
	me.do(t, "GET", "/livez", "").want(t, http.StatusNoContent)

	cluster.Start(t)
	me.do(t, "GET", "/readyz", "").want(t, http.StatusNoContent)
	if a := me.do(t, "GET", path, "").want(t, http.StatusOK); a.body != "here" {
		t.Errorf("body %q", a.body)
	}
}
