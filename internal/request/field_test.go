package request

import (
	"sync"
	"sync/atomic"
	"testing"
)

// A field is set once, whoever is first. Run with -race.
func TestField(t *testing.T) {
	var f Field[string]
	if v, ok := f.Get(); v != "" || ok || f.Value() != "" {
		t.Errorf("%q, %v before it is set", v, ok)
	}
	var won atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if f.Set("value") {
				won.Add(1)
			}
			if v, ok := f.Get(); ok && v != "value" {
				t.Errorf("%q", v)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || f.Value() != "value" {
		t.Errorf("set %d times, to %q", won.Load(), f.Value())
	}
	if f.Set("other") || f.Value() != "value" {
		t.Errorf("set anew to %q", f.Value())
	}
}

// The zero value is a value as any other.
func TestFieldOfZero(t *testing.T) {
	var f, g Field[string]
	if !f.Set("") || f.Set("x") {
		t.Error("an empty value does not count")
	}
	g.inherit(&f)
	if _, ok := g.Get(); !ok {
		t.Error("an empty value is not inherited")
	}
}
