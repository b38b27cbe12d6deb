package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A wireRow is one exchange with the services of several contenders, each in a
// process of its own. What is measured is the processor time that a server
// needs for it, beside that of net/http with nothing around its handlers.
type wireRow struct {
	name  string
	kind  string   // of the services: edge or chain
	with  []string // the contenders beside net/http and ours that have such a route
	ask            // what is sent, and what is right
	more  []ask    // what a contender has to do as well, to be counted
	long  bool     // one exchange on each connection is more than a pass
	first bool     // one connection, and the client's time to the first byte of the body
	wireBudget
}

// A wireBudget is what our figure must keep to.
type wireBudget struct {
	times float64 // so many times net/http at most; 0 for no bound
	least float64 // so many times the least edge by hand at most
	ahead bool    // less than each contender that is counted
}

// An ask is an exchange and how to look at it.
type ask struct {
	name, section string
	exchange
	see   func(seen) string
	right []string
}

const (
	// Many short passes: what disturbs them comes and goes in some ten
	// milliseconds.
	wirePasses  = 41
	wirePass    = 12 * time.Millisecond // of a server's processor time
	connections = 8
)

func wireRows() []wireRow {
	client := http.Header{
		"Accept":           {"application/json"},
		"X-Raet-Tenant-Id": {"1234567"},
		"User-Agent":       {"bench"},
	}
	with := func(fields ...string) http.Header {
		h := client.Clone()
		for i := 0; i < len(fields); i += 2 {
			h.Set(fields[i], fields[i+1])
		}
		return h
	}
	sends := func(method, path string, fields ...string) exchange {
		return exchange{method: method, path: path, fields: with(fields...)}
	}
	is := func(section string, x exchange, see func(seen) string, right ...string) ask {
		return ask{"", section, x, see, right}
	}
	also := func(name, section string, x exchange, see func(seen) string, right ...string) ask {
		return ask{name, section, x, see, right}
	}
	put := func(fields ...string) exchange {
		x := sends(http.MethodPut, "/files/7", fields...)
		x.size = 16
		return x
	}
	get := sends(http.MethodGet, "/files/7")
	again := sends(http.MethodGet, "/computed/7", "If-None-Match", "TAG")
	overHTTP2 := get
	overHTTP2.http2 = true
	down := sends(http.MethodGet, "/content/7", "Accept", "*/*")
	down.fresh = true
	up := func(size int) exchange {
		x := sends(http.MethodPut, "/content/7", "Content-Type", octets[0], "Accept", "*/*")
		x.size, x.fresh = size, size == contentSize
		return x
	}
	stale := put("Content-Type", "application/json", "If-Match", `"6"`)
	wrongType := put("Content-Type", "text/plain")
	stream := func(events string) exchange {
		return sends(http.MethodGet, "/events/"+events, "Accept", eventStream[0])
	}

	recovers := []ask{
		also("a panic", "9110 §15.6.1", sends(http.MethodGet, "/files/panic"), status1, "500", "broken"),
	}
	checks := []ask{
		also("another tenant", "9110 §15.5.4", sends(http.MethodGet, "/files/7", "X-Raet-Tenant-Id", "1"), status1, "403", "404"),
		also("Accept: image/png", "9110 §15.5.7", sends(http.MethodGet, "/files/7", "Accept", "image/png"), status1, "406"),
		also("PUT of text/plain", "9110 §15.5.16", wrongType, status1, "415"),
		also("PUT of another version", "9110 §13.1.1", stale, status1, "409", "412"),
		also("PUT of this version", "9110 §13.1.1", put("Content-Type", "application/json", "If-Match", "TAG"), status1, "204"),
	}
	chain := []string{"assembled", "gin", "huma", "fiber"}
	wholeChain := wireBudget{times: 1.25, ahead: true}
	asBare := wireBudget{times: 1.02}
	refusal := wireBudget{ahead: true}
	const logged = "200, logged with its id"
	return []wireRow{
		{name: "edge, 200", kind: "edge", with: []string{"least", "hlog", "gin", "fiber"},
			ask: is("-", get, seeLogged, logged), more: recovers, wireBudget: wireBudget{least: 1.05, ahead: true}},
		{name: "whole chain with a guard, 200", kind: "chain", with: chain,
			ask: is("9110 §8.8.3", get, seeTagged, logged+", ETag and Vary"), more: checks, wireBudget: wholeChain},
		{name: "whole chain with a guard, 200, HTTP/2", kind: "chain", with: []string{"assembled", "gin", "huma"},
			ask: is("9110 §8.8.3", overHTTP2, seeTagged, logged+", ETag and Vary"), more: checks, wireBudget: wholeChain},
		{name: "whole chain with a computed tag, 200", kind: "chain", with: []string{"assembled", "fiber"},
			ask: is("9110 §8.8.3", sends(http.MethodGet, "/computed/7"), seeTagged, logged+", ETag and Vary"), wireBudget: wholeChain},
		{name: "whole chain with a computed tag, 304", kind: "chain", with: []string{"assembled", "fiber"},
			ask: is("9110 §15.4.5", again, see304, "304 with ETag and Vary"), wireBudget: wholeChain},
		{name: "409", kind: "chain", with: chain,
			ask: is("9110 §13.1.1", stale, seeConflict, "409, a document with ETag", "412, a document with ETag"), wireBudget: refusal},
		{name: "415", kind: "chain", with: chain,
			ask: is("9110 §15.5.16", wrongType, seeDocument, "415, a document"), wireBudget: refusal},
		{name: "404", kind: "chain", with: chain,
			ask: is("9110 §15.5.5", sends(http.MethodGet, "/files/8"), seeDocument, "404, a document"), wireBudget: refusal},
		{name: "1 KiB down", kind: "chain", with: []string{"assembled", "gin", "huma"},
			ask: is("-", sends(http.MethodGet, "/files/1k"), seeLength, "200, 1024 bytes"), more: checks, wireBudget: wholeChain},
		{name: "1 KiB up", kind: "chain", with: []string{"assembled"},
			ask: is("-", up(1<<10), status1, "204"), wireBudget: wholeChain},
		{name: "10 MiB down", kind: "chain", with: []string{"assembled"}, long: true,
			ask: is("-", down, seeLength, "200, 10485760 bytes"), wireBudget: asBare},
		{name: "10 MiB up", kind: "chain", with: []string{"assembled"}, long: true,
			ask: is("-", up(contentSize), status1, "204"), wireBudget: asBare},
		{name: "1000 events", kind: "chain", with: []string{"assembled"}, long: true,
			ask: is("-", stream("1000"), seeLength, fmt.Sprintf("200, %d bytes", 1000*len(event))), wireBudget: asBare},
		{name: "time to the first event", kind: "chain", with: []string{"assembled"}, first: true,
			ask: is("-", stream("100"), seeLength, fmt.Sprintf("200, %d bytes", 100*len(event))), wireBudget: wireBudget{times: 1.25}},
	}
}

