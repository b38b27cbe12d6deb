//go:build !linux

package main

import "time"

// timed is how long n calls take.
func timed(do op, n int) time.Duration {
	start := time.Now()
	for range n {
		do()
	}
	return time.Since(start)
}
