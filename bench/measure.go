package main

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"time"
)

const (
	passes  = 11
	aPass   = 20 * time.Millisecond
	atLeast = 64 // calls in the run that counts allocations
)

// A result is what one contender did in one row.
type result struct {
	name     string
	response string
	ns       []float64 // one figure a pass
	allocs   float64
	bytes    float64
}

// measure times all contenders in interleaved passes: each pass has every
// contender once, so that a machine that changes its speed changes it for
// all. The order is another one each time, and nobody pays for the garbage of
// the one before; a pass is long enough for its own to be collected.
func measure(cs []contender) []result {
	results := make([]result, len(cs))
	calls := make([]int, len(cs))
	for i, c := range cs {
		results[i] = result{name: c.name, response: c.op()}
		calls[i] = calibrate(c.op)
		results[i].allocs, results[i].bytes = allocations(c.op, min(calls[i], 10_000))
	}
	for range passes {
		for _, i := range rand.Perm(len(cs)) {
			runtime.GC()
			cs[i].op() // the collector has emptied the pools
			ns := float64(timed(cs[i].op, calls[i])) / float64(calls[i])
			results[i].ns = append(results[i].ns, ns)
		}
	}
	return results
}

// timed is the processor time of n calls, with what the collector does
// meanwhile.
func timed(do op, n int) time.Duration {
	before := processTime()
	for range n {
		do()
	}
	return processTime() - before
}

// calibrate finds how many calls fill a pass.
func calibrate(do op) int {
	for n := 1; ; n *= 2 {
		if took := timed(do, n); took >= aPass/8 {
			return max(1, int(float64(n)*float64(aPass)/float64(took)))
		}
	}
}

// allocations counts allocations and bytes a call, over at least a few calls
// after a warm-up.
func allocations(do op, n int) (allocs, bytes float64) {
	n = max(n, atLeast)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	do()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		do()
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n),
		float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
}

// less is r with what base took in the same pass taken off.
func less(r, base result) result {
	ns := make([]float64, len(r.ns))
	for i := range ns {
		ns[i] = max(0.1, r.ns[i]-base.ns[i])
	}
	r.ns = ns
	return r
}

// ratio is how many times b's figure a's is: the median over the passes.
func ratio(a, b result) float64 {
	ratios := make([]float64, len(a.ns))
	for i := range ratios {
		ratios[i] = a.ns[i] / b.ns[i]
	}
	return median(ratios)
}

// missed reports whether a's figure is more than so many times b's beyond what
// noise explains: in more than two thirds of the passes. Without a difference it
// would be in half of them.
func missed(a, b result, times float64) bool {
	over := 0
	for i := range a.ns {
		if a.ns[i] > times*b.ns[i] {
			over++
		}
	}
	return 3*over > 2*len(a.ns)
}

func median(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}
