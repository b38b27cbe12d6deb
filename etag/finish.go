package etag

import (
	"net/http"
	"strconv"

	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// close ends the writer, also after a panic.
func (t *tagger) close() {
	t.end()
	t.drop()
}

// end ends the writer, and returns the phase in which it was.
func (t *tagger) end() (before phase, aborted bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before = t.phase
	t.phase = ended
	t.deadlines.End()
	return before, t.aborted
}

// finish completes the response when the handler has returned.
func (t *tagger) finish() {
	isHead := t.request.Method == http.MethodHead
	before, aborted := t.end()
	switch {
	case aborted && t.chain == nil:
		panic(http.ErrAbortHandler)
	case before == passing,
		t.chain != nil && t.chain.Begun(): // another writer has responded
		return
	}
	size := t.body.size
	declared, alone := t.isLeftAlone() // again: the handler may have set fields since
	if alone || declared >= 0 && declared != size || isHead && size == 0 {
		_ = t.send(size) // the writer below records a failure
		return
	}
	state := State{Tag: t.computer.tag(&t.body, variantOf(response.InfoOf(t.rw, t.request)))}
	if v := t.rw.Header()["Last-Modified"]; len(v) == 1 {
		state.Modified, _ = parseDate(v[0])
	}
	switch d := evaluate(t.request.Method, conditions(t.request), &state, state.Tag, byTheLetter); d {
	case proceed:
		t.sendTagged(state.Tag)
	case unchanged:
		notModified(t.rw, t.request, &state, state.Tag)
	default:
		problem.Write(t.rw, t.request, new(Options).refusal(t.request.Method, conditions(t.request), &state, state.Tag, d))
	}
}

// sendTagged sends the held 200 with its tag and its length.
func (t *tagger) sendTagged(tag Tag) {
	h, size := t.rw.Header(), t.body.size
	h["Etag"] = []string{tag.wire}
	if len(h["Content-Length"]) == 0 {
		h["Content-Length"] = []string{strconv.Itoa(size)}
	}
	switch {
	case size == 0:
		t.rw.WriteHeader(http.StatusOK)
	case t.request.Method == http.MethodHead:
		_ = t.send(sniffed) // for the Content-Type; the server sends no body
	default:
		_ = t.send(size)
	}
}
