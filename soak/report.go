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

// lost are the kinds of faults that are a loss of data.
var lost = []string{lostUpdate, lostWrite}

// report prints the table and the findings, and reports whether there are none.
func report(out io.Writer, results ...*result) (well bool) {
	fmt.Fprintln(out, "| service | load held | faults survived | bad inputs | lost |")
	fmt.Fprintln(out, "|---|---|---|---|---|")
	for _, r := range results {
		t := r.target
		fmt.Fprintf(out, "| %s | %d requests in %v, %d contended writes, of which %d acknowledged | %d kills with -9, %d requests broken off by them, %d clients that left, %d panics | %d | %d |\n",
			r.name, t.requests.Load(), r.took.Round(time.Second), t.writes.Load()+t.conflicts.Load(), t.writes.Load(),
			t.kills.Load(), t.broken.Load(), t.left.Load(), t.panics.Load(), t.hostiles.Load(), t.count(lost...))
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
