package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// An exchange is a request as it goes over a connection. In a field, TAG stands
// for the entity tag that a GET of the same path brings.
type exchange struct {
	method, path string
	fields       http.Header
	tagged       http.Header // fields of that GET which differ
	size         int         // bytes of the body
	http2        bool
	fresh        bool // each time on a new connection, not one that is kept
}

// seen is what the client and the log saw.
type seen struct {
	broken bool // no response, or one that ended before its end
	status int
	header http.Header
	body   string
	log    string
	logged string // the status in the log
}

// request makes the request. A body is a JSON string of the given size.
func (e exchange) request(addr string) *http.Request {
	r, err := http.NewRequest(e.method, "http://"+addr+e.path, e.body())
	if err != nil {
		panic(err)
	}
	for name, lines := range e.fields {
		r.Header[name] = lines
	}
	return r
}

func (e exchange) body() io.Reader {
	if e.size == 0 {
		return nil
	}
	body := bytes.Repeat([]byte("a"), e.size)
	body[0], body[e.size-1] = '"', '"'
	return bytes.NewReader(body)
}

// once does the exchange on a connection of its own. It skips interim
// responses and knows half a body from a whole one.
func (e exchange) once(addr string) (s seen) {
	if e.http2 {
		return e.onceHTTP2(addr)
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	r := e.request(addr)
	r.Close = true
	r.Write(c)
	for in := bufio.NewReader(c); ; {
		resp, err := http.ReadResponse(in, r)
		if err != nil {
			return seen{broken: true}
		}
		if resp.StatusCode < 200 {
			continue
		}
		return seenIn(resp)
	}
}

func (e exchange) onceHTTP2(addr string) seen {
	t := http2Transport()
	defer t.CloseIdleConnections()
	resp, err := t.RoundTrip(e.request(addr))
	if err != nil {
		return seen{broken: true}
	}
	defer resp.Body.Close()
	return seenIn(resp)
}

func seenIn(resp *http.Response) seen {
	body, err := io.ReadAll(resp.Body)
	return seen{broken: err != nil, status: resp.StatusCode, header: resp.Header, body: string(body)}
}

// needsTag reports whether a field has the placeholder.
func (e exchange) needsTag() bool {
	for _, lines := range e.fields {
		if strings.Contains(strings.Join(lines, ""), "TAG") {
			return true
		}
	}
	return false
}

// withTag is the exchange with the tag in place of the placeholder.
func (e exchange) withTag(addr string) exchange {
	get := exchange{method: http.MethodGet, path: e.path, fields: e.fields.Clone()}
	for _, name := range []string{"If-Match", "If-None-Match", "Content-Type"} {
		get.fields.Del(name)
	}
	maps.Copy(get.fields, e.tagged)
	tag := get.once(addr).header.Get("ETag")
	fields := http.Header{}
	for name, lines := range e.fields {
		for _, line := range lines {
			fields.Add(name, strings.ReplaceAll(line, "TAG", tag))
		}
	}
	e.fields = fields
	return e
}

// A client repeats one exchange on connections that it keeps.
type client struct {
	connections []connection
	status      int             // of each response
	firsts      []time.Duration // of the last load: from each request to the first byte of its body
}

// A connection does the exchange once. It returns the status, and how long the
// first byte of the body took.
type connection interface {
	exchange() (status int, first time.Duration, err error)
	Close() error
}

// newClient opens n connections and does the exchange once on each.
func (e exchange) newClient(addr string, n int) (*client, error) {
	if e.needsTag() {
		e = e.withTag(addr)
	}
	c := &client{}
	for range n {
		connect := e.connect
		if e.http2 {
			connect = e.connectHTTP2
		}
		k, err := connect(addr)
		if err == nil {
			c.connections = append(c.connections, k)
			c.status, _, err = k.exchange()
		}
		if err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

func (c *client) close() {
	for _, k := range c.connections {
		k.Close()
	}
}

// load does n exchanges, or a few less, on all connections at the same time. It
// returns how many. It fails if a response has another status than the first.
func (c *client) load(n int) (done int, err error) {
	each := max(1, n/len(c.connections))
	firsts := make([][]time.Duration, len(c.connections))
	errs := make([]error, len(c.connections))
	var all sync.WaitGroup
	for i, k := range c.connections {
		all.Go(func() {
			for range each {
				status, first, err := k.exchange()
				if err == nil && status != c.status {
					err = fmt.Errorf("status %d, and %d before", status, c.status)
				}
				if err != nil {
					errs[i] = err
					return
				}
				firsts[i] = append(firsts[i], first)
			}
		})
	}
	all.Wait()
	c.firsts = slices.Concat(firsts...)
	return each * len(c.connections), errors.Join(errs...)
}

// http1 is a connection that writes the same bytes each time: what the client
// spends, the server may not have to wait for.
type http1 struct {
	net.Conn
	in      *bufio.Reader
	request *http.Request
	wire    []byte
	addr    string // where each exchange has a connection of its own, else ""
}

func (e exchange) connect(addr string) (connection, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	r := e.request(addr)
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		return nil, err
	}
	k := &http1{c, bufio.NewReaderSize(c, 32<<10), r, wire.Bytes(), ""}
	if e.fresh {
		k.addr = addr
	}
	return k, nil
}

func (c *http1) exchange() (int, time.Duration, error) {
	if c.addr != "" {
		if err := c.again(); err != nil {
			return 0, 0, err
		}
	}
	start := time.Now()
	if _, err := c.Write(c.wire); err != nil {
		return 0, 0, err
	}
	resp, err := http.ReadResponse(c.in, c.request)
	if err != nil {
		return 0, 0, err
	}
	first, err := drain(resp.Body, start)
	return resp.StatusCode, first, err
}

// again takes a new connection.
func (c *http1) again() (err error) {
	c.Conn.Close()
	c.Conn, err = net.Dial("tcp", c.addr)
	c.in.Reset(c.Conn)
	return err
}

// http2 is a connection of net/http's own client, with one stream at a time.
type http2 struct {
	transport *http.Transport
	e         exchange
	addr      string
}

func http2Transport() *http.Transport {
	t := &http.Transport{Protocols: new(http.Protocols)}
	t.Protocols.SetUnencryptedHTTP2(true)
	return t
}

func (e exchange) connectHTTP2(addr string) (connection, error) {
	return &http2{http2Transport(), e, addr}, nil
}

func (c *http2) exchange() (int, time.Duration, error) {
	start := time.Now()
	resp, err := c.transport.RoundTrip(c.e.request(c.addr))
	if err != nil {
		return 0, 0, err
	}
	first, err := drain(resp.Body, start)
	return resp.StatusCode, first, err
}

func (c *http2) Close() error {
	c.transport.CloseIdleConnections()
	return nil
}

// drain reads the body to its end.
func drain(body io.ReadCloser, start time.Time) (first time.Duration, err error) {
	defer body.Close()
	var b [1]byte
	if _, err := body.Read(b[:]); err != nil && err != io.EOF {
		return 0, err
	}
	first = time.Since(start)
	_, err = io.Copy(io.Discard, body)
	return first, err
}
