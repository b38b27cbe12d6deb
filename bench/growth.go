package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// A curve is one kind of input in growing sizes. At returns the contenders
// bound to the input of a size, and how many bytes that is.
type curve struct {
	name  string
	sizes []int
	at    func(size int) ([]contender, int)
}

var (
	elements = []int{1, 10, 100, 1000, 10_000, 100_000}
	bodies   = []int{1 << 10, 32 << 10, 1 << 20, 8 << 20, 64 << 20}
)

func curves() []curve {
	body := bytes.Repeat([]byte("abcdefgh"), 64<<20/8)
	return []curve{
		{"Accept, ranges", elements, func(n int) ([]contender, int) {
			line := hostile(n)
			return each(negotiators, accept{[]string{line}, twoOffers}), len(line)
		}},
		{"If-None-Match, tags", elements, func(n int) ([]contender, int) {
			line := tags(n, `"v7"`)
			in := condition{http.MethodGet, http.Header{"If-None-Match": {line}}, `"v7"`, modified}
			return each(conditions, in), len(line)
		}},
		{"computed tag, bytes declared and written at once", bodies, func(n int) ([]contender, int) {
			return each(taggers, page{method: http.MethodGet, body: body[:n], declared: true}), n
		}},
		{"computed tag, bytes in pieces of 16 KiB", bodies, func(n int) ([]contender, int) {
			return each(taggers, page{method: http.MethodGet, body: body[:n], piece: 16 << 10}), n
		}},
	}
}

// tooLong is when a peer is not asked for larger sizes.
const tooLong = 300 * time.Millisecond

// growth prints the curves: our allocations and bytes a call, and each
// contender's nanoseconds a byte.
func growth(out io.Writer, chosen *regexp.Regexp) {
	for _, c := range curves() {
		if !chosen.MatchString(c.name) {
			continue
		}
		progress("growth: %s", c.name)
		stopped := map[string]bool{}
		var t table
		for i, size := range c.sizes {
			cs, length := c.at(size)
			if i == 0 {
				t.add(append([]string{c.name, "bytes", "allocs", "B"}, nsPerByte(cs)...)...)
			}
			allocs, grown := allocations(cs[0].op, 1)
			cells := []string{strconv.Itoa(size), strconv.Itoa(length), fmt.Sprintf("%.0f", allocs), fmt.Sprintf("%.0f", grown)}
			for _, contender := range cs {
				if stopped[contender.name] {
					cells = append(cells, "-")
					continue
				}
				took := best(contender.op)
				stopped[contender.name] = took > tooLong
				cells = append(cells, fmt.Sprintf("%.2f", float64(took)/float64(length)))
			}
			t.add(cells...)
		}
		t.print(out)
	}
}

// nsPerByte are the heads of the contenders' columns.
func nsPerByte(cs []contender) []string {
	names := who(cs)
	for i := range names {
		names[i] += ", ns/B"
	}
	return names
}

// best is the shortest of a few runs.
func best(do op) time.Duration {
	n := 1
	took := timed(do, n)
	for took < aPass/8 {
		n *= 2
		took = timed(do, n)
	}
	runs := []time.Duration{took}
	for took < tooLong/10 && len(runs) < 5 {
		runs = append(runs, timed(do, n))
		took = runs[len(runs)-1]
	}
	return slices.Min(runs) / time.Duration(n)
}
