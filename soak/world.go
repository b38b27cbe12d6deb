package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
)

// world is what a run knows of the service: its tenants, and what each of them owns.
type world struct {
	owners []*owner

	// Every invalid token begins with stamp, a dot, and stamp again, so that two texts are enough to find any
	// of them, or a part of one, in a log.
	stamp string
}

// owner is a tenant.
type owner struct {
	id     string
	marker string // in everything that the tenant owns, and in nothing else
	items  []*item

	mu   sync.Mutex
	list ring
}

// item is a file that stays for the whole run. Writers count up in its name.
type item struct {
	owner   *owner
	index   int
	path    string // set when it has been created
	content []byte
	acked   atomic.Int64 // the highest count whose write was acknowledged

	mu      sync.Mutex
	seen    map[string]*ring // by media type
	won     []bool           // by count: its write was acknowledged
	wins    int64            // how many were acknowledged
	unknown int64            // writes without a response
}

const (
	octets    = "application/octet-stream"
	jsonType  = "application/json"
	patchType = "application/merge-patch+json"
)

// sizes are those of the items of a tenant: a line, a packet, more than net/http buffers, and more than one
// piece of the reference service's store.
var sizes = []int{60, 1000, 70_000, 300_000}

func newWorld(rng *rand.Rand) *world {
	w := &world{stamp: letters(rng, 20)}
	for _, id := range []string{"1234567", "7654321", "sandbox"} {
		o := &owner{id: id, marker: letters(rng, 20)}
		for i, size := range sizes {
			o.items = append(o.items, &item{owner: o, index: i, content: fill(o.marker, size),
				seen: map[string]*ring{jsonType: {}, octets: {}}})
		}
		w.owners = append(w.owners, o)
	}
	return w
}

// foreign returns a tenant that is not o and whose bytes are in b.
func (w *world) foreign(b []byte, o *owner) *owner {
	for _, other := range w.owners {
		if other != o && bytes.Contains(b, []byte(other.marker)) {
			return other
		}
	}
	return nil
}

// invalidToken returns a token that no service knows. The chain's verify function treats it as its end says.
func (w *world) invalidToken(rng *rand.Rand, end string) string {
	return w.stamp + "." + w.stamp + letters(rng, 8) + "~+/." + end
}

func letters(rng *rand.Rand, n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[rng.IntN(len(alphabet))]
	}
	return string(b)
}

// fill returns size bytes in which the marker stands again and again.
func fill(marker string, size int) []byte {
	b := make([]byte, 0, size+len(marker)+12)
	for line := 0; len(b) < size; line++ {
		b = fmt.Appendf(b, "%s %d\n", marker, line)
	}
	return b[:size]
}

// name is the item's name when its count is n.
func (it *item) name(n int64) string {
	return fmt.Sprintf("keep-%s-%d-%d.txt", it.owner.marker, it.index, n)
}

// count returns the index of the item and the count in a name.
func count(name string) (index int, n int64, ok bool) {
	parts := strings.Split(strings.TrimSuffix(name, ".txt"), "-")
	if len(parts) != 4 || parts[0] != "keep" {
		return 0, 0, false
	}
	_, err := fmt.Sscan(parts[2]+" "+parts[3], &index, &n)
	return index, n, err == nil
}

// acknowledge records that the write of count n was acknowledged. It reports whether this was the first.
func (it *item) acknowledge(n int64) bool {
	it.mu.Lock()
	for int64(len(it.won)) <= n {
		it.won = append(it.won, false)
	}
	first := !it.won[n]
	it.won[n] = true
	it.wins++
	it.mu.Unlock()
	for {
		highest := it.acked.Load()
		if n <= highest || it.acked.CompareAndSwap(highest, n) {
			return first
		}
	}
}

// doubt records that nobody knows whether a write was made.
func (it *item) doubt() {
	it.mu.Lock()
	it.unknown++
	it.mu.Unlock()
}

// settle compares the count at the end, which was 1 in the beginning, with the writes: how many acknowledged ones
// are missing, and how many nobody has made.
func (it *item) settle(n int64) (lost, extra int64) {
	it.mu.Lock()
	defer it.mu.Unlock()
	made := n - 1
	return max(0, it.wins-made), max(0, made-it.wins-it.unknown)
}

// version is a representation that has been seen.
type version struct {
	key    string // whose representation, of what, as which type
	tag    string
	sum    uint64 // of the body; 0 if the body was not seen
	counts []int64
}

// ring holds the last versions of one thing.
type ring struct {
	versions [64]version
	next     int
}

// put keeps v. It reports whether the same tag has been seen on another body.
func (r *ring) put(v version) (clash bool) {
	for i := range r.versions {
		if old := &r.versions[i]; old.tag == v.tag {
			clash = old.sum != 0 && v.sum != 0 && old.sum != v.sum
			old.sum = max(old.sum, v.sum)
			return clash
		}
	}
	r.versions[r.next] = v
	r.next = (r.next + 1) % len(r.versions)
	return false
}

func (r *ring) last() version {
	return r.versions[(r.next+len(r.versions)-1)%len(r.versions)]
}

// any returns one of the versions, or the zero version if there is none yet.
func (r *ring) any(rng *rand.Rand) version {
	if v := r.versions[rng.IntN(len(r.versions))]; v.tag != "" {
		return v
	}
	return r.last()
}

func (it *item) put(mediaType string, v version) (clash bool) {
	it.mu.Lock()
	defer it.mu.Unlock()
	return it.seen[mediaType].put(v)
}

func (it *item) last(mediaType string) version {
	it.mu.Lock()
	defer it.mu.Unlock()
	return it.seen[mediaType].last()
}

func (it *item) any(mediaType string, rng *rand.Rand) version {
	it.mu.Lock()
	defer it.mu.Unlock()
	return it.seen[mediaType].any(rng)
}

// behind reports whether one of the counts is less than it was before.
func behind(counts, before []int64) bool {
	for i, n := range before {
		if i < len(counts) && counts[i] < n {
			return true
		}
	}
	return false
}
