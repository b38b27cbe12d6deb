package main

import (
	"fmt"
	"net/http"
)

// A wireRow is one exchange with the services of several contenders, each in a
// process of its own. What is measured is the processor time that a server
// needs for it, beside that of net/http with nothing around its handlers.
type wireRow struct {
	ask           // what is sent, and what is right
	kind string   // of the services: edge or chain
	with []string // the contenders beside net/http and ours that have such a route
	wireBudget
	mode
}

// A mode is how a row is measured.
type mode int

const (
	ordinary  mode = iota
	long           // with fewer passes, as one exchange on each connection is more than a pass
	firstByte      // on one connection: the client's time to the first byte of the body
)

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

func asks(name, section string, x exchange, see func(seen) string, right ...string) ask {
	return ask{name, section, x, see, right}
}

func wireRows() []wireRow {
	var (
		get       = sends(http.MethodGet, "/files/7")
		overHTTP2 = get
		computed  = sends(http.MethodGet, "/computed/7")
		again     = sends(http.MethodGet, "/computed/7", "If-None-Match", "TAG")
		down      = sends(http.MethodGet, "/content/7", "Accept", "*/*")
		up        = sends(http.MethodPut, "/content/7", "Accept", "*/*", "Content-Type", octets[0])
		up10      = up
		stream    = sends(http.MethodGet, "/events/100", "Accept", eventStream[0])
		longer    = sends(http.MethodGet, "/events/1000", "Accept", eventStream[0])
	)
	overHTTP2.http2 = true
	up.size, up10.size = 1<<10, contentSize
	up10.fresh, down.fresh = true, true
	var (
		all        = []string{"assembled", "gin", "huma", "fiber"}
		negotiate  = []string{"assembled", "gin", "huma"}
		tagging    = []string{"assembled", "fiber"}
		assembled  = []string{"assembled"}
		edge       = wireBudget{least: 1.05, ahead: true}
		wholeChain = wireBudget{times: 1.25, ahead: true}
		refusal    = wireBudget{ahead: true}
		asBare     = wireBudget{times: 1.02}
	)
	return []wireRow{
		{asks("edge, 200", "-", get, seeLogged, logged),
			"edge", []string{"least", "hlog", "gin", "fiber"}, edge, ordinary},
		{asks("whole chain with a guard, 200", "9110 §8.8.3", get, seeTagged, logged+wellCached),
			"chain", all, wholeChain, ordinary},
		{asks("whole chain with a guard, 200, HTTP/2", "9110 §8.8.3", overHTTP2, seeTagged, logged+wellCached),
			"chain", negotiate, wholeChain, ordinary},
		{asks("whole chain with a computed tag, 200", "9110 §8.8.3", computed, seeTagged, logged+wellCached),
			"chain", tagging, wholeChain, ordinary},
		{asks("whole chain with a computed tag, 304", "9110 §15.4.5", again, see304, "304"+wellCached),
			"chain", tagging, wholeChain, ordinary},
		{asks("409", "9110 §13.1.1", stale, seeConflict, conflict...),
			"chain", all, refusal, ordinary},
		{asks("415", "9110 §15.5.16", wrongType, seeDocument, "415, a document"),
			"chain", all, refusal, ordinary},
		{asks("404", "9110 §15.5.5", sends(http.MethodGet, "/files/8"), seeDocument, "404, a document"),
			"chain", all, refusal, ordinary},
		{asks("1 KiB down", "-", sends(http.MethodGet, "/files/1k"), seeLength, "200, 1024 bytes"),
			"chain", negotiate, wholeChain, ordinary},
		{asks("1 KiB up", "-", up, seeStatus, "204"),
			"chain", assembled, wholeChain, ordinary},
		{asks("10 MiB down", "-", down, seeLength, "200, 10485760 bytes"),
			"chain", assembled, asBare, long},
		{asks("10 MiB up", "-", up10, seeStatus, "204"),
			"chain", assembled, asBare, long},
		{asks("1000 events", "-", longer, seeLength, fmt.Sprintf("200, %d bytes", 1000*len(event))),
			"chain", assembled, asBare, long},
		{asks("time to the first event", "-", stream, seeLength, fmt.Sprintf("200, %d bytes", 100*len(event))),
			"chain", assembled, wireBudget{times: 1.25}, firstByte},
	}
}

