package response

import (
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/apiconventions/apiconventions/internal/request"
)

// What is read of a content that nobody wanted, and for how long.
const (
	lingerBytes = 32 << 20
	lingerTime  = 5 * time.Second

	// serverReads is how much net/http itself reads before it answers.
	serverReads = 256 << 10
)

// content is that of a request which may be answered before it has been read. A
// handler that http.TimeoutHandler has abandoned may still be reading it.
type content struct {
	io.ReadCloser
	mu    sync.Mutex
	ended bool
}

func (c *content) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.ReadCloser.Read(p)
	c.ended = c.ended || err != nil
	return n, err
}

// watchContent prepares for linger where net/http by itself would not read to the
// end.
func (w *Writer) watchContent() {
	r := &w.request
	if r.ContentLength >= 0 && r.ContentLength <= serverReads || !w.receives() {
		return
	}
	w.putAside().content = &content{ReadCloser: r.Body}
	r.Body = w.aside.content
}

// receives reports whether a client may be sending while the answer is made. That
// is for the outermost layer to ask, under net/http, on HTTP/1.1: HTTP/2 has a way
// to say that no more is wanted, and clients that stop sending at once and wait. A
// client that expects 100-continue sends nothing that is not asked for.
func (w *Writer) receives() bool {
	r := &w.request
	return r.ContentLength != 0 && r.Body != nil && r.Body != http.NoBody &&
		r.ProtoMajor == 1 && len(r.Header["Expect"]) == 0 &&
		request.From(w.State.Context) == nil && r.Context().Value(http.ServerContextKey) != nil
}

// linger reads on, within bounds, when a refusal came before the content of its
// request. A client that is still sending, such as nginx, would else find the
// connection reset, and make a 502 of the answer that it never gets to see (RFC
// 9112 §9.6). It does so for answers of declared length, as documents are, which
// are whole for the client at once, and where nobody stands before the server,
// who might keep the answer back meanwhile.
//
// What little net/http reads by itself it reads before it answers, and waits for
// as long as the client likes: there the bound is all that is missing.
func (w *Writer) linger() {
	if w.status < 300 || w.hijacked || !w.receives() {
		return
	}
	if _, wraps := w.rw.(interface{ Unwrap() http.ResponseWriter }); wraps {
		return
	}
	limit := lingerTime
	if s, ok := w.request.Context().Value(http.ServerContextKey).(*http.Server); ok && s.ReadTimeout > 0 {
		limit = min(limit, s.ReadTimeout)
	}
	c := http.NewResponseController(w.rw)
	if c.SetReadDeadline(time.Now().Add(limit)) != nil || w.aside == nil || w.aside.content == nil {
		return
	}
	if w.length >= 0 && !w.aside.content.hasEnded() && c.Flush() == nil {
		_, _ = io.CopyN(io.Discard, w.aside.content, lingerBytes)
	}
}

func (c *content) hasEnded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}
