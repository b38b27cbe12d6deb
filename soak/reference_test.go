package main

import (
	"os"
	"testing"
	"time"
)

// The reference service loses nothing while it is killed.
func TestReference(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the reference service")
	}
	dir, err := os.MkdirTemp("", "soak") // whose parents the user of PostgreSQL may enter
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	program, err := build(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := soakReference(t.Context(), 5*time.Second, 1, program, dir, bounds{kills: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.target.all() {
		t.Errorf("%s, %d times: %v", f.Kind, f.Count, f.Examples)
	}
	if r.target.writes.Load() == 0 || r.target.kills.Load() == 0 || r.before.goroutines == 0 || r.after.goroutines == 0 {
		t.Errorf("too little was done: %d writes, %d kills, goroutines %+v, %+v", r.target.writes.Load(), r.target.kills.Load(), r.before, r.after)
	}
}
