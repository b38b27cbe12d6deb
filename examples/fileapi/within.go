package main

import (
	"net/http"
	"time"
)

// within gives the content of a request so long to arrive, from now on. The server's own ReadTimeout has
// to suit the largest upload, which is known to be one, and of whom, only further in.
func within(d time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength != 0 {
				_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(d)) // a recorder has none
			}
			next.ServeHTTP(w, r)
		})
	}
}
