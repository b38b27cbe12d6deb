package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// speed measures the rows in this process and prints them. It counts the
// budgets missed.
func speed(out io.Writer, chosen *regexp.Regexp) (missed int) {
	t := table{{"work", "ours, ns", "allocs", "B", "budget", "is", "verdict", "the others, ns (allocs)"}}
	chosenRows := slices.DeleteFunc(rows(), func(r row) bool { return !chosen.MatchString(r.name) })
	for i, r := range chosenRows {
		progress("in process %d/%d: %s", i+1, len(chosenRows), r.name)
		mine, peers := r.measure()
		word, well := r.verdict(mine, peers)
		if !well { // noise misses once, not twice
			mine, peers = r.measure()
			word, well = r.verdict(mine, peers)
		}
		if !well {
			missed++
		}
		var others []string
		for _, p := range peers {
			others = append(others, fmt.Sprintf("%s%s %.0f (%.0f)", p.name, r.mark(p), median(p.ns), p.allocs))
		}
		t.add(r.name, fmt.Sprintf("%.1f", median(mine.ns)), fmt.Sprintf("%.0f", mine.allocs), fmt.Sprintf("%.0f", mine.bytes),
			r.budget.String(), fmt.Sprintf("%.1f", ratio(r.held(peers), mine)), word, strings.Join(others, ", "))
	}
	t.print(out)
	return missed
}

// measure has the peers sorted, the fastest first.
func (r row) measure() (mine result, peers []result) {
	among := r.among()
	if r.added {
		among = append(among, contender{"nothing", serve(nothing, request(http.MethodPost, nil))})
	}
	results := measure(among)
	if r.added {
		last := len(results) - 1
		for i := range results[:last] {
			results[i] = less(results[i], results[last])
		}
		results = results[:last]
	}
	peers = results[1:]
	slices.SortFunc(peers, func(a, b result) int { return cmp.Compare(median(a.ns), median(b.ns)) })
	return results[0], peers
}

// held is the peer that the budget is held against: of those that count, the
// fastest.
func (r row) held(peers []result) result { return peers[slices.IndexFunc(peers, r.counts)] }

// counts reports whether the budget may be held against the peer.
func (r row) counts(p result) bool {
	if r.against != "" {
		return p.name == r.against
	}
	return p.response == r.right && !strings.HasSuffix(p.name, "*")
}

// verdict reports as well whether the budget is kept, or missed by no more than
// noise.
func (r row) verdict(mine result, peers []result) (word string, well bool) {
	peer := r.held(peers)
	switch {
	case mine.response != r.right:
		return "WRONG", false
	case r.over(mine.allocs, mine.bytes):
		return "ALLOCATES", false
	case missed(mine, peer, 1/r.atLeast):
		return "missed", false
	case ratio(peer, mine) < r.atLeast:
		return "~", true
	default:
		return "kept", true
	}
}

// mark is the mark of a peer whose response is wrong.
func (r row) mark(p result) string {
	if p.response == r.right {
		return ""
	}
	return " x"
}

// over reports whether a call costs more memory than the budget allows. Half
// an allocation and a few bytes are what it costs that the collector empties
// pools.
func (b budget) over(allocs, bytes float64) bool {
	return b.allocs >= 0 && allocs > float64(b.allocs)+0.5 || b.bytes >= 0 && bytes > float64(b.bytes)+16
}

// String is the budget as the table shows it.
func (b budget) String() string {
	s := "every right peer"
	if b.against != "" {
		s = b.against
	}
	s = fmt.Sprintf("%g × %s", b.atLeast, s)
	if b.allocs >= 0 {
		s += fmt.Sprintf(", %d allocs", b.allocs)
	}
	if b.bytes > 0 {
		s += fmt.Sprintf(", %d B", b.bytes)
	}
	return s
}
