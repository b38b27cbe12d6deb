//go:build unix

package main

import (
	"fmt"
	"net/http"
	"strconv"
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
	var callers []caller
	var starting sync.WaitGroup
	processes := make([]*process, 3)
	for i := range processes {
		starting.Go(func() { processes[i] = spawn(t, "-postgres", dsn) }) // all of them migrate
	}
	starting.Wait()
	if t.Failed() {
		return
	}
	token := single(t, processes[0].base).token // good on every instance
	for _, p := range processes {
		callers = append(callers, caller{base: p.base, token: token})
	}

	path := callers[0].upload(t, "counter-0", "")
	var conflicts atomic.Int64
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			c := callers[worker%len(callers)]
			for done := 0; done < steps; {
				seen := c.do(t, "GET", path, "", acceptJSON)
				n, err := strconv.Atoi(strings.TrimPrefix(seen.json(t, "name").(string), "counter-"))
				if err != nil {
					t.Error(err)
					return
				}
				switch a := c.do(t, "PATCH", path, fmt.Sprintf(`{"name":"counter-%d"}`, n+1), mergePatch, "If-Match: "+seen.header.Get("ETag")); a.status {
				case http.StatusOK:
					done++
				case http.StatusConflict:
					conflicts.Add(1)
				default:
					t.Errorf("%d %s", a.status, a.body)
					return
				}
			}
		})
	}
	all.Wait()
	if n := callers[1].counted(t, path); n != workers*steps {
		t.Errorf("counted to %d, want %d", n, workers*steps)
	}
	if conflicts.Load() == 0 {
		t.Error("no update lost its race: the test did not test")
	}
	t.Logf("%d updates, %d conflicts", workers*steps, conflicts.Load())
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
