package main

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// timed is how long the processor works on n calls: not the time that other
// processes take away from this one.
func timed(do op, n int) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	start := threadTime()
	for range n {
		answered = do()
	}
	return threadTime() - start
}

func threadTime() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return time.Duration(t.Nano())
}
