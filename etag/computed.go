package etag

import (
	"hash"
	"net/http"
	"strconv"

	"github.com/zeebo/xxh3"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/layer"
)

// ComputedOptions configure [Computed]. The zero value, like nil, is the house
// rule. They are copied.
type ComputedOptions struct {
	// Limit is the size in bytes of the largest body that gets a tag; 0 is 1 MiB.
	// So much may be held in memory for each request.
	Limit int64

	// Weak makes weak tags, for a compressor outside that does not touch tags:
	// the bytes on the wire are then not those that were hashed (RFC 9110
	// §8.8.3.3).
	Weak bool

	// Hash makes the hash, such as sha256.New; nil is the 128-bit XXH3 of [Of],
	// which is fast but does not resist somebody who looks for two bodies of one
	// hash. A hash is used by one request at a time, again and again.
	Hash func() hash.Hash
}

// Computed gives answers a strong tag of their bytes, the same on every instance
// of a service and another one for each media type that Accept chooses among, and
// decides about the conditions of the request with it, as [Evaluate] does: 304,
// or 412 "precondition-failed" for an If-Match that does not hold. Last-Modified,
// if the handler sets it, is the resource's date. It sets Content-Length.
//
// It does so for GET and HEAD where the handler answers 200 with a body of up to
// Limit bytes. It leaves alone, as if it was not there, what sets ETag,
// Accept-Ranges, Content-Range, a Trailer or Cache-Control: no-store, what
// flushes, hijacks or sends text/event-stream; a body that is not as long as
// Content-Length says; a HEAD whose handler writes no body. A body that turns
// out to be longer goes on as a stream, untagged, in order. So do other
// methods, which never become a 304, and other statuses. An interim answer (1xx)
// passes at once.
//
// The header goes out when the handler has returned, or with its first Write (not
// WriteString) where that carries all that Content-Length declares. Until then an
// error status takes the place of a 200 and of what was written of it, a panic
// leaves nothing half sent, and fields can still be set: behind net/http alone
// they could not, and once the body is over Limit they cannot here.
//
// It does not know a representation before the handler has made it: the work is
// saved for the client and the network, not for the handler, and it is of no use
// on unsafe methods. Where there is a version, use [Guard] or [Check].
//
// It panics if o.Limit is negative, or o.Hash returns nil.
func Computed(o *ComputedOptions) func(http.Handler) http.Handler {
	c := newComputer(o)
	l := &layer.Layer{Name: "etag.Computed", Transform: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !isRead(r.Method) {
			next.ServeHTTP(w, r)
			return
		}
		t := &tagger{rw: w, request: r, computer: c}
		next.ServeHTTP(t, r)
		t.finish()
	}}
	return l.Middleware
}

// A computer makes the tags of one Computed.
type computer struct {
	limit   int // of a body
	weak    bool
	newHash func() hash.Hash // nil = XXH3
	buffers buffers
}

func newComputer(o *ComputedOptions) *computer {
	if o == nil {
		o = new(ComputedOptions)
	}
	c := &computer{limit: 1 << 20, weak: o.Weak, newHash: o.Hash}
	switch {
	case o.Limit < 0:
		panic("etag: Computed with a limit of " + strconv.FormatInt(o.Limit, 10) + " bytes")
	case o.Limit > 0:
		c.limit = int(min(o.Limit, maxLimit))
	}
	if o.Hash != nil && o.Hash() == nil {
		panic("etag: Computed with a Hash that returns nil")
	}
	return c
}

// maxLimit keeps sums of sizes within an int.
const maxLimit = int64(^uint(0) >> 2)

// appendTag appends the tag of body to b, as the representation of that digest.
// hold gives room for the work.
func (c *computer) appendTag(b, body []byte, variant string, hold func() *buffer) []byte {
	if c.weak {
		b = append(b, "W/"...)
	}
	if c.newHash == nil {
		sum := xxh3.Hash128(body).Bytes()
		return appendBytesTag(b, sum[:], variant)
	}
	scratch := hold()
	if scratch.hash == nil {
		scratch.hash = c.newHash()
	}
	scratch.hash.Reset()
	_, _ = scratch.hash.Write(body) // never fails, as package hash has it
	return appendBytesTag(b, scratch.hash.Sum(scratch.sum[:0]), variant)
}

// leaves reports whether an answer with this header is left alone. declared is
// its Content-Length, -1 = none.
func (c *computer) leaves(h http.Header) (declared int, leave bool) {
	declared = -1
	for k, v := range h {
		switch k {
		case "Etag", "Accept-Ranges", "Content-Range", "Trailer":
			if len(v) > 0 {
				return declared, true
			}
		case "Cache-Control":
			if header.Contains(v, "no-store") {
				return declared, true
			}
		case "Content-Type":
			if len(v) > 0 && isEventStream(v[0]) {
				return declared, true
			}
		case "Content-Length":
			if len(v) == 0 {
				continue
			}
			n, err := strconv.Atoi(v[0])
			if err != nil || n < 0 || n > c.limit || len(v) > 1 {
				return declared, true
			}
			declared = n
		default:
			// A trailer that was not announced (http.TrailerPrefix) finds no place
			// behind a body of declared length.
			if len(k) > len(http.TrailerPrefix) && k[:len(http.TrailerPrefix)] == http.TrailerPrefix {
				return declared, true
			}
		}
	}
	return declared, false
}

func isEventStream(contentType string) bool {
	const eventStream = "text/event-stream"
	return len(contentType) >= len(eventStream) && header.EqualFold(contentType[:len(eventStream)], eventStream)
}
