package main

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// The kinds of faults that the checks look for.
const (
	foreignBytes  = "another tenant's bytes"
	falseNotMod   = "false 304"
	missedNotMod  = "200 for a tag that was current"
	oneTagTwo     = "one tag for two bodies"
	staleRead     = "stale read"
	wrongBytes    = "wrong bytes"
	lostUpdate    = "lost update"
	lostWrite     = "acknowledged write lost"
	noDocument    = "error that is no problem document"
	unsafeCache   = "response that a cache may give to others"
	echoed        = "echo of what was sent"
	secretInLog   = "secret in the log"
	wrongStatus   = "unexpected status"
	noResponse    = "no response"
	twinsDiffer   = "absent and foreign differ"
	goroutines    = "goroutines left over"
	heapGrown     = "heap grown"
	falseConflict = "409 though nobody changed the record"
	unmadeWrite   = "change that nobody made"
)

// finding is a kind of fault with its first examples.
type finding struct {
	Kind     string
	Count    int64
	Examples []string
}

// findings collects faults. It is safe for concurrent use.
type findings struct {
	mu     sync.Mutex
	byKind map[string]*finding
}

const maxExamples = 3

func (f *findings) add(kind, format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byKind == nil {
		f.byKind = map[string]*finding{}
	}
	known := f.byKind[kind]
	if known == nil {
		known = &finding{Kind: kind}
		f.byKind[kind] = known
	}
	known.Count++
	if len(known.Examples) < maxExamples {
		known.Examples = append(known.Examples, fmt.Sprintf(format, args...))
	}
}

// all returns the findings, sorted by kind.
func (f *findings) all() (all []finding) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, kind := range slices.Sorted(maps.Keys(f.byKind)) {
		all = append(all, *f.byKind[kind])
	}
	return all
}

// count returns how many faults of the kinds there are.
func (f *findings) count(kinds ...string) (n int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, kind := range kinds {
		if found := f.byKind[kind]; found != nil {
			n += found.Count
		}
	}
	return n
}

// tally counts what was done to a target.
type tally struct {
	requests  atomic.Int64 // all of them
	hostiles  atomic.Int64 // those that no well-behaved client sends
	left      atomic.Int64 // clients that did not wait for the response
	panics    atomic.Int64 // of handlers
	broken    atomic.Int64 // requests that a killed instance did not respond to
	kills     atomic.Int64 // of instances
	writes    atomic.Int64 // acknowledged writes
	conflicts atomic.Int64 // writes that somebody else's write came before
}
