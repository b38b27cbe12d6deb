package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// exchange is one request, and what its response may be.
type exchange struct {
	name   string // what is tried, for whoever reads a finding
	method string
	path   string // with the query
	header http.Header
	body   []byte

	owner   *owner  // whose bytes a success may have; an error has nobody's
	want    []int   // the statuses that are right
	aborts  bool    // the connection may end instead
	hostile bool    // no well-behaved client sends this
	canary  string  // must not come back in an error
	oauth   bool    // errors are those of RFC 6749 §5.2
	guarded bool    // behind Bearer and Require: Vary and Cache-Control are checked
	item    *item   // what is read, if it is one item
	listed  *owner  // whose items are listed
	as      string  // media type that is read
	before  []int64 // counts that were acknowledged before the request
	sent    []version
	star    bool // If-None-Match: *
	range0  int  // with range1: the bytes that are asked for
	range1  int

	upload io.Reader     // instead of body
	leave  time.Duration // after which the client gives up; 0 is patience

	done func(*response) // called with a response that has been checked
}

func request(name, method, path string, want ...int) *exchange {
	return &exchange{name: name, method: method, path: path, header: http.Header{}, want: want}
}

func (e *exchange) with(name, value string) *exchange {
	e.header.Add(name, value)
	return e
}

// String returns the request as text, its token aside.
func (e *exchange) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %.300s", e.name, e.method, e.path)
	for name, values := range e.header {
		for _, v := range values {
			if name == "Authorization" && len(v) > 12 {
				v = v[:12] + "…"
			}
			fmt.Fprintf(&b, " | %s: %.200s", name, v)
		}
	}
	if len(e.body) > 0 {
		fmt.Fprintf(&b, " | %d bytes %.120q", len(e.body), e.body)
	}
	return b.String()
}

// response is a response that has been read to its end.
type response struct {
	status int
	proto  int
	header http.Header
	body   []byte
	err    error // before the end
}

func (r *response) String() string {
	if r.status == 0 {
		return fmt.Sprintf("no response: %v", r.err)
	}
	text := fmt.Sprintf("HTTP/%d %d %v %.200q", r.proto, r.status, r.header, r.body)
	if r.err != nil {
		text += " and " + r.err.Error()
	}
	return text
}

// patience is how long a client waits for a response. A loaded machine is slow, and a response that never comes
// is a finding.
const patience = 60 * time.Second

// newClient returns a client of one protocol that shows redirects and bodies as they are sent.
func newClient(h2 bool) *http.Client {
	t := &http.Transport{
		Protocols:           new(http.Protocols),
		DisableCompression:  true,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
	}
	t.Protocols.SetHTTP1(!h2)
	t.Protocols.SetUnencryptedHTTP2(h2)
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// send sends the request and reads the response.
func send(ctx context.Context, client *http.Client, base string, e *exchange) *response {
	wait := patience
	if e.leave > 0 {
		wait = e.leave
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	body := e.upload
	if body == nil && e.body != nil {
		body = bytes.NewReader(e.body)
	}
	r, err := http.NewRequestWithContext(ctx, e.method, base+e.path, body)
	if err != nil {
		return &response{err: err}
	}
	r.Header = e.header.Clone()
	got, err := client.Do(r)
	if err != nil {
		return &response{err: err}
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	return &response{got.StatusCode, got.ProtoMajor, got.Header, text, err}
}
