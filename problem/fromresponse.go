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

// FromResponse is the client's half: it returns the problem document of an
// answer as an *Error, or nil if the status is below 400. A document is read
// whatever JSON type it is declared as; where there is none, such as in a
// proxy's HTML page, or a body of over 64 KiB, the error is made of the status
// alone. Status is the answer's own, whatever the document says; Header has the
// answer's fields (Retry-After, WWW-Authenticate, Allow, ETag, Content-Range …) but
// for those of the connection, of proxies, of caching and of the document, its id
// and its cookies. It does not close the body.
//
// A service that passes on another's error should say so: return
// Wrap(http.StatusBadGateway, err), and its own clients see nothing of it.
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
	return e
}

func maybeJSON(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	return mediaType == "" || strings.HasSuffix(mediaType, "/json") || strings.HasSuffix(mediaType, "+json")
}

// endToEnd is what of an answer's header is of use apart from its content, its
// connection (RFC 9110 §7.6.1), and its server's own affairs.
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
