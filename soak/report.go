package main

import (
	"fmt"
	"io"
	"time"
)

// result is what one target held.
type result struct {
	name          string
	target        *target
	took          time.Duration
	before, after usage
}

// compare adds a finding if more is held after the load than before it.
func (r *result) compare(goroutineSlack int, heapSlack int64) {
	if r.after.goroutines > r.before.goroutines+goroutineSlack {
		r.target.add(goroutines, "%d before, %d after", r.before.goroutines, r.after.goroutines)
	}
	if r.after.heap > r.before.heap+heapSlack {
		r.target.add(heapGrown, "%.1f MiB before, %.1f MiB after", mib(r.before.heap), mib(r.after.heap))
	}
}

// lost are the kinds of faults that are a loss of data.
var lost = []string{lostUpdate, lostWrite}

// report prints the table and the findings, and reports whether there are none.
func report(out io.Writer, results ...*result) (well bool) {
	fmt.Fprintln(out, "| service | load held | faults survived | bad inputs | lost |")
	fmt.Fprintln(out, "|---|---|---|---|---|")
	for _, r := range results {
		t := r.target
		fmt.Fprintf(out, "| %s | %d requests in %v, %d contended writes acknowledged and %d refused |", r.name, t.requests.Load(),
			r.took.Round(time.Second), t.writes.Load(), t.conflicts.Load())
		if kills := t.kills.Load(); kills > 0 {
			fmt.Fprintf(out, " %d kills with -9, which broke off %d requests,", kills, t.broken.Load())
		}
		if panics := t.panics.Load(); panics > 0 {
			fmt.Fprintf(out, " %d panics,", panics)
		}
		fmt.Fprintf(out, " %d clients that left | %d | %d |\n", t.left.Load(), t.hostiles.Load(), t.count(lost...))
	}
	fmt.Fprintln(out)
	fmt.Fprintln(out, "| service | goroutines before, after | heap before, after (MiB) |")
	fmt.Fprintln(out, "|---|---|---|")
	well = true
	for _, r := range results {
		fmt.Fprintf(out, "| %s | %d, %d | %.1f, %.1f |\n", r.name, r.before.goroutines, r.after.goroutines, mib(r.before.heap), mib(r.after.heap))
	}
	for _, r := range results {
		for _, f := range r.target.all() {
			well = false
			fmt.Fprintf(out, "\n%s: %s, %d times\n", r.name, f.Kind, f.Count)
			for _, example := range f.Examples {
				fmt.Fprintf(out, "    %s\n", example)
			}
		}
	}
	return well
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
