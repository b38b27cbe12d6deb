package etag

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"

	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// tagger is the writer of Computed. It holds an answer that may get a tag, and
// passes everything else on. It is small, because it is made for each request,
// and never pooled: a handler's goroutine may keep it.
type tagger struct {
	rw       http.ResponseWriter
	request  *http.Request
	computer *computer
	buf      *buffer   // what is held, nil = nothing
	fields   [2]string // the values of ETag and Content-Length, without an allocation of their own
	phase    phase
}

type phase uint8

const (
	untouched phase = iota // the handler has said nothing yet
	holding                // a 200, which may get a tag
	passing                // the answer is left alone from here on
	decided                // the answer is complete, and not the handler's
)

// Header implements http.ResponseWriter.
func (t *tagger) Header() http.Header { return t.rw.Header() }

// Unwrap is for http.ResponseController: deadlines and full duplex. Flush and
// Hijack do not get past the tagger.
func (t *tagger) Unwrap() http.ResponseWriter { return t.rw }

// Begun implements response.Keeper.
func (t *tagger) Begun() bool { return t.phase == passing || t.phase == decided }

// WriteHeader implements http.ResponseWriter.
func (t *tagger) WriteHeader(status int) {
	switch {
	case t.phase == decided:
	case t.phase == passing, t.phase == untouched && status < 200:
		if status == http.StatusSwitchingProtocols {
			t.phase = passing
		}
		t.rw.WriteHeader(status)
	case status >= 400: // what is held of a 200 came to nothing
		t.phase = passing
		t.rw.WriteHeader(status)
	case t.phase == holding:
		// Superfluous, as net/http calls it.
	case status != http.StatusOK:
		t.phase = passing
		t.rw.WriteHeader(status)
	case !t.begin():
		t.rw.WriteHeader(status)
	}
}

// begin starts to hold a 200, unless it is to be left alone.
func (t *tagger) begin() bool {
	declared, leave := t.computer.leaves(t.rw.Header())
	if rw := response.Of(t.rw, t.request); leave || rw != nil && rw.IsNoStore() {
		t.phase = passing
		return false
	}
	t.phase = holding
	if declared >= 0 {
		t.hold().declared = declared
	}
	return true
}

// hold is the buffer, a new one the first time.
func (t *tagger) hold() *buffer {
	if t.buf == nil {
		t.buf = t.computer.buffers.get()
		t.buf.declared = -1
	}
	return t.buf
}

// Write implements http.ResponseWriter.
func (t *tagger) Write(p []byte) (int, error) {
	if t.phase == untouched {
		t.begin()
	}
	switch {
	case t.phase == decided:
		return len(p), nil
	case t.phase == holding && t.buf != nil && t.buf.declared == len(p) && len(t.buf.b) == 0 && len(p) > 0:
		if t.decide(p) { // all of it is here: nothing needs to be held
			return len(p), nil
		}
		n, err := t.rw.Write(t.sent(p))
		if t.request.Method == http.MethodHead && err == nil {
			n = len(p)
		}
		return n, err
	case t.phase == holding:
		if t.fits(len(p)) {
			add(t.buf, p)
			return len(p), nil
		}
		if err := t.release(); err != nil {
			return 0, err
		}
	}
	return t.rw.Write(p)
}

// WriteString implements io.StringWriter.
func (t *tagger) WriteString(s string) (int, error) {
	if t.phase == untouched {
		t.begin()
	}
	switch t.phase {
	case decided:
		return len(s), nil
	case holding:
		if t.fits(len(s)) {
			add(t.buf, s)
			return len(s), nil
		}
		if err := t.release(); err != nil {
			return 0, err
		}
	}
	return io.WriteString(t.rw, s)
}

// fits makes room for n more bytes, if there may be so many.
func (t *tagger) fits(n int) bool {
	b := t.hold()
	if n > t.most()-len(b.b) {
		return false
	}
	t.computer.buffers.grow(b, max(len(b.b)+n, b.declared), t.most())
	return true
}

// most is how much can be held.
func (t *tagger) most() int {
	if t.buf.declared >= 0 {
		return t.buf.declared
	}
	return t.computer.limit
}

// ReadFrom implements io.ReaderFrom, so that io.Copy needs no buffer of its own,
// and what is not held can take the server's way (sendfile). Like the server's
// own it begins the answer with the first byte.
func (t *tagger) ReadFrom(src io.Reader) (int64, error) {
	var held int64
	if t.phase == untouched && t.begin() {
		defer func() {
			if held == 0 && t.phase == holding {
				t.phase = untouched
				t.drop()
			}
		}()
	}
	if t.phase == decided {
		return io.Copy(io.Discard, src)
	}
	for t.phase == holding {
		b := t.hold()
		// One byte more than can be held tells whether that was all.
		t.computer.buffers.grow(b, max(len(b.b), b.declared)+1, t.most()+1)
		at := len(b.b)
		n, err := src.Read(b.b[at:min(cap(b.b), at+piece, t.most()+1)])
		b.b = b.b[:at+max(n, 0)]
		held += int64(n)
		if len(b.b) > t.most() {
			if failed := t.release(); failed != nil {
				return held, failed
			}
		}
		switch {
		case err == io.EOF:
			return held, nil
		case err != nil:
			return held, err
		}
	}
	n, err := io.Copy(t.rw, src)
	return held + n, err
}

