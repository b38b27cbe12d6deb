//go:build !unix

package main

import "time"

var started = time.Now()

// processTime is the time since the process started: how much of it the
// process had, this system does not tell.
func processTime() time.Duration { return time.Since(started) }
