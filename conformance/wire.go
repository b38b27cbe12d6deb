package conformance

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A wire is how a call goes over a connection of its own, for what net/http's
// client cannot do.
type wire struct {
	proto   string // "" is HTTP/1.1
	close   bool   // with Connection: close
	chunked bool
	size    int  // bytes of content, in place of the call's
	expect  bool // with Expect: 100-continue; the content is never sent
	stall   bool // the content ends after its first piece, and the connection stays
}

// stalled is how long a client that stalls waits for a response.
const stalled = 10 * time.Second

// The content is sent in pieces with a pause after each, as over a real network:
// on a loopback device one write would have been taken whole before the response
// is made.
const (
	piece = 8 << 10
	pause = 2 * time.Millisecond
)

// needsHTTP1 skips the check of what only HTTP/1.1 has.
func (p *probe) needsHTTP1() {
	if p.service.HTTP2 {
		p.skip("not reached: only HTTP/1.1 has this")
	}
}

// over sends a call on a connection of its own. It reads only when it has sent
// everything, or cannot send any more, as proxies do.
func (p *probe) over(w wire, c call) *exchange {
	if unsafe(c.method) && p.service.ReadOnly {
		p.skip("read-only: the check sends " + c.method)
	}
	c.curl = w.curl()
	c.content = ""
	e := &exchange{call: c}
	defer func() { e.shown = w.content() + p.show(e.call) }()
	began := time.Now()
	defer func() { e.took = time.Since(began) }()
	conn, err := p.target.dial(p.ctx)
	if err != nil {
		e.err = err
		return e
	}
	defer conn.Close()
	defer context.AfterFunc(p.ctx, func() { conn.Close() })()
	conn.SetDeadline(began.Add(patience))
	if w.stall {
		conn.SetDeadline(began.Add(stalled))
	}
	_, sending := conn.Write([]byte(p.head(w, c)))
	if sending == nil && !w.expect {
		sending = w.sendContent(conn)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: c.method})
	if err == nil {
		e.received(response)
	} else {
		e.err = err
	}
	// What a kernel still has for a client after a reset, a proxy does not look for.
	if sending != nil {
		e.err = fmt.Errorf("the connection ends while the content is still being sent: %w", sending)
	}
	return e
}

// head is the request line and the field lines.
func (p *probe) head(w wire, c call) string {
	proto := w.proto
	if proto == "" {
		proto = "HTTP/1.1"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s%s %s\r\nHost: %s\r\n", c.method, strings.TrimSuffix(p.target.base.Path, "/"), c.path, proto, p.target.base.Host)
	for _, line := range p.lines(c) {
		b.WriteString(line + "\r\n")
	}
	if w.close {
		b.WriteString("Connection: close\r\n")
	}
	if w.expect {
		b.WriteString("Expect: 100-continue\r\n")
	}
	switch {
	case w.chunked:
		b.WriteString("Transfer-Encoding: chunked\r\n")
	case w.size > 0:
		fmt.Fprintf(&b, "Content-Length: %d\r\n", w.size)
	}
	b.WriteString("\r\n")
	return b.String()
}

// sendContent sends until the end, or until the server takes no more.
func (w wire) sendContent(conn net.Conn) error {
	data := strings.Repeat(" ", piece)
	for left := w.size; left > 0; left -= piece {
		part := data[:min(left, piece)]
		if w.chunked {
			part = fmt.Sprintf("%x\r\n%s\r\n", len(part), part)
		}
		if _, err := conn.Write([]byte(part)); err != nil {
			return err
		}
		if w.stall {
			return nil
		}
		time.Sleep(pause)
	}
	if w.chunked {
		_, err := conn.Write([]byte("0\r\n\r\n"))
		return err
	}
	return nil
}

// curl are the options that make curl send alike.
func (w wire) curl() (options []string) {
	if w.proto == "HTTP/1.0" {
		options = append(options, "--http1.0")
	}
	if w.close {
		options = append(options, "-H 'Connection: close'")
	}
	if w.expect {
		options = append(options, "-H 'Expect: 100-continue'")
	}
	if w.chunked {
		options = append(options, "-H 'Transfer-Encoding: chunked'")
	}
	switch {
	case w.stall:
		options = append(options, "--http1.1 -H 'Content-Length: "+strconv.Itoa(w.size)+"' --data-binary @-")
	case w.size > 0 && !w.expect:
		options = append(options, "--limit-rate 4M --data-binary @-")
	case w.size > 0:
		options = append(options, "--data-binary @-")
	case w.chunked:
		options = append(options, "--data-binary ''")
	}
	return options
}

func (w wire) content() string {
	if w.size == 0 {
		return ""
	}
	if w.stall {
		return "(head -c " + strconv.Itoa(piece) + " /dev/zero; sleep 10) | "
	}
	return "head -c " + strconv.Itoa(w.size) + " /dev/zero | tr '\\0' ' ' | "
}
