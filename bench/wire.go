package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	// Many short passes: what disturbs them comes and goes in some ten
	// milliseconds.
	wirePasses  = 41
	wirePass    = 12 * time.Millisecond // of a server's processor time
	connections = 8
)

// services are the services of the row: net/http first, ours second.
func (r wireRow) services() []service {
	var in []service
	all := chains
	if r.kind == "edge" {
		all = edges
	}
	for _, s := range all {
		if s.name == bare.name || s.name == ours || slices.Contains(r.with, s.name) {
			in = append(in, s)
		}
	}
	return in
}

// measure has the result of net/http first and ours second.
func (r wireRow) measure(passes int, profile string) ([]result, error) {
	services := r.services()
	results := make([]result, len(services))
	processes := make([]*process, len(services))
	clients := make([]*client, len(services))
	conns := connections
	if r.mode == firstByte {
		conns = 1
	}
	for i, s := range services {
		results[i].name = s.name
		into := ""
		if profile != "" && s.name == ours {
			into = filepath.Join(profile, slug(r.name)+".pprof")
		}
		p, err := start(r.kind+"/"+s.name, contentFile, into)
		if err != nil {
			return nil, err
		}
		defer p.stop()
		processes[i] = p
		if clients[i], err = r.exchange.newClient(p.addr, conns); err != nil {
			return nil, fmt.Errorf("%s, %s: %w", r.name, s.name, err)
		}
		defer clients[i].close()
	}
	// pass is what n exchanges with a service take, each.
	pass := func(i, n int) (float64, error) {
		before, err := processes[i].used()
		if err != nil {
			return 0, err
		}
		done, err := clients[i].load(n)
		if err != nil {
			return 0, fmt.Errorf("%s, %s: %w", r.name, services[i].name, err)
		}
		after, err := processes[i].used()
		if err != nil {
			return 0, err
		}
		if r.mode == firstByte {
			return median(durations(clients[i].firsts)), nil
		}
		return float64(after-before) / float64(done), nil
	}
	n := 0
	for i := len(services) - 1; i >= 0; i-- { // a warm-up, for all: pools, caches, the heap
		var err error
		if n, err = r.calibrate(processes[i], clients[i]); err != nil {
			return nil, err
		}
	}
	for range passes {
		for _, i := range rand.Perm(len(services)) {
			ns, err := pass(i, n)
			if err != nil {
				return nil, err
			}
			results[i].ns = append(results[i].ns, ns)
		}
	}
	return results, nil
}

// calibrate finds how many exchanges fill a pass.
func (r wireRow) calibrate(p *process, c *client) (int, error) {
	for n := connections; ; n *= 2 {
		before, err := p.used()
		if err != nil {
			return 0, err
		}
		if _, err := c.load(n); err != nil {
			return 0, err
		}
		after, err := p.used()
		if err != nil {
			return 0, err
		}
		if took := after - before; took >= wirePass/4 {
			return max(connections, int(float64(n)*float64(wirePass)/float64(took))), nil
		}
	}
}

// verdict reports as well whether the budget is kept, or missed by no more than
// noise.
func (r wireRow) verdict(results []result, wrong map[string]string) (word string, well bool) {
	if is, ok := wrong[ours]; ok {
		return "WRONG: " + is, false
	}
	plain, mine := results[0], results[1]
	word, well = "kept", true
	// holds holds our figure against so many times another.
	holds := func(other result, times float64) {
		switch {
		case times == 0 || !well:
		case missed(mine, other, times):
			word, well = "missed: "+other.name, false
		case ratio(mine, other) > times && word == "kept":
			word = "~ " + other.name
		}
	}
	holds(plain, r.times)
	for i, s := range r.services()[2:] {
		_, bad := wrong[s.name]
		switch other := results[i+2]; {
		case s.shown || bad:
		case s.name == "least":
			holds(other, r.least)
		case r.ahead:
			holds(other, 1)
		}
	}
	return word, well
}

func (b wireBudget) String() string {
	var parts []string
	if b.times > 0 {
		parts = append(parts, fmt.Sprintf("≤ %.2f", b.times))
	}
	if b.least > 0 {
		parts = append(parts, fmt.Sprintf("≤ %.2f × least", b.least))
	}
	if b.ahead {
		parts = append(parts, "below all that count")
	}
	return strings.Join(parts, ", ")
}

// wire measures the rows and prints two tables, the first of which is for the
// README of the root. It counts the budgets missed.
func wire(out io.Writer, chosen *regexp.Regexp, profile string) (missed int, err error) {
	var all, front table
	columns := []string{"least", "hlog", "assembled", "gin", "huma", "fiber"}
	front.add("work", "net/http, µs", "ours", "the best other")
	all.add(append(append([]string{"work", "net/http, µs", ours}, columns...), "budget", "verdict")...)
	rows := slices.DeleteFunc(wireRows(), func(r wireRow) bool { return !chosen.MatchString(r.name) })
	for i, r := range rows {
		progress("on the wire %d/%d: %s", i+1, len(rows), r.name)
		wrong := r.wrong()
		passes := wirePasses
		if r.mode == long {
			passes /= 2
		}
		results, err := r.measure(passes, profile)
		if err != nil {
			return missed, err
		}
		word, well := r.verdict(results, wrong)
		if !well { // noise misses once, not twice
			if results, err = r.measure(passes, profile); err != nil {
				return missed, err
			}
			word, well = r.verdict(results, wrong)
		}
		if !well {
			missed++
		}
		all.add(r.cells(results, wrong, columns, word)...)
		if slices.Contains(frontRows, r.name) {
			front.add(r.frontCells(results, wrong)...)
		}
	}
	front.print(out)
	all.print(out)
	return missed, nil
}

// cells are a line of the table.
func (r wireRow) cells(results []result, wrong map[string]string, columns []string, word string) []string {
	cells := []string{r.name, fmt.Sprintf("%.1f", median(results[0].ns)/1e3), fmt.Sprintf("%.2f", ratio(results[1], results[0]))}
	for _, name := range columns {
		cell := ""
		for _, one := range results {
			if one.name == name {
				cell = fmt.Sprintf("%.2f", ratio(one, results[0]))
			}
		}
		if wrong[name] != "" {
			cell += " x"
		}
		cells = append(cells, cell)
	}
	return append(cells, r.wireBudget.String(), word)
}

// frontCells are a line of the short table.
func (r wireRow) frontCells(results []result, wrong map[string]string) []string {
	best, at := "none", math.Inf(1)
	for i, s := range r.services() {
		if i < 2 || s.shown || wrong[s.name] != "" || s.name == "least" {
			continue
		}
		if x := ratio(results[i], results[0]); x < at {
			best, at = fmt.Sprintf("%s %.2f", s.name, x), x
		}
	}
	return []string{r.name, fmt.Sprintf("%.1f", median(results[0].ns)/1e3), fmt.Sprintf("%.2f", ratio(results[1], results[0])), best}
}

// slug is a name as the name of a file.
func slug(name string) string {
	return strings.Trim(regexp.MustCompile(`[^a-zA-Z0-9]+`).ReplaceAllString(name, "-"), "-")
}

func durations(ds []time.Duration) []float64 {
	out := make([]float64, len(ds))
	for i, d := range ds {
		out[i] = float64(d)
	}
	return out
}
