//go:build unix

package main

import (
	"syscall"
	"time"
)

// processTime is the processor time that this process has used, in the kernel
// and outside it. What other processes take away does not count.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
