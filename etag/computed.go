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
	// Limit is the size in bytes of the largest body that gets a tag. 0 is 1 MiB. A
	// request may hold that much in memory.
	Limit int64

	// Weak makes weak tags. It is for a compressor further out that does not change
	// tags: the bytes that are sent are then not those that were hashed (RFC 9110
	// §8.8.3.3).
	Weak bool

	// Hash returns a new hash, such as sha256.New. nil is the 128-bit XXH3 of [Of],
	// which is fast but not collision resistant. A hash is reset and used again, by one
	// request at a time.
	Hash func() hash.Hash
}

// Computed adds a strong tag of the response's bytes, and evaluates the preconditions of
// the request with it, as [Evaluate] does: 304, or 412 "precondition-failed". The tag is
// the same on every instance of a service, and differs for each media type among which
// Accept chooses. The modification time is the Last-Modified that the handler sets.
// Computed also sets Content-Length.
//
// It does so on GET, HEAD and QUERY for a 200 with a body of up to Limit bytes. It leaves
// the response alone if the handler
//
//   - sets ETag, Accept-Ranges, Content-Range, Trailer or Cache-Control: no-store,
//   - flushes, hijacks, or sends text/event-stream,
//   - writes a body of another length than its Content-Length, or none on HEAD.
//
// A body that is longer than Limit is streamed without a tag. An interim response (1xx)
// is sent at once.
//
// The header goes out when the handler has returned, or when the body is over Limit.
// Until then fields can be set, an error status replaces the 200 and its body, and a
// panic leaves nothing half sent. An error that is written after the handler has returned
// is lost, and the response is an empty 200 with a tag. A framework that writes errors
// outside its middleware, as echo does around echo.WrapMiddleware, has to write them
// inside Computed.
//
// Computed saves the transfer, and not the work of the handler. It is of no use on other
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

// A computer makes tags by the options of a Computed.
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

// maxLimit is a limit for which sums of sizes are within an int.
const maxLimit = int64(^uint(0) >> 2)

// tag returns the tag of body. variant is the digest of the negotiated representation.
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

// isLeftAlone reports whether a response with the header h gets no tag. declared is its
// Content-Length, -1 = none.
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
			// An unannounced trailer cannot follow a body of declared length.
			alone = alone || strings.HasPrefix(field, http.TrailerPrefix)
		}
	}
	return declared, alone
}
