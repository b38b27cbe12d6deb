package conformance

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// refusedUploads returns described uploads with what they are refused for in
// their header.
func (p *probe) refusedUploads() (calls []call) {
	p.needsHTTP1()
	p.read()
	r := p.resource.Create
	if r == nil {
		r = p.resource.Change
	}
	p.needs(r != nil, "a change, or a request that creates a resource")
	if p.hasTokens() {
		c := p.write(r, "If-Match: *")
		c.as = identity{token: falseToken}
		calls = append(calls, c)
	}
	if r.Type != "" {
		c := p.write(r)
		c.fields = []string{field("Content-Type", noType), "If-Match: *"}
		calls = append(calls, c)
	}
	p.needs(len(calls) > 0, "tokens, or the type of a content")
	return calls
}

// arrives fails the check unless the refusal of the upload arrives.
func (p *probe) arrives(w wire, c call) {
	e := p.over(w, c)
	switch {
	case !p.arrived(e):
	case e.err != nil:
		p.fail("the client is still sending, or stalls, and the refusal does not arrive", e)
	case e.status < 400:
		p.fail(fmt.Sprintf("the upload, which is to be refused, is %d", e.status), e)
	default:
		p.sane("a refused upload", e)
	}
}

func uploads() []check {
	const advice = "Read on for a while after a refusal, within bounds, and only then close the connection: a reset takes the response away from a client that is still sending."
	return []check{{
		name:      "upload/refusal-arrives",
		sentence:  "The response to an upload that is refused arrives while the client is still sending.",
		reference: "RFC 9112 §9.6",
		advice:    advice,
		run: func(p *probe) {
			for _, c := range p.refusedUploads() {
				for _, chunked := range []bool{false, true} {
					for _, size := range []int{100 << 10, 900 << 10} {
						p.arrives(wire{chunked: chunked, size: size}, c)
					}
				}
			}
		},
	}, {
		name:      "upload/refusal-arrives-on-close",
		sentence:  "It arrives also where the client wants the connection closed, or speaks HTTP/1.0.",
		reference: "RFC 9112 §9.6",
		advice:    advice + " Proxies speak like that to the servers behind them.",
		run: func(p *probe) {
			for _, c := range p.refusedUploads() {
				for _, w := range []wire{
					{close: true, size: 20 << 10}, {close: true, size: 100 << 10}, {close: true, size: 500 << 10},
					{close: true, chunked: true, size: 100 << 10},
					{proto: "HTTP/1.0", size: 100 << 10},
				} {
					p.arrives(w, c)
				}
			}
		},
	}, {
		name:      "upload/refusal-reaches-a-stalled-client",
		sentence:  "It arrives also where the client stalls in the middle of the content.",
		reference: "RFC 9112 §9.5, §9.6",
		advice:    "Write the refusal before the rest of the content is read, or bound that by a deadline: net/http waits for up to 256 KiB, for as long as the client likes.",
		run: func(p *probe) {
			p.needsNoProxy()
			began := time.Now()
			p.arrives(wire{size: 100 << 10, stall: true}, p.refusedUploads()[0])
			p.note("the refusal reached a client that stalls in %v", time.Since(began).Round(time.Millisecond))
		},
	}, {
		name:      "upload/refused-before-the-content",
		sentence:  "A client that waits for 100 Continue gets the refusal, and sends nothing.",
		reference: "RFC 9110 §10.1.1",
		advice:    "Refuse before the content is read: the first read of it asks the client to send.",
		run: func(p *probe) {
			p.needsNoProxy()
			for _, c := range p.refusedUploads() {
				e := p.over(wire{expect: true, size: 100 << 10}, c)
				switch {
				case e.err != nil:
					p.fail("there is no response before the content", e)
				case e.status == http.StatusContinue:
					p.fail("the client is asked for content that is refused", e)
				case e.status < 400:
					p.fail(fmt.Sprintf("the upload, which is to be refused, is %d", e.status), e)
				}
			}
		},
	}, {
		name:      "upload/connection-stays-in-step",
		sentence:  "After a refused upload the next request on the connection has its own response, or the connection ends.",
		reference: "RFC 9112 §9.3, §11.2",
		advice:    "Content that nobody has read must be read or the connection closed: what is left of it would be taken for a request.",
		run: func(p *probe) {
			for _, c := range p.refusedUploads() {
				p.inStep(c)
			}
		},
	}, {
		name:      "upload/empty-chunked-content",
		sentence:  "A read with empty chunked content is a read without content.",
		reference: "RFC 9112 §6.3, §7.1",
		advice:    "Proxies forward no content as an empty chunk. Look at the content, not at the framing.",
		run: func(p *probe) {
			p.needsHTTP1()
			p.read()
			e := p.over(wire{chunked: true, close: true}, call{method: http.MethodGet, path: p.resource.Path, as: p.owner()})
			if p.arrived(e) {
				p.sane("a read with empty chunked content", e)
				p.want(e, "a read with empty chunked content", http.StatusOK)
			}
		},
	}, {
		name:      "upload/http-1.0",
		sentence:  "A client that speaks HTTP/1.0 gets a whole response that it can read.",
		reference: "RFC 9110 §2.5, RFC 9112 §6.1",
		advice:    "Never send chunks or an interim response to HTTP/1.0.",
		run: func(p *probe) {
			p.needsHTTP1()
			whole := p.read()
			e := p.over(wire{proto: "HTTP/1.0"}, call{method: http.MethodGet, path: p.resource.Path, as: p.owner()})
			if !p.arrived(e) {
				return
			}
			p.sane("a read by HTTP/1.0", e)
			p.want(e, "a read by HTTP/1.0", http.StatusOK)
			switch {
			case e.chunked:
				p.fail("the response has chunks", e)
			case e.body != whole.body:
				p.fail("the content is not that of HTTP/1.1", whole, e)
			}
		},
	}}
}

// inStep sends a refused upload whose content looks like a request, and a read
// right after it.
func (p *probe) inStep(c call) {
	content := "GET " + noRoute + " HTTP/1.1\r\nHost: " + p.target.base.Host + "\r\n\r\n"
	content = strings.Repeat(content, 8<<10/len(content))
	c.content = content
	next := call{method: http.MethodGet, path: p.resource.Path, as: p.owner()}
	if unsafe(c.method) && p.service.ReadOnly {
		p.skip("read-only: the check sends " + c.method)
	}
	first, second := &exchange{call: c, shown: p.show(c)}, &exchange{call: next, shown: p.show(next) + " # on the same connection"}
	conn, err := p.target.dial(p.ctx)
	if err != nil {
		first.err = err
		p.fail("there is no connection", first)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	// What cannot be sent shows in what is received.
	_, _ = io.WriteString(conn, p.head(wire{size: len(content)}, c)+content+p.head(wire{close: true}, next))
	in := bufio.NewReader(conn)
	for _, e := range []*exchange{first, second} {
		response, err := http.ReadResponse(in, &http.Request{Method: e.method})
		if err != nil {
			e.err = err
			break
		}
		e.received(response)
		if e == first && !p.arrived(e) {
			return
		}
	}
	p.limited(second)
	switch {
	case first.err != nil:
		p.fail("there is no response, or not all of it", first)
	case second.err == nil && second.status != http.StatusOK:
		p.fail("the next request on the connection has a response that is not its own", first, second)
	}
	if rest, _ := io.ReadAll(io.LimitReader(in, 1<<10)); second.err == nil && len(rest) > 0 {
		p.fail(fmt.Sprintf("more than two responses come to two requests: %q", shorten(string(rest))), first, second)
	}
}
