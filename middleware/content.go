package middleware

import (
	"io"
	"net/http"
	"time"

	"github.com/apiconventions/apiconventions/internal/response"
)

// hasContent reports whether a request has content (RFC 9110 §6.4), as far as its framing
// tells: a length of -1 may turn out to be 0. What follows a CONNECT is no content
// (§9.3.6), also with a WebSocket over HTTP/2 (RFC 8441).
func hasContent(r *http.Request) bool {
	return r.ContentLength != 0 && r.Body != nil && r.Body != http.NoBody && r.Method != http.MethodConnect
}

// firstByteTime is how long peek waits for a first byte.
const firstByteTime = time.Second

// peek reports whether content of unknown length is empty: proxies and HTTP/2 clients may
// send an empty body without a length. It waits for the first byte. Content that does not
// arrive in time is not empty, nor is that of a client that expects 100-continue (RFC 9110
// §10.1.1), for which peek does not wait. next has to replace r, whose content may be
// being read.
//
// A goroutine reads the byte. A deadline would replace one that is set on the connection
// already, and that cannot be restored.
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
	first chan firstByte // one value
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
