package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// timed is how much processor time n calls take, with what the collector does
// meanwhile, and without what other processes take away from this one.
func timed(do op, n int) time.Duration {
	start := processTime()
	for range n {
		do()
	}
	return processTime() - start
}

func processTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}
