package main

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
)

// A row is one piece of work that all contenders do on one input.
type row struct {
	name  string
	right string // the response that is right for this input
	among func() []contender
	added bool // the figures are what is added to a handler that does nothing
	budget
}

// A budget is what our figure must keep to: at least so many times as fast as
// the named peer or, if none is named, as the fastest whose response is right and
// that does the whole work; at most so many allocations and bytes a call, -1 for
// no bound.
type budget struct {
	against string
	atLeast float64
	allocs  int
	bytes   int
}

var twoOffers = []string{"application/json", "text/html"}

const chrome = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"

// hostile is n ranges that match nothing, then one that matches all.
func hostile(n int) string {
	var b strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&b, "a/%03d;q=1,", i%1000)
	}
	b.WriteString("*/*;q=0.1")
	return b.String()
}

// tags is n entity tags of which the last is the given one.
func tags(n int, last string) string {
	var b strings.Builder
	for i := range n - 1 {
		fmt.Fprintf(&b, `"v%04d", `, i%10000)
	}
	b.WriteString(last)
	return b.String()
}

func rows() []row {
	negotiated := func(line string) func() []contender {
		return func() []contender { return each(negotiators, accept{[]string{line}, twoOffers}) }
	}
	conditional := func(method, field string, n int) func() []contender {
		in := condition{
			method:   method,
			fields:   http.Header{field: {tags(n, `"v7"`)}},
			tag:      `"v7"`,
			modified: modified,
		}
		return func() []contender {
			return each(conditions, in)
		}
	}
	typed := func(contentType string) func() []contender {
		in := content{method: http.MethodPost, types: []string{contentType}, body: "{}"}
		return func() []contender { return each(contentTypes, in) }
	}
	tagged := func(size int, declared bool) func() []contender {
		in := page{method: http.MethodGet, body: bytes.Repeat([]byte("abcdefgh"), size/8), declared: declared}
		return func() []contender { return each(taggers, in) }
	}
	chained := func(want int) func() []contender {
		return func() []contender { return each(wholeChains, want) }
	}
	var (
		decision = budget{"", 1.2, 0, 0}
		chain    = budget{"assembled", 1.2, 18, 2 << 10}
	)
	return []row{
		{name: "Accept application/json", right: "application/json", among: negotiated("application/json"), budget: decision},
		{name: "Accept */*", right: "application/json", among: negotiated("*/*"), budget: decision},
		{name: "Accept, Chrome's", right: "text/html", among: negotiated(chrome), budget: decision},
		{name: "Accept, 400 ranges", right: "application/json", among: negotiated(hostile(400)), budget: decision},
		{name: "Content-Type, added", right: "200", among: typed("application/json"), added: true, budget: budget{"chi", 1.2, 0, 0}},
		{name: "If-None-Match, 1 tag", right: "304", among: conditional(http.MethodGet, "If-None-Match", 1), budget: decision},
		{name: "If-None-Match, 10 tags", right: "304", among: conditional(http.MethodGet, "If-None-Match", 10), budget: decision},
		{name: "If-Match, 1 tag", right: "200", among: conditional(http.MethodPut, "If-Match", 1), budget: decision},
		{name: "If-Match, 10 tags", right: "200", among: conditional(http.MethodPut, "If-Match", 10), budget: decision},
		{name: "computed tag, 1 KiB", right: "200", among: tagged(1<<10, false), budget: budget{"plain", 3, 5, 256}},
		{name: "computed tag, 32 KiB", right: "200", among: tagged(32<<10, false), budget: budget{"plain", 15, 5, 256}},
		{name: "computed tag, 32 KiB declared", right: "200", among: tagged(32<<10, true), budget: budget{"plain", 15, 5, 256}},
		{name: "computed tag, 1 MiB", right: "200", among: tagged(1<<20, false), budget: budget{"plain", 15, 5, 256}},
		{name: "computed tag, 1 MiB declared", right: "200", among: tagged(1<<20, true), budget: budget{"plain", 15, 5, 256}},
		{name: "problem document", right: "403", among: func() []contender { return each(documents, struct{}{}) }, budget: budget{"json.Encoder", 0.8, -1, -1}},
		{name: "access log line", right: "200", among: func() []contender { return each(accessLogs, request(http.MethodGet, nil)) }, budget: budget{"hlog", 1.2, 8, -1}},
		{name: "whole chain, 200", right: "200", among: chained(http.StatusOK), budget: chain},
		{name: "whole chain, 304", right: "304", among: chained(http.StatusNotModified), budget: chain},
	}
}