// frontRows are the rows that the README of the root shows.
var frontRows = []string{"edge, 200", "whole chain with a guard, 200", "whole chain with a computed tag, 304", "409", "10 MiB down"}

// Ways to look at an exchange.

func status1(s seen) string {
	if s.broken {
		return "broken"
	}
	return status(s.status)
}

var idInLog = regexp.MustCompile(`"request_id":"([^"]+)"`)

// seeLogged looks for the id in the response and on the line, with the other
// fields that each line has.
func seeLogged(s seen) string {
	id := s.header.Get("X-Request-Id")
	switch m := idInLog.FindStringSubmatch(s.log); {
	case s.broken || s.status != http.StatusOK:
		return status1(s)
	case s.body != string(smallBody):
		return "200, another body"
	case id == "":
		return "200 without an id"
	case m == nil || m[1] != id:
		return "200, logged without the id"
	}
	for _, field := range []string{`"method":"GET"`, `"path":"/`, `"status":200`, `"bytes":24`, `"duration":`} {
		if !strings.Contains(s.log, field) {
			return "200, logged without " + field
		}
	}
	return "200, logged with its id"
}

func seeTagged(s seen) string { return seeLogged(s) + depends(s, ", ETag and Vary") }

func see304(s seen) string { return status1(s) + depends(s, " with ETag and Vary") }

