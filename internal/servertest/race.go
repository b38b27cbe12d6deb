//go:build race

package servertest

// Race reports whether the race detector is on. It empties pools at random, so that
// allocations cannot be counted.
const Race = true
