package problem

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/response"
)

// defaultTypes is the base of the problem types of a service that sets none.
const defaultTypes = "/problems/"

// usualLength is the length in bytes within which most documents are.
const usualLength = 512

// Write responds to the request with the problem document of err, as the Map of the
// Problems middleware or [From] returns it. A nil err is a mistake, and a 500.
//
// The response is application/problem+json, no-store and nosniff. On HEAD it has the
// length of the body and no body (RFC 9110 §9.3.2). Header fields that are for a success
// and were set inside the chain (ETag, Last-Modified, Cache-Control, Content-Disposition
// …) are deleted, except Content-Range on a 416, and a Content-Encoding that a compressor
// in between may have set. A 408 or 413 closes the connection on HTTP/1.1, as net/http
// does for content that it refuses to read.
//
// If the response has begun, err is logged and not sent, and the chain breaks off the
// connection, unless the client has the whole response: the declared Content-Length was
// written in full, or there is no body, as on HEAD. Where etag.Computed is the only
// layer, the connection is broken off in any case.
//
// Write also responds where the request's context is canceled: when a server shuts down,
// its clients still wait.
func Write(w http.ResponseWriter, r *http.Request, err error) {
	if isNil(err) {
		err = errors.New("problem: Write was called without an error")
	}
	info := response.InfoOf(w, r)
	response.Send(w, r, document(r, err, info))
}

// document makes the document of err. info may be nil.
func document(r *http.Request, err error, info *request.Info) response.Document {
	problems, id := request.Problems{}, ""
	if info != nil {
		id = info.ID.Value()
		if p := info.Problems.Get(); p != nil {
			problems = *p
		}
	}
	if problems.Types == "" {
		problems.Types = defaultTypes
	}
	e, cause := mapped(r, err, problems.Map, info)
	d := response.Document{Status: e.status(), Header: e.Header}
	if error(e) != err || e.Err != nil || e.Detail != "" || e.Type != "" {
		d.Err = cause
	}
	if d.Status == http.StatusUnauthorized && info != nil {
		d.Header = challenged(d.Header, info)
	}
	var room [usualLength]byte
	body, unsendable := e.append(room[:0], problems.Types, id)
	d.Body = bytes.Clone(body)
	if unsendable != nil {
		d.Err = errors.Join(d.Err, unsendable)
	}
	return d
}

// challenged returns h with the WWW-Authenticate that a 401 must have (RFC 9110 §15.5.2),
// where the layers know one and h has none. It does not change h.
func challenged(h http.Header, info *request.Info) http.Header {
	challenge := info.Challenge.Get()
	if challenge == nil {
		return h
	}
	for name := range h {
		if strings.EqualFold(name, "WWW-Authenticate") {
			return h
		}
	}
	h = h.Clone()
	if h == nil {
		h = make(http.Header)
	}
	h["Www-Authenticate"] = []string{*challenge}
	return h
}

// mapped returns the problem that the service's own mapping returns for err, or that of
// From, and the cause for the log. A panic in the mapping, or in a method of err, is a 500.
func mapped(r *http.Request, err error, own func(error) error, info *request.Info) (e *Error, cause error) {
	if own != nil {
		defer func() {
			if p := recover(); p != nil {
				e = Wrap(http.StatusInternalServerError, err)
				cause = errors.Join(err, fmt.Errorf("problem: mapping %T: panic: %v", err, p))
			}
		}()
		if m := own(err); !isNil(m) {
			e = from(m, info)
			return e, causeOf(e, err)
		}
	}
	if isCutShort(r, err) {
		return cutShort(err), err
	}
	return from(err, info), err
}

// causeOf returns the cause of e, which the service's own mapping has made of err, and
// err, if the one does not wrap the other.
func causeOf(e *Error, err error) error {
	switch {
	case e.Err == nil, errors.Is(err, e.Err):
		return err
	case errors.Is(e.Err, err):
		return e.Err
	default:
		return errors.Join(err, e.Err)
	}
}
