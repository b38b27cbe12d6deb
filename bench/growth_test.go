package main

import "testing"

// Whatever the size of the input, a call costs the same memory, but for a copy of
// a short one.
func TestGrowth(t *testing.T) {
	for _, c := range curves() {
		var smallest float64
		for i, size := range c.sizes {
			cs, _ := c.at(size)
			if cs[0].name != ours {
				t.Fatalf("%s: ours is not there", c.name)
			}
			allocs, grown := allocations(cs[0].op, 1)
			if i == 0 {
				smallest = grown
			}
			if grown > smallest+noMore {
				t.Errorf("%s, %d: %.0f bytes in %.0f allocations a call, %.0f at size %d", c.name, size, grown, allocs, smallest, c.sizes[0])
			}
		}
	}
}

func TestLongHeaders(t *testing.T) {
	for _, h := range headers() {
		_, short := allocations(headerOurs(h.method, h.name, h.line(1<<10)), 1)
		allocs, long := allocations(headerOurs(h.method, h.name, h.line(1<<20)), 1)
		if long > short+noMore {
			t.Errorf("%s, %.12s: %.0f bytes in %.0f allocations a call at 1 MiB, %.0f at 1 KiB", h.name, h.line(1<<10), long, allocs, short)
		}
	}
}

// The budgets that are no matter of time.
func TestBudgets(t *testing.T) {
	for _, r := range rows() {
		cs := r.among()
		if cs[0].name != ours {
			t.Errorf("%s: ours is not there", r.name)
			continue
		}
		if got := cs[0].op(); got != r.right {
			t.Errorf("%s: ours responds %q, right is %q", r.name, got, r.right)
		}
		allocs, grown := allocations(cs[0].op, 100)
		if r.over(allocs, grown) {
			t.Errorf("%s: %.1f allocations and %.0f bytes a call, budget %s", r.name, allocs, grown, r.budget)
		}
	}
}
