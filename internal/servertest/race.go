//go:build race

package servertest

// Race says that the race detector is on: it empties pools at random, so that
// allocations cannot be counted.
const Race = true