// depends is the text if the response has a tag and says what it depends on.
func depends(s seen, text string) string {
	vary := strings.ToLower(strings.Join(s.header.Values("Vary"), ","))
	switch {
	case s.header.Get("ETag") == "":
		return ", no ETag"
	case !strings.Contains(vary, "x-raet-tenant-id") || !strings.Contains(vary, "accept"):
		return ", Vary: " + vary
	}
	return text
}

// seeDocument looks for a problem document with title and status.
func seeDocument(s seen) string {
	var members struct {
		Title  string
		Status int
	}
	if s.header.Get("Content-Type") != "application/problem+json" || json.Unmarshal([]byte(s.body), &members) != nil {
		return status1(s) + ", no document"
	}
	if members.Title == "" || members.Status != s.status {
		return status1(s) + ", no title or status"
	}
	return status1(s) + ", a document"
}

// seeConflict looks for what the client goes on with as well.
func seeConflict(s seen) string {
	if s.header.Get("ETag") == "" {
		return seeDocument(s) + " without ETag"
	}
	return seeDocument(s) + " with ETag"
}

func seeLength(s seen) string { return fmt.Sprintf("%s, %d bytes", status1(s), len(s.body)) }

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

// questions are what the responses table asks of the row's contenders.
func (r wireRow) questions() []question {
	main := r.ask
	main.name = r.name
	var qs []question
	for _, a := range append([]ask{main}, r.more...) {
		q := question{"On the wire, " + r.kind, a.name, a.section, a.right, nil}
		for _, s := range r.services()[1:] {
			q.among = append(q.among, contender{s.name, func() string { return a.see(a.of(s)) }})
		}
		qs = append(qs, q)
	}
	return qs
}

// wireQuestions are the questions of all rows, each once.
func wireQuestions() []question {
	var qs []question
	for _, kind := range []string{"edge", "chain"} {
		known := map[string]bool{}
		for _, r := range wireRows() {
			for _, q := range r.questions() {
				if r.kind == kind && !known[q.name] {
					known[q.name] = true
					qs = append(qs, q)
				}
			}
		}
	}
	return qs
}

// of does the exchange with the service, in this process, and waits for the log
// line.
func (a ask) of(s service) seen {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	lines := make(logLines, 16)
	go s.serve(l, setting{lines, contentFile})
	x := a.exchange
	if x.needsTag() {
		x = x.withTag(l.Addr().String())
		lines.next()
	}
	got := x.once(l.Addr().String())
	got.log = lines.next()
	return got
}

// logLines are lines that a service has logged.
type logLines chan string

func (l logLines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// next waits for a line, which comes after the response. It gives up at last,
// for a service that has none.
func (l logLines) next() string {
	select {
	case line := <-l:
		return line
	case <-time.After(10 * time.Second):
		return ""
	}
}

// wrong says of the contenders that respond wrongly to a question of the row
// what they respond.
func (r wireRow) wrong() map[string]string {
	wrong := map[string]string{}
	for _, q := range r.questions() {
		for _, reply := range q.ask() {
			if !slices.Contains(q.right, reply.response) {
				wrong[reply.name] = reply.response
			}
		}
	}
	return wrong
}

// measure has the result of net/http first and ours second.
func (r wireRow) measure(passes int, profile string) ([]result, error) {
	services := r.services()
	results := make([]result, len(services))
	processes := make([]*process, len(services))
	clients := make([]*client, len(services))
	conns := connections
	if r.first {
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
		if r.first {
			return median(durations(clients[i].first)), nil
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
		case ratio(mine, other) > times:
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
		if r.long {
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
	best, at := "", 0.0
	for i, s := range r.services() {
		if i < 2 || s.shown || wrong[s.name] != "" || s.name == "least" {
			continue
		}
		if x := ratio(results[i], results[0]); best == "" || x < at {
			best, at = s.name, x
		}
	}
	return []string{r.name, fmt.Sprintf("%.1f", median(results[0].ns)/1e3), fmt.Sprintf("%.2f", ratio(results[1], results[0])), fmt.Sprintf("%s %.2f", best, at)}
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
