package etag

import (
	"io"
	"net/http"
	"sync"

	"github.com/apiconventions/apiconventions/internal/response"
)

// tagger is the writer of Computed. It holds a response that may get a tag, and passes
// everything else on.
//
// A goroutine of the handler may use the writer at the same time as the handler, and
// after it has returned. So a call has the lock while it uses the held body or the writer
// below, and not while third-party code runs, such as the Read of a source.
type tagger struct {
	rw       http.ResponseWriter
	chain    *response.Writer // that rw is or leads to; nil = none
	request  *http.Request    // as Computed got it
	computer *computer

	mu       sync.Mutex
	phase    phase
	body     body
	declared int  // Content-Length, -1 = none
	explicit bool // the handler called WriteHeader, for the 200 that is held
	aborted  bool

	deadlines response.Deadlines
}

type phase uint8

const (
	untouched phase = iota // the handler has sent nothing yet
	holding                // a 200, which may get a tag
	passing                // everything goes to the writer below
	ended
)

// Header implements http.ResponseWriter.
func (t *tagger) Header() http.Header {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.phase == ended {
		return make(http.Header)
	}
	return t.rw.Header()
}

// Unwrap returns the writer below. http.ResponseController finds Flush and Hijack in the
// tagger first.
func (t *tagger) Unwrap() http.ResponseWriter { return t.rw }

// Begun implements response.Keeper.
func (t *tagger) Begun() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.phase == passing || t.phase == ended
}

// Abort implements response.Keeper.
func (t *tagger) Abort() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.aborted = true
}

// WriteHeader implements http.ResponseWriter.
func (t *tagger) WriteHeader(status int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.phase == ended:
	case t.phase == holding && status < 400:
		// A superfluous call.
	case t.phase == untouched && status < 200 && status != http.StatusSwitchingProtocols:
		t.rw.WriteHeader(status) // interim
	case t.phase == untouched && status == http.StatusOK && t.begin():
		t.explicit = true
	default: // an error status also replaces what is held of a 200
		t.phase, t.explicit = passing, false
		t.drop()
		t.rw.WriteHeader(status)
	}
}

// begin starts to hold a 200, or to pass it on if it gets no tag. It reports whether it
// is held.
func (t *tagger) begin() bool {
	declared, alone := t.isLeftAlone()
	if alone {
		t.phase = passing
		return false
	}
	t.phase, t.declared = holding, declared
	return true
}

// isLeftAlone reports whether the response gets no tag. declared is its Content-Length,
// -1 = none.
func (t *tagger) isLeftAlone() (declared int, alone bool) {
	if t.chain != nil && t.chain.IsNoStore() {
		return -1, true
	}
	return t.computer.isLeftAlone(t.rw.Header())
}

// Write implements http.ResponseWriter.
func (t *tagger) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch held, err := hold(t, p); {
	case err != nil:
		return 0, err
	case held:
		return len(p), nil
	}
	return t.rw.Write(p)
}

// WriteString implements io.StringWriter.
func (t *tagger) WriteString(s string) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch held, err := hold(t, s); {
	case err != nil:
		return 0, err
	case held:
		return len(s), nil
	}
	return io.WriteString(t.rw, s)
}

// hold adds p to what is held. It returns false if p is to be passed on, after it has sent
// what was held.
func hold[T string | []byte](t *tagger, p T) (held bool, err error) {
	if t.phase == untouched {
		t.begin()
	}
	switch {
	case t.phase == ended:
		return false, http.ErrHandlerTimeout
	case t.phase == passing:
		return false, nil
	case len(p) > t.most()-t.body.size:
		return false, t.release()
	}
	add(&t.computer.pieces, &t.body, p)
	return true, nil
}

// most returns how many bytes can be held.
func (t *tagger) most() int {
	if t.declared >= 0 {
		return t.declared
	}
	return t.computer.limit
}

// release sends what is held. From then on everything is passed on.
func (t *tagger) release() error {
	if t.phase == ended {
		return http.ErrHandlerTimeout
	}
	t.phase = passing
	defer t.drop()
	return t.send(t.body.size)
}

// sniffed is the number of bytes from which net/http guesses a Content-Type.
const sniffed = 512

// send writes at most n bytes of what is held. Without an explicit WriteHeader, the server
// sends the 200 itself.
func (t *tagger) send(n int) error {
	if t.explicit {
		t.explicit = false
		t.rw.WriteHeader(http.StatusOK)
	}
	return t.body.writeTo(t.rw, n, t.computer.wrappers.leadThrough(t.rw))
}

// drop discards what is held.
func (t *tagger) drop() { t.computer.pieces.put(&t.body) }
