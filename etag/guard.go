package etag

import (
	"net/http"
	"strconv"
	"time"

	"github.com/apiconventions/apiconventions/internal/layer"
	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Options configure [Guard] and [Check]. The zero value, like nil, is the house
// rule. They are copied.
type Options struct {
	// Status of a change whose If-Match or If-Unmodified-Since fails: 409, which
	// 0 means, or 412. RFC 9110 §13.1.1 leaves the choice. The house says 409
	// because that is what its clients know as "changed by another user". The
	// problem type is record-changed either way.
	Status int

	// Required refuses an unsafe request that has no condition which protects
	// the record, with 428 (RFC 6585 §3). If-Match is one, and so is its "*": a
	// client that sends it overwrites whatever is there, on purpose. So are
	// "If-None-Match: *" where the resource is not there yet, and
	// If-Unmodified-Since where the state has a modification time and no tag.
	Required bool

	// Strict makes If-Match on unsafe methods fail for a tag that a compressor
	// on the way has put W/ before, or -gzip, -br or -zstd behind. Without it,
	// such a tag passes: the client has seen exactly that version.
	Strict bool
}

// settings are checked options.
type settings struct {
	status     int
	required   bool
	comparison comparison
}

func (o *Options) settings() settings {
	c := settings{status: http.StatusConflict, comparison: version}
	if o == nil {
		return c
	}
	if o.Status == http.StatusPreconditionFailed {
		c.status = o.Status
	}
	c.required = o.Required
	if o.Strict {
		c.comparison = versionStrict
	}
	return c
}

// Guard decides about the conditions of a request (RFC 9110 §13) before the
// handler runs, so that a handler that runs has nothing to take back. current
// returns what the resource is now; it is asked on every request, once, but for
// OPTIONS, TRACE and CONNECT, to which conditions do not apply (§13.2.1). Its
// error is answered as it is: conditions on what is not there for the client
// are ignored (§13.2.1). A zero State without an error is a resource that the
// method would create.
//
// Guard answers
//
//   - 304 to GET and HEAD, with ETag, Vary, the fields of State.Header, and
//     Last-Modified where there is no tag (§15.4.5);
//   - 409 "record-changed" to a failed If-Match or If-Unmodified-Since of any
//     other method, 412 by option;
//   - 412 "precondition-failed" to a failed If-None-Match of any other method
//     (§13.1.2), and to a failed If-Match or If-Unmodified-Since of GET and HEAD;
//   - 428 "precondition-required" by option (RFC 6585 §3).
//
// 409 and 412 have the current tag as currentETag and in ETag, so that the
// client can go on.
//
// It evaluates by the letter, as [Evaluate], with one exception that [Options]
// can take back. If-Match on a method other than GET and HEAD compares the tags
// of [Version], [Strong] and [Weak] by record version and tenant: a change is a
// change of the record, whatever representation the client has read; and it lets
// pass W/ before such a tag, which nginx and CDNs put there when they compress, and
// -gzip, -br or -zstd at its end, which Apache and Caddy do. A tag that the state
// has as weak never passes.
//
// Between Guard and the handler's write another request may change the record.
// What keeps the two apart is the store: UPDATE … WHERE version = ?, with the
// version of [Current], and [ErrConflict] for zero rows.
//
// Guard does not tag the handler's answer: the handler does, with [Set] and the
// version that it has read in the same read as the content.
//
// On GET and HEAD the handler gets a request that http.ServeContent understands
// aright: it evaluates again, and sees the first line of a field only. So
// If-Match and If-Unmodified-Since, which hold, are not handed on; a Range is,
// but with a condition on the state compared (If-Range) where the client made
// one, so that a change in between cannot mix two versions. Fields that
// ServeContent would read in another way than this package are left out, and a
// Range that RFC 9110 §14.2 and §13.1.5 make void: on HEAD, on several lines,
// malformed, in another unit than bytes, of a suffix of no length or a number of
// over 18 digits, with an If-Range that is not one entity tag or date, or that is
// a date although there is a tag. What it cannot know is the length: a suffix of
// an empty content is for the handler not to give to ServeContent. The caller's
// request is not changed.
//
// It panics if current is nil or o.Status is neither 0, 409 nor 412.
func Guard(current func(*http.Request) (State, error), o *Options) func(http.Handler) http.Handler {
	if current == nil {
		panic("etag: Guard without a function for the current state")
	}
	if o != nil && o.Status != 0 && o.Status != http.StatusConflict && o.Status != http.StatusPreconditionFailed {
		panic("etag: Guard: Options.Status is neither 409 nor 412: " + strconv.Itoa(o.Status))
	}
	c := o.settings()
	l := &layer.Layer{Name: "etag.Guard", Kind: layer.Guard}
	l.Decide = func(x layer.Exchange) (*http.Request, error) {
		if isUnconditional(x.R.Method) {
			return x.R, nil
		}
		s, err := current(x.R)
		if err != nil {
			return nil, err
		}
		tag := asked(x.R, &s, x.Info)
		if done, err := c.refuse(x.W, x.R, &s, tag); done || err != nil {
			return nil, err
		}
		compared := s // outlives the request where its context does
		response.Set(&x, precondition, any(&compared))
		if isRead(x.R.Method) {
			return forServeContent(x.R, &s, tag), nil
		}
		return x.R, nil
	}
	return l.Middleware
}

func precondition(i *request.Info) *request.Field[any] { return &i.Precondition }

// Check is [Guard] for a handler that has loaded the record anyway, before it
// does anything: if the conditions of r do not let it go on, Check answers and
// returns true, and the handler is to return. Otherwise, on GET and HEAD, it
// sets ETag, and Last-Modified if it is not set yet. On other methods it sets
// neither: the answer to a change has the tag that the change has made, or none
// (RFC 9110 §9.3.4).
//
// It cannot change what the handler's r says; a handler that goes on to
// http.ServeContent and wants every line of a condition to count is better off
// behind Guard. A Check behind a Guard looks again, at what it is given.
//
// A Status other than 412 is 409: this is no time to panic.
func Check(w http.ResponseWriter, r *http.Request, s State, o *Options) (done bool) {
	c := o.settings()
	if isUnconditional(r.Method) {
		return false
	}
	tag := s.Tag.qualify(response.InfoOf(w, r))
	switch done, err := c.refuse(w, r, &s, tag); {
	case err != nil:
		problem.Write(w, r, err)
		return true
	case done:
		return true
	}
	if isRead(r.Method) {
		h := w.Header()
		if !tag.IsZero() {
			h["Etag"] = []string{tag.wire}
		}
		if s.dated() && len(h["Last-Modified"]) == 0 {
			h["Last-Modified"] = []string{lastModified(s.Modified)}
		}
	}
	return false
}

// Set gives the answer the tag of what it carries: as it goes out, qualified by
// the request's tenant and negotiated representation if it is one of Version,
// Strong or Weak. The zero Tag removes the field.
//
// The representation is that of the route that answers. A route that has only
// one, as an update usually does, gives a tag for the If-Match of the next
// change; on a GET of the same record, where there are several representations,
// it matches none: with If-None-Match that is a 200, with If-Match a 412.
func Set(w http.ResponseWriter, r *http.Request, t Tag) {
	h := w.Header()
	if t.IsZero() {
		delete(h, "Etag")
		return
	}
	h["Etag"] = []string{t.qualify(response.InfoOf(w, r)).wire}
}

// asked is the state's tag as it goes out, for a request with conditions: one
// without does not need it.
func asked(r *http.Request, s *State, layers *request.Info) Tag {
	h := r.Header
	for _, field := range [...]string{"If-Match", "If-None-Match", "If-Unmodified-Since", "If-Modified-Since"} {
		if len(h[field]) > 0 {
			return s.Tag.qualify(layers)
		}
	}
	return s.Tag
}

// refuse returns an error for a request whose conditions do not let it go on, or
// answers 304, which it reports as done.
func (c settings) refuse(w http.ResponseWriter, r *http.Request, s *State, tag Tag) (done bool, err error) {
	comparison := c.comparison
	if isRead(r.Method) {
		comparison = byTheLetter
	}
	switch d := evaluate(r.Method, r.Header, s, tag, comparison); {
	case d == NotModified:
		notModified(w.Header(), s, tag)
		w.WriteHeader(http.StatusNotModified)
		return true, nil
	case d != Proceed:
		return false, c.failed(r.Method, d, tag)
	case c.required && !isRead(r.Method) && !protected(r.Header, s):
		return false, preconditionRequired()
	}
	return false, nil
}

// protected reports whether an unsafe request, whose conditions hold, has one
// that keeps it from overwriting what its client has not seen.
func protected(h http.Header, s *State) bool {
	switch {
	case len(h["If-Match"]) > 0:
		return true
	case s.Absent:
		return isAny(h["If-None-Match"])
	default:
		return s.Tag.IsZero() && since(h["If-Unmodified-Since"], s) != unknown
	}
}

func lastModified(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
