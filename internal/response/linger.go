package response

import (
	"io"
	"net/http"
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

// content is that of a request which may be answered before it has been read.
type content struct {
	io.ReadCloser
	ended bool
}

func (c *content) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.ended = c.ended || err != nil
	return n, err
}

// watchContent prepares for linger, which is for the outermost layer, under
// net/http, on HTTP/1.1: HTTP/2 has a way to say that no more is wanted, and
// clients that stop sending at once and wait. A client that expects 100-continue
// sends nothing that is not asked for.
func (w *Writer) watchContent() {
	r := w.request
	if r.ProtoMajor != 1 || r.ContentLength >= 0 && r.ContentLength <= serverReads ||
		r.Body == nil || r.Body == http.NoBody || len(r.Header["Expect"]) > 0 ||
		request.From(w.State.Context) != nil || r.Context().Value(http.ServerContextKey) == nil {
		return
	}
	w.putAside().content = &content{ReadCloser: r.Body}
	r.Body = w.aside.content
}

// linger reads on, within bounds, when an answer came before the content of its
// request. A client that is still sending, such as nginx, would else find the
// connection reset, and make a 502 of the answer that it never gets to see (RFC
// 9112 §9.6).
func (w *Writer) linger() {
	if w.status < 300 || w.hijacked || w.aside == nil || w.aside.content == nil || w.aside.content.ended {
		return
	}
	c := http.NewResponseController(w.rw)
	if c.SetReadDeadline(time.Now().Add(lingerTime)) != nil || c.Flush() != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, w.aside.content, lingerBytes)
}
