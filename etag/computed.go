package etag

import (
	"hash"
	"net/http"
	"strconv"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
)

// ComputedOptions configure [Computed]. The zero value, like nil, is the default.
// They are copied.
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

// Computed adds a strong tag of the response's bytes, and evaluates the
// preconditions of the request with it, as [Evaluate] does: 304, or 412
// "precondition-failed" for an If-Match that does not hold. The tag is the same on
// every instance of a service, and another one for each media type that Accept
// chooses among. A Last-Modified that the handler sets is the resource's date.
// Computed sets Content-Length.
//
// It does so for GET, HEAD and QUERY where the handler's response is a 200 with a
// body of up to Limit bytes. It leaves the response alone if the handler
//
//   - sets ETag, Accept-Ranges, Content-Range, Trailer or Cache-Control: no-store,
//   - flushes, hijacks, or sends text/event-stream,
//   - writes a body that is not as long as its Content-Length, or none on HEAD.
//
// A body that turns out to be longer than Limit goes on as a stream without a tag.
// An interim response (1xx) passes at once.
//
// The header goes out when the handler has returned. Until then an error status
// takes the place of a 200 and of what was written of it, a panic leaves nothing
// half sent, and fields can still be set. Once the body is over Limit they cannot.
// An error that is written later is lost: a handler that returned without a
// response is an empty 200, with a tag. A framework that writes a handler's error
// behind its middleware, as echo does behind echo.WrapMiddleware, has to write it
// inside of Computed.
//
// Computed saves the network work, not the handler: it does not know a
// representation before the handler has made it, and is of no use on other
// methods. Where there is a version, use [Guard] or [Check].
//
// It panics if o.Limit is negative, or o.Hash returns nil.
func Computed(o *ComputedOptions) func(http.Handler) http.Handler {
	c := newComputer(o)
	l := &layer.Layer{Name: "etag.Computed", Transform: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !request.HasNotModified(r.Method) {
			next.ServeHTTP(w, r)
			return
		}
		t := &tagger{rw: w, chain: response.Of(w, r), request: r, computer: c}
		defer t.close()
		if r.Method == request.MethodQuery {
			r = withoutConditions(r)
		}
		next.ServeHTTP(t, r)
		t.finish()
	}}
	return l.Middleware
}

// A computer makes the tags of one Computed.
type computer struct {
	limit    int // of a body
	weak     bool
	hashes   *hashes // nil = XXH3
	pieces   pieces
	wrappers wrappers
}

func newComputer(o *ComputedOptions) *computer {
	if o == nil {
		o = new(ComputedOptions)
	}
	c := &computer{limit: 1 << 20, weak: o.Weak}
	switch {
	case o.Limit < 0:
		panic("etag: Computed with a limit of " + strconv.FormatInt(o.Limit, 10) + " bytes")
	case o.Limit > 0:
		c.limit = int(min(o.Limit, maxLimit))
	}
	if o.Hash != nil {
		if o.Hash() == nil {
			panic("etag: Computed with a Hash that returns nil")
		}
		c.hashes = &hashes{new: o.Hash}
	}
	return c
}

// maxLimit keeps sums of sizes within an int.
const maxLimit = int64(^uint(0) >> 2)

// tag is the tag of body as the representation of the given digest.
func (c *computer) tag(body *body, variant string) Tag {
	var room [96]byte // for a hash of 256 bits and a digest
	b := room[:0]
	if c.weak {
		b = append(b, "W/"...)
	}
	if c.hashes != nil {
		return Tag{string(appendBytesTag(b, c.hashes.sum(body), variant))}
	}
	sum := body.xxh3()
	return Tag{string(appendBytesTag(b, sum[:], variant))}
}

// isLeftAlone reports whether a response with the header h is left alone. declared
// is its Content-Length, -1 = none.
func (c *computer) isLeftAlone(h http.Header) (declared int, alone bool) {
	declared = -1
	for field, values := range h {
		if len(values) == 0 {
			continue
		}
		switch field {
		case "Etag", "Accept-Ranges", "Content-Range", "Trailer":
			return -1, true
		case "Cache-Control":
			alone = alone || header.Contains(values, "no-store")
		case "Content-Type":
			alone = alone || header.HasPrefixFold(values[0], "text/event-stream")
		case "Content-Length":
			n, err := strconv.Atoi(values[0])
			alone = alone || err != nil || n < 0 || n > c.limit || len(values) > 1
			declared = n
		default:
			// A trailer that was not announced finds no place behind a body of declared
			// length.
			alone = alone || strings.HasPrefix(field, http.TrailerPrefix)
		}
	}
	return declared, alone
}
