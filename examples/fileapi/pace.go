package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// within gives the content of a request so long to arrive, from now on. The server's own ReadTimeout would
// have to suit the largest upload, which is known to be one, and of whom, only further in.
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

// paced lets the content of a request take as long as it comes: a client that sends nothing for idle is
// given up, and one that takes longer than all.
func paced(idle, all time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			copied := *r
			copied.Body = &pacedBody{r.Body, w, idle, time.Now().Add(all)}
			next.ServeHTTP(w, &copied)
		})
	}
}

type pacedBody struct {
	io.ReadCloser
	response http.ResponseWriter
	idle     time.Duration
	end      time.Time
}

func (b *pacedBody) Read(p []byte) (int, error) {
	connection := http.NewResponseController(b.response)
	now := time.Now()
	deadline := now.Add(b.idle)
	if deadline.After(b.end) {
		deadline = b.end
	}
	_ = connection.SetReadDeadline(deadline)
	_ = connection.SetWriteDeadline(now.Add(2 * b.idle)) // the response comes after the content
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == io.EOF:
		// What the client sends next is another request. Waiting for it must not end this one.
		_ = connection.SetReadDeadline(time.Time{})
	case errors.Is(err, os.ErrDeadlineExceeded):
		// The server would wait for the rest before it responds.
		b.response.Header().Set("Connection", "close")
	}
	return n, err
}

// pacedWriter lets a response take as long as its client reads: one that takes nothing of a write for idle
// is given up.
type pacedWriter struct {
	http.ResponseWriter
	idle time.Duration
}

func (w pacedWriter) Write(p []byte) (int, error) {
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(w.idle))
	return w.ResponseWriter.Write(p)
}