// Flush implements http.Flusher.
func (t *tagger) Flush() { _ = t.FlushError() }

// FlushError is for http.ResponseController. Who flushes, streams.
func (t *tagger) FlushError() error {
	if err := t.release(); err != nil {
		return err
	}
	return http.NewResponseController(t.rw).Flush()
}

// Hijack is for http.ResponseController and for WebSocket libraries that ask for
// an http.Hijacker.
func (t *tagger) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := t.release(); err != nil {
		return nil, nil, err
	}
	return http.NewResponseController(t.rw).Hijack()
}

// release leaves the answer alone from here on, and sends what is held of it.
func (t *tagger) release() (err error) {
	was := t.phase
	if was != decided {
		t.phase = passing
	}
	if was == holding && t.buf != nil && len(t.buf.b) > 0 {
		_, err = t.rw.Write(t.buf.b) // a bare 200 the server says by itself
	}
	t.drop()
	return err
}

// drop lets go of what is held.
func (t *tagger) drop() {
	if b := t.buf; b != nil {
		t.buf = nil
		t.computer.buffers.put(b)
	}
}

// finish ends the answer when the handler has returned.
func (t *tagger) finish() {
	if t.phase == untouched && t.request.Method == http.MethodGet && !t.gone() {
		t.begin()
	}
	defer t.drop()
	switch {
	case t.phase == untouched:
		t.phase = passing
		return
	case t.phase != holding:
		return
	case t.gone():
		t.phase = decided
		return
	}
	var body []byte
	if t.buf != nil {
		body = t.buf.b
	}
	declared, leave := t.computer.leaves(t.rw.Header()) // an ETag, or a trailer, may have come late
	if leave || declared >= 0 && declared != len(body) || len(body) == 0 && t.request.Method == http.MethodHead {
		_ = t.release() // fails when the client has gone, which the writer below has noted
		return
	}
	if !t.decide(body) {
		if len(body) > 0 {
			_, _ = t.rw.Write(t.sent(body))
		} else {
			t.rw.WriteHeader(http.StatusOK)
		}
	}
}

// sent is what the server is to have of a tagged body. On HEAD it sends none of
// it, but finds out the Content-Type by its beginning, as on GET.
func (t *tagger) sent(body []byte) []byte {
	const sniffed = 512
	if t.request.Method == http.MethodHead {
		return body[:min(len(body), sniffed)]
	}
	return body
}

// variant is the digest of the negotiated representation.
func (t *tagger) variant() string {
	return variantOf(response.InfoOf(t.rw, t.request))
}

// gone reports whether there is no answer to finish: one has gone out by another
// way.
func (t *tagger) gone() bool {
	rw := response.Of(t.rw, t.request)
	return rw != nil && rw.Begun()
}

// decide gives the answer the tag of its body, and reports whether it is
// complete with that: a 304 or a 412. If not, the body is to follow.
func (t *tagger) decide(body []byte) (complete bool) {
	h := t.rw.Header()
	var room [96]byte // for a hash of 256 bits and a representation
	text := t.computer.appendTag(room[:0], body, t.variant(), t.hold)
	n := len(text)
	if len(h["Content-Length"]) == 0 {
		text = strconv.AppendInt(text, int64(len(body)), 10)
	}
	s := string(text)
	t.fields = [2]string{s[:n], s[n:]}
	state := State{Tag: Tag{t.fields[0]}}
	if v := h["Last-Modified"]; len(v) == 1 {
		state.Modified, _ = parseDate(v[0])
	}
	switch d := evaluate(t.request.Method, t.request.Header, &state, state.Tag, byTheLetter); d {
	case Proceed:
		t.phase = passing
		h["Etag"] = t.fields[0:1:1]
		if n < len(s) {
			h["Content-Length"] = t.fields[1:2:2]
		}
		return false
	case NotModified:
		response.DeleteContentFields(h)
		delete(h, "Last-Modified") // RFC 9110 §15.4.5: there is a tag
		h["Etag"] = t.fields[0:1:1]
		t.phase = decided
		t.rw.WriteHeader(http.StatusNotModified)
	default:
		t.phase = decided
		problem.Write(t.rw, t.request, settings{}.failed(t.request.Method, d, state.Tag))
	}
	return true
}
