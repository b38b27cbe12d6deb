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
// The response is application/problem+json, no-store and nosniff. On HEAD it has
// no body and the length that the body would have (RFC 9110 §9.3.2). Header
// fields that were meant for a success and set since the chain was entered
// (ETag, Last-Modified, Cache-Control, Content-Disposition …) do not survive,
// the others do; Content-Range stays on a 416, and a Content-Encoding that may
// be a compressor's in between stays with it.
//
// If the response has begun, as far as the chain can see, it is left as it is, and
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
	info := response.InfoOf(w, r)
	response.Send(w, r, document(err, info))
}

// document makes the document of err for a request of which the layers know info,
// which may be nil.
func document(err error, info *request.Info) response.Document {
	problems, id := request.Problems{}, ""
	if info != nil {
		id = info.ID.Value()
		if p, ok := info.Problems.Get(); ok {
			problems = *p
		}
	}
	if problems.Types == "" {
		problems.Types = defaultTypes
	}
	e, mistake := mapped(err, problems.Map, info)
	d := response.Document{Status: e.status(), Header: e.Header}
	if error(e) != err || e.Err != nil || e.Detail != "" || e.Type != "" {
		d.Err = err
	}
	if d.Status == http.StatusUnauthorized && info != nil {
		d.Header = challenged(d.Header, info)
	}
	body, unsendable := e.append(nil, problems.Types, id)
	d.Body = body
	if mistake = errors.Join(mistake, unsendable); mistake != nil {
		d.Err = errors.Join(d.Err, mistake)
	}
	return d
}

// challenged adds the challenge that a 401 must have (RFC 9110 §15.5.2) where the
// layers know it.
func challenged(h http.Header, info *request.Info) http.Header {
	challenge, ok := info.Challenge.Get()
	if !ok || len(h["Www-Authenticate"]) > 0 {
		return h
	}
	h = h.Clone()
	if h == nil {
		h = make(http.Header)
	}
	h["Www-Authenticate"] = []string{challenge}
	return h
}

// mapped asks the service's own mapping first.
func mapped(err error, own func(error) error, info *request.Info) (e *Error, mistake error) {
	if own == nil {
		return from(err, info), nil
	}
	defer func() {
		if p := recover(); p != nil { // the mapping's own, or of an error that it or From asks
			e, mistake = Wrap(http.StatusInternalServerError, err), fmt.Errorf("problem: mapping %T: panic: %v", err, p)
		}
	}()
	if m := own(err); m != nil {
		return from(m, info), nil
	}
	return from(err, info), nil
}

// isSlug reports whether a type is to be resolved under the service's base.
func isSlug(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
		default:
			return false
		}
	}
	return s != ""
}