// frontRows are the rows that the README of the root shows.
var frontRows = []string{"edge, 200", "whole chain with a guard, 200", "whole chain with a computed tag, 304", "409", "10 MiB down"}

// more is what a contender has to do as well, to be counted.
func (r wireRow) more() []ask {
	if r.kind == "edge" {
		return []ask{
			asks("a panic", "9110 §15.6.1", sends(http.MethodGet, "/files/panic"), seeStatus, "500", "broken"),
		}
	}
	as := []ask{
		asks("another tenant", "9110 §15.5.4", sends(http.MethodGet, "/files/7", "X-Raet-Tenant-Id", "1"), seeDocument, "403, a document", "404, a document"),
		asks("Accept: image/png", "9110 §15.5.7", sends(http.MethodGet, "/files/7", "Accept", "image/png"), seeDocument, "406, a document"),
		asks("PUT of text/plain", "9110 §15.5.16", wrongType, seeDocument, "415, a document"),
		asks("PUT of another version", "9110 §13.1.1", stale, seeConflict, conflict...),
		asks("PUT of this version", "9110 §13.1.1", changes("Content-Type", "application/json", "If-Match", "TAG"), seeStatus, "204"),
		asks("the tag again", "9110 §15.4.5", sends(http.MethodGet, "/files/7", "If-None-Match", "TAG"), see304, "304"+wellCached),
		asks("the bare version", "9110 §8.8.3", sends(http.MethodGet, "/files/7", "If-None-Match", `"7"`), seeStatus, "200"),
		asks("the tag of another tenant", "9110 §8.8.3", withTagOf("/files/7", "X-Raet-Tenant-Id", "7654321"), seeStatus, "200"),
		asks("the tag of another type", "9110 §8.8.3", withTagOf("/files/7", "Accept", "application/xml"), seeStatus, "200"),
	}
	switch r.path {
	case "/computed/7":
		as = append(as, asks("the computed tag of another type", "9110 §8.8.3", withTagOf(r.path, "Accept", "application/xml"), seeStatus, "200"))
	case "/content/7":
		overtaken := sends(http.MethodPut, r.path, "Accept", "*/*", "Content-Type", octets[0], "If-Match", `"6"`)
		overtaken.size = 16
		as = append(as, asks("PUT of another version's content", "9110 §13.1.1", overtaken, seeConflict, conflict...))
	}
	return as
}

var (
	stale     = changes("Content-Type", "application/json", "If-Match", `"6"`)
	wrongType = changes("Content-Type", "text/plain")
	conflict  = []string{"409, a document with ETag", "412, a document with ETag"} // §13.1.1 lets the server choose
)

// sends is an exchange of a client that is right, but for the given fields.
func sends(method, path string, fields ...string) exchange {
	h := http.Header{
		"Accept":           {"application/json"},
		"X-Raet-Tenant-Id": {"1234567"},
		"User-Agent":       {"bench"},
	}
	for i := 0; i < len(fields); i += 2 {
		h.Set(fields[i], fields[i+1])
	}
	return exchange{method: method, path: path, fields: h}
}

// withTagOf is a GET with the tag of a response to other fields.
func withTagOf(path string, fields ...string) exchange {
	x := sends(http.MethodGet, path, "If-None-Match", "TAG")
	x.tagged = sends("", "", fields...).fields
	return x
}

// changes is a PUT of one file's JSON document.
func changes(fields ...string) exchange {
	x := sends(http.MethodPut, "/files/7", fields...)
	x.size = 16
	return x
}
