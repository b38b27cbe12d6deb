package main

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// A header is one field of a request that can be made as long as one likes.
type header struct {
	method, name string
	line         func(n int) string // of n bytes and a few
}

// A long header may cost us so many nanoseconds a byte, and so many bytes of
// memory more than a short one.
const (
	perByte = 10
	noMore  = 4096
)

func headers() []header {
	// repeated is an end after as many pieces as fit.
	repeated := func(start, piece, end string) func(int) string {
		return func(n int) string { return start + strings.Repeat(piece, n/len(piece)) + end }
	}
	const date = "Fri, 02 Jan 2026 03:04:05 GMT"
	return []header{
		{http.MethodGet, "Accept", repeated("", "a/b;q=1,", "*/*;q=0.1")},
		{http.MethodGet, "Accept", repeated("", "application/json;a=b;", "q=1")},
		{http.MethodPut, "Content-Type", repeated("application/json", ";a=b", "")},
		{http.MethodPut, "Content-Type", repeated("application/json;a=\"", "\\a", "\"")},
		{http.MethodGet, "If-None-Match", repeated("", `"v", `, `"v7"`)},
		{http.MethodGet, "If-None-Match", repeated(`"`, "v", `"`)},
		{http.MethodPut, "If-Match", repeated("", `"v", `, `"v7"`)},
		{http.MethodGet, "If-Modified-Since", repeated(date, " ", "")},
		{http.MethodGet, "If-Modified-Since", repeated("", "0", "")},
		{http.MethodPut, "If-Unmodified-Since", repeated(date, " ", "")},
		{http.MethodGet, "Range", repeated("bytes=0-1", ",0-1", "")},
		{http.MethodGet, "If-Range", repeated(`"`, "v", `"`)},
		{http.MethodGet, "Authorization", repeated("Bearer ", "a", "")},
		{http.MethodGet, "X-Raet-Tenant-Id", repeated("", "1", "")},
		{http.MethodGet, "X-Request-Id", repeated("", "a", "")},
		{http.MethodGet, "Traceparent", repeated("00-", "a", "")},
		{http.MethodPost, "Cache-Control", repeated("", "a=b, ", "no-cache")},
	}
}

// longHeaders prints what each field costs us in the whole chain when it is
// long. It counts those over the budget.
func longHeaders(out io.Writer, chosen *regexp.Regexp) (missed int) {
	t := table{{"field of 1 MiB, whole chain", "begins", "ns/B", "B", "B where it is 1 KiB", fmt.Sprintf("≤ %d ns/B, no more B", perByte)}}
	for _, h := range headers() {
		if !chosen.MatchString(h.name) {
			continue
		}
		progress("1 MiB of %s", h.name)
		line := h.line(1 << 20)
		long := headerOurs(h.method, h.name, line)
		_, bytes := allocations(long, 1)
		_, before := allocations(headerOurs(h.method, h.name, h.line(1<<10)), 1)
		each := float64(best(long)) / float64(len(line))
		word := "kept"
		switch {
		case bytes > before+noMore:
			word = "GROWS"
			missed++
		case each > perByte:
			word = "missed"
			missed++
		}
		t.add(h.method+" "+h.name, "`"+line[:12]+"`", fmt.Sprintf("%.2f", each), strconv.Itoa(int(bytes)), strconv.Itoa(int(before)), word)
	}
	t.print(out)
	return missed
}
