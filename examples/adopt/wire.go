package main

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// wire has handlers that do to a ResponseWriter what real ones do, beyond one
// status and one body: each program serves them through its framework's writer.
// They are GET routes that everybody may ask.
func (s *service) wire() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"/panic": func(http.ResponseWriter, *http.Request) { panic("the database password is hunter2") },
		"/half":  half,
		"/error": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "dial tcp 10.0.0.7: refused", http.StatusServiceUnavailable)
		},
		"/bare":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) },
		"/own":     own,
		"/stream":  stream,
		"/range":   ranged,
		"/early":   early,
		"/trailer": trailer,
		"/large":   large,
		"/empty":   func(http.ResponseWriter, *http.Request) {},
	}
}

// half panics when a part of the body is with the client.
func half(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "half")
	_ = http.NewResponseController(w).Flush()
	panic("half way")
}

// own is an error response that the handler has written as it wants it.
func own(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusTeapot)
	_, _ = io.WriteString(w, `{"teapot":true}`)
}

// stream waits, after its first line, for the client to say that it has got it.
func stream(w http.ResponseWriter, r *http.Request) {
	got := seen(r)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "first\n")
	if err := http.NewResponseController(w).Flush(); err != nil {
		_, _ = io.WriteString(w, "no flush\n")
		return
	}
	select {
	case <-got:
		_, _ = io.WriteString(w, "second\n")
	case <-time.After(10 * time.Second):
		_, _ = io.WriteString(w, "kept back\n")
	}
}

// seen is a channel that ends when the client has seen the first line, for the
// tests; a request that brings none is not waited for.
func seen(r *http.Request) <-chan struct{} {
	if c, ok := r.Context().Value(seenKey{}).(chan struct{}); ok {
		return c
	}
	c := make(chan struct{})
	close(c)
	return c
}

type seenKey struct{}

func ranged(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader("0123456789"))
}

// early sends what a browser can fetch meanwhile (RFC 8297).
func early(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Link", "</style.css>; rel=preload")
	w.WriteHeader(http.StatusEarlyHints)
	w.Header().Del("Link")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "late")
}

func trailer(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Trailer", "X-Rows")
	_, _ = io.WriteString(w, "row\n")
	w.Header().Set("X-Rows", "1")
}

// large is worth compressing.
func large(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, strings.Repeat("All work and no play. ", 200))
}
