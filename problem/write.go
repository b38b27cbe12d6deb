package problem

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
)

// defaultTypes is the base of the problem types of a service that sets none.
const defaultTypes = "/problems/"

// Write answers the request with the problem document of err: the one that the
// service's own mapping (the Problems middleware's Map) makes of it, else that
// of [From]. A nil err is a mistake, and a 500.
//
// The answer is application/problem+json, no-store and nosniff. On HEAD it has
// no body and the length that the body would have (RFC 9110 §9.3.2). Header
// fields that were meant for a success and set since the chain was entered
// (ETag, Last-Modified, Cache-Control, Content-Disposition …) do not survive,
// the others do; Content-Range stays on a 416, and a Content-Encoding that may
// be a compressor's in between stays with it.
//
// If the answer has begun, as far as the chain can see, it is left as it is, and
// the chain breaks off the connection unless the client has it whole: the declared
// Content-Length was written in full, or there is no body to come, as on HEAD.
// Where etag.Computed is the only layer, Write breaks it off in any case (it panics
// with http.ErrAbortHandler). Either way the error is on record for the access log;
// it never goes out. What the request's context says does not matter: it is
// canceled also for clients that wait, such as those of a server that shuts down.
//
// A 413 closes the connection on HTTP/1.1, as net/http does for a body that it
// refuses to read.
func Write(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil {
		err = errors.New("problem: Write was called without an error")
	}
	rw := response.Of(w, r)
	var state *request.State
	if rw != nil {
		state = &rw.State
	} else {
		state = request.From(r.Context())
	}
	d, mistake := documentOf(err, state)
	fail := func(err error) {
		switch {
		case rw != nil:
			rw.Fail(d.of.status(), err)
		case state != nil && state.Logger != nil:
			state.Logger.Fail(state, d.of.status(), err)
		}
	}
	same := error(d.of) == err || d.prepared != nil && error(d.prepared) == err
	if e := d.of; !same || e.Err != nil || e.Detail != "" || e.Type != "" {
		fail(err)
	}
	if mistake != nil {
		fail(mistake)
	}
	keeper, keeps := w.(response.Keeper)
	switch {
	case rw != nil && rw.Begun():
		rw.Abort()
		return
	case rw == nil && keeps && keeper.Begun():
		panic(http.ErrAbortHandler)
	}
	sc := scratches.Get().(*scratch)
	types, id := defaultTypes, ""
	if state != nil {
		id = state.ID()
		if p := state.Problems; p != nil && p.Types != "" {
			types = p.Types
		}
	}
	if sc.body, mistake = d.append(sc.body[:0], types, id); mistake != nil {
		fail(mistake)
	}
	send(w, r, rw, d, sc)
	sc.release()
}

// documentOf asks the service's own mapping first.
func documentOf(err error, state *request.State) (d document, mistake error) {
	if state == nil || state.Problems == nil || state.Problems.Map == nil {
		return newDocument(err), nil
	}
	defer func() {
		if p := recover(); p != nil { // the mapping's own, or of an error that it or From asks
			d, mistake = document{of: Wrap(http.StatusInternalServerError, err)}, fmt.Errorf("problem: mapping %T: panic: %v", err, p)
		}
	}()
	if mapped := state.Problems.Map(err); mapped != nil {
		return newDocument(mapped), nil
	}
	return newDocument(err), nil
}

// send writes header and body. Directly on our own writer the whole answer is
// one piece; in front of somebody else's it takes the way of any other answer.
func send(w http.ResponseWriter, r *http.Request, rw *response.Writer, d document, sc *scratch) {
	h := w.Header()
	status := d.of.status()
	response.ResetHeader(w, rw, status)
	encoded := len(h["Content-Encoding"]) > 0
	d.setHeader(h, sc)
	h["Content-Type"] = sc.line("application/problem+json")
	h["Cache-Control"] = sc.line("no-store")
	h["X-Content-Type-Options"] = sc.line("nosniff")
	// A compressor, in between or outside, changes the length; net/http finds
	// the right one for a body of this size.
	if !encoded {
		h["Content-Length"] = sc.line(decimal(len(sc.body)))
	} else {
		delete(h, "Content-Length")
	}
	if status == http.StatusRequestEntityTooLarge && r.ProtoMajor == 1 {
		h.Set("Connection", "close")
	}
	if rw != nil && w == http.ResponseWriter(rw) {
		rw.Document(status, sc.body)
		return
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(sc.body) // the client has gone, or w is rw's and has noted it
	}
}

// slug reports whether a type is to be resolved under the service's base.
func slug(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
		default:
			return false
		}
	}
	return s != ""
}
