package middleware

import (
	"io"
	"net/http"
	"time"

	"github.com/apiconventions/apiconventions/internal/response"
)

// hasContent reports whether a request has content (RFC 9110 §6.4), as far as its
// framing tells: the server says -1 where it cannot know. What follows a CONNECT is
// no content (§9.3.6), be it the one of a WebSocket over HTTP/2 (RFC 8441).
func hasContent(r *http.Request) bool {
	return r.ContentLength != 0 && r.Body != nil && r.Body != http.NoBody && r.Method != http.MethodConnect
}

// firstByteTime is how long a client has for the first byte of content without a
// length.
const firstByteTime = time.Second

// peek looks for the first byte of content without a length, which may turn out to
// be none: proxies and HTTP/2 clients send an empty body so. What does not come in
// time is content, and so is what a client would send after a 100 (RFC 9110
// §10.1.1): that is not looked into. The result is to take the place of r, whose
// content is being read.
//
// Read in a goroutine, the byte needs no deadline of the connection, which others
// may have set and nobody can ask for.
func peek(r *http.Request) (next *http.Request, empty bool) {
	if r.ContentLength >= 0 || len(r.Header["Expect"]) > 0 {
		return r, false
	}
	body := &peeked{ReadCloser: r.Body, first: make(chan firstByte, 1)}
	go func() {
		var f firstByte
		_, f.err = io.ReadFull(r.Body, f.b[:])
		body.first <- f
	}()
	timeout := time.NewTimer(firstByteTime)
	defer timeout.Stop()
	select {
	case f := <-body.first:
		if f.err == io.EOF {
			return r, true
		}
		body.first <- f
	case <-timeout.C:
	}
	next = r.WithContext(r.Context())
	next.Body = response.InsideMaxBytesReader(r.Body, body)
	return next, false
}

// peeked is content whose first byte is being read.
type peeked struct {
	io.ReadCloser
	first chan firstByte // of one
	taken bool
}

type firstByte struct {
	b   [1]byte
	err error
}

// Read implements io.Reader.
func (p *peeked) Read(b []byte) (int, error) {
	if p.taken || len(b) == 0 {
		return p.ReadCloser.Read(b)
	}
	f := <-p.first
	p.taken = true
	if f.err != nil {
		return 0, f.err
	}
	b[0] = f.b[0]
	return 1, nil
}
