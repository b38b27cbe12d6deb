package problem

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/response"
)

// responseLimit bounds what FromResponse reads of a body.
const responseLimit = 64 << 10

// FromResponse returns the problem of a response with a status of 400 or more,
// for a client of a service, and nil for any other. errors.As finds an *Error in
// it, and errors.Is compares its type:
//
//	var e *problem.Error
//	if errors.As(problem.FromResponse(resp), &e) && e.Status == http.StatusNotFound {
//
// A document is read whatever JSON type it is declared as. Where there is none,
// such as in a proxy's HTML page, or where the body has over 64 KiB, the status
// alone makes the error. Status is that of the response, whatever the document
// says. Header has the fields of the response (Retry-After, WWW-Authenticate,
// Allow, ETag, Content-Range …) without those of the connection, of proxies, of
// caching and of the document, without its id and its cookies. FromResponse does
// not close the body.
//
// A service may return the error, wrapped or not, to its own client: [From] takes
// it for a cause, and nothing of it is sent. Return
// Wrap(http.StatusBadGateway, err) for a 502. To pass the document on, return
// the *Error that errors.As found.
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

// received is another service's problem. It is no Problemer and does not unwrap
// to one, so that nobody sends it on by accident.
type received struct{ problem *Error }

func (r *received) Error() string { return "received " + r.problem.Error() }

// Is compares the type of the problem with a [Type].
func (r *received) Is(target error) bool { return r.problem.Is(target) }

// As gives the problem to who asks for an *Error.
func (r *received) As(target any) bool {
	e, ok := target.(**Error)
	if ok {
		*e = r.problem
	}
	return ok
}

func maybeJSON(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	return mediaType == "" || strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json")
}

// endToEnd returns the fields that are of use apart from the response's content,
// connection (RFC 9110 §7.6.1) and server.
func endToEnd(h http.Header) http.Header {
	kept := make(http.Header, len(h))
	for k, v := range h {
		switch k {
		case "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Te", "Transfer-Encoding", "Upgrade",
			"Set-Cookie", "X-Request-Id":
			continue
		}
		// The tag and the range are those of what the request was about.
		if about := k == "Etag" || k == "Content-Range"; (about || !response.ForSuccess(k)) && !header.Contains(h["Connection"], k) {
			kept[k] = append([]string(nil), v...)
		}
	}
	return kept
}
