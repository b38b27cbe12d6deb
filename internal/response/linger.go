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

// linger reads on, within bounds, when an answer came before the content of its
// request. A client that is still sending, such as nginx, would else find the
// connection reset, and make a 502 of the answer that it never gets to see (RFC
// 9112 §9.6). HTTP/2 has a way to say so, and clients that stop sending at once
// and wait. It is the outermost layer's to do, when the log line is written.
func (w *Writer) linger() {
	r := w.request
	if w.status < 300 || w.hijacked || r.Body == nil || r.Body == http.NoBody || len(r.Header["Expect"]) > 0 ||
		request.From(w.State.Context) != nil || r.Context().Value(http.ServerContextKey) == nil {
		return
	}
	if r.ProtoMajor != 1 || r.ContentLength >= 0 && r.ContentLength <= serverReads {
		return
	}
	c := http.NewResponseController(w.rw)
	if c.SetReadDeadline(time.Now().Add(lingerTime)) != nil || c.Flush() != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, r.Body, lingerBytes)
}
