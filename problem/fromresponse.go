package problem

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/response"
)

// responseLimit bounds what FromResponse reads of a body.
const responseLimit = 64 << 10

// FromResponse returns the problem of a response with a status from 400 on, for a client
// of a service. It returns nil for any other status. errors.As finds an *Error in it, and
// errors.Is compares its type:
//
//	var e *problem.Error
//	if errors.As(problem.FromResponse(resp), &e) && e.Status == http.StatusNotFound {
//
// A document is read under any JSON media type. Without a document, such as for the HTML
// page of a proxy, or with a body over 64 KiB, the error is made of the status. Status is
// that of the response, not that of the document. Header has the fields of the response
// (Retry-After, WWW-Authenticate, Allow, ETag, Content-Range …), except those about the
// connection, proxies, caching and the document, X-Request-Id and Set-Cookie.
// FromResponse does not close the body.
//
// A service may return the error from its own handler, wrapped or not. [From] takes it
// for a cause, and nothing of it is sent. For a 502, return
// Wrap(http.StatusBadGateway, err). To pass the document on, return the *Error that
// errors.As found.
func FromResponse(resp *http.Response) error {
	if resp.StatusCode < 400 {
		return nil
	}
	e := new(Error)
	if resp.Body != nil && maybeJSON(resp.Header.Get("Content-Type")) {
		body, err := io.ReadAll(io.LimitReader(resp.Body, responseLimit+1))
		if err != nil || len(body) > responseLimit || json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), e) != nil {
			e = new(Error)
		}
	}
	e.Status = resp.StatusCode
	if e.Title == "" {
		e.Title = http.StatusText(resp.StatusCode)
	}
	e.Header = endToEnd(resp.Header)
	return &received{e}
}

// received is the problem of another service. It is no Problemer and does not unwrap to
// one, so that it is not sent on by accident.
type received struct{ problem *Error }

func (r *received) Error() string { return "received " + r.problem.Error() }

// Is compares the type of the problem with a [Type].
func (r *received) Is(target error) bool { return r.problem.Is(target) }

// As sets target to the problem if it is a **Error.
func (r *received) As(target any) bool {
	e, ok := target.(**Error)
	if ok {
		*e = r.problem
	}
	return ok
}

// maybeJSON reports whether a body of the given Content-Type may be JSON.
func maybeJSON(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	return mediaType == "" || strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json")
}

// endToEnd returns the fields of a response that are of use without its content, its
// connection (RFC 9110 §7.6.1) and its server.
func endToEnd(h http.Header) http.Header {
	kept := make(http.Header, len(h))
	for k, v := range h {
		switch k {
		case "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Te", "Transfer-Encoding", "Upgrade",
			"Set-Cookie", "X-Request-Id":
			continue
		}
		// ETag and Content-Range of an error are about the resource, not the document.
		ofResource := k == "Etag" || k == "Content-Range"
		if (ofResource || !response.ForSuccess(k)) && !header.Contains(h["Connection"], k) {
			kept[k] = slices.Clone(v)
		}
	}
	return kept
}
