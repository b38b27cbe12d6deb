package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/middleware"
)

const requestID = "one-id-for-all"

var allWork = strings.TrimSpace(strings.Repeat("All work and no play. ", 200))

// The table is the same through every program, but for what its differences name.
func TestExchanges(t *testing.T) {
	documents := make(map[string]string) // by exchange: those of the bare mux
	for _, sub := range subjects {
		t.Run(sub.name, func(t *testing.T) {
			for _, proto := range []string{"HTTP/1.1", "HTTP/2"} {
				t.Run(proto, func(t *testing.T) {
					c := newClient(t, sub, proto)
					unused := make(map[string]bool)
					for name := range sub.differs {
						unused[name] = true
					}
					for _, x := range exchanges {
						delete(unused, x.name)
						want := x.want
						d, differs := sub.differs[x.name]
						if differs {
							want = d.want
						} else if sub.refuses != nil && want.typ != "" {
							sub.refuses(&want, documents[x.name])
						}
						if sub.every != nil {
							want.header = slices.Clone(want.header)
							sub.every(&want)
						}
						c.exchange(t, x, want, documents, sub.name == "mux", differs)
						if differs && d.why == "" {
							t.Errorf("%s: a difference without a reason", x.name)
						}
					}
					for _, x := range sub.further {
						c.exchange(t, x, x.want, nil, false, true)
					}
					c.Close()
					if n := len(c.records); n > 0 {
						t.Errorf("%d access lines more than requests", n)
					}
					for name := range unused {
						t.Errorf("no exchange is called %q", name)
					}
				})
			}
		})
	}
}

// client sends the table's requests to one server.
type client struct {
	*httptest.Server
	sub  subject
	seen chan struct{}
	tags map[string]string // "{1}" to the tag of version 1

	records chan middleware.Record
}

func newClient(t *testing.T, sub subject, proto string) *client {
	c := &client{sub: sub, seen: make(chan struct{}), tags: make(map[string]string), records: make(chan middleware.Record, 100)}
	h := sub.program(newService(func(rec middleware.Record) { c.records <- rec }))
	c.Server = httptest.NewUnstartedServer(h)
	c.Config.ErrorLog = log.New(io.Discard, "", 0)
	c.Config.BaseContext = func(net.Listener) context.Context {
		return context.WithValue(context.Background(), seenKey{}, c.seen)
	}
	if proto == "HTTP/2" {
		c.EnableHTTP2 = true
		c.StartTLS()
	} else {
		c.Start()
	}
	t.Cleanup(c.Close)
	return c
}

func (c *client) exchange(t *testing.T, x exchange, want response, documents map[string]string, reference, differs bool) {
	t.Helper()
	got, doc, err := c.do(x)
	if err != nil {
		t.Errorf("%s: %v", x.name, err)
		return
	}
	slices.Sort(want.header)
	slices.Sort(got.header)
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		t.Errorf("%s:\n got %s\nwant %s\n%s", x.name, g, w, doc)
	}
	if reference {
		documents[x.name] = doc
	} else if known, ok := documents[x.name]; ok && !differs && want.typ != "" && doc != known {
		t.Errorf("%s: another document than the bare mux's:\n got %s\nwant %s", x.name, doc, known)
	}
	if strings.Contains(doc+got.body, "hunter2") || strings.Contains(doc+got.body, "10.0.0.7") {
		t.Errorf("%s tells the cause: %s", x.name, doc+got.body)
	}
	c.checkRecord(t, x, got)
}

// checkRecord looks at the access line.
func (c *client) checkRecord(t *testing.T, x exchange, got response) {
	t.Helper()
	var rec middleware.Record
	select { // the line comes when the response has ended, which the client need not wait for
	case rec = <-c.records:
	case <-time.After(10 * time.Second):
		t.Errorf("%s: no access line", x.name)
		return
	}
	if rec.Status != got.status {
		t.Errorf("%s: the access line has status %d, the client %d", x.name, rec.Status, got.status)
	}
	if rec.Aborted != got.broken {
		t.Errorf("%s: the access line has aborted %t", x.name, rec.Aborted)
	}
	if (x.name == "read" || x.name == "no token") && rec.Pattern != c.sub.pattern {
		t.Errorf("%s: the access line has the pattern %q", x.name, rec.Pattern)
	}
	if x.name == "nothing written" && c.sub.pattern != "" && !strings.HasSuffix(rec.Pattern, "/empty") {
		t.Errorf("%s: the access line has the pattern %q", x.name, rec.Pattern)
	}
	for name, cause := range map[string]string{"panic before the first byte": "hunter2", "http.Error": "10.0.0.7"} {
		if x.name == name && (rec.Err == nil || !strings.Contains(rec.Err.Error(), cause)) {
			t.Errorf("%s: the access line has the error %v", x.name, rec.Err)
		}
	}
}

var tagText = regexp.MustCompile(`"(\d)\.t[^"\\]*(\\?")`)

// do sends the request, and returns the response as the table has it, and the
// whole problem document if it is one.
func (c *client) do(x exchange) (got response, doc string, err error) {
	var body io.Reader
	if x.request.body != "" {
		body = strings.NewReader(x.request.body)
	}
	if x.request.chunked {
		body = io.MultiReader(body) // of a length that net/http does not know
	}
	r, err := http.NewRequest(x.request.method, c.URL+x.request.path, body)
	if err != nil {
		return got, "", err
	}
	r.Header.Set("X-Request-Id", requestID)
	for _, line := range x.request.header {
		name, value, _ := strings.Cut(line, ": ")
		for placeholder, tag := range c.tags {
			value = strings.ReplaceAll(value, placeholder, tag)
		}
		r.Header.Add(name, value)
	}
	if c.sub.send != nil {
		c.sub.send(r)
	}
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(status int, h textproto.MIMEHeader) error {
			got.header = append(got.header, fmt.Sprintf("%d Link: %s", status, h.Get("Link")))
			return nil
		},
	}))
	resp, err := c.Client().Transport.RoundTrip(r)
	if err != nil {
		return got, "", err
	}
	defer resp.Body.Close()
	var content []byte
	if x.name == "stream" {
		content = make([]byte, len("first\n"))
		if _, err := io.ReadFull(resp.Body, content); err != nil {
			return got, "", err
		}
		close(c.seen)
	}
	rest, err := io.ReadAll(resp.Body)
	got.broken = err != nil
	// Protobuf's errors have other blanks from build to build.
	got.body = strings.ReplaceAll(strings.TrimSpace(string(append(content, rest...))), "\u00a0", " ")
	got.status = resp.StatusCode
	for name, values := range resp.Header {
		if c.sub.ignore != "" && strings.HasPrefix(name, c.sub.ignore) {
			continue
		}
		for _, v := range values {
			switch name {
			case "Date", "Content-Length", "Connection":
				continue
			case "X-Request-Id":
				if v != requestID {
					return got, "", errors.New("the request id is " + v)
				}
				continue
			case "Etag":
				c.tags["{"+v[1:2]+"}"] = v
				v = tagText.ReplaceAllString(v, `"$1…$2`)
			}
			got.header = append(got.header, name+": "+v)
		}
	}
	if resp.Uncompressed {
		got.header = append(got.header, "Content-Encoding: gzip")
	}
	for name := range resp.Trailer {
		got.header = append(got.header, "trailer "+name+": "+resp.Trailer.Get(name))
	}
	if resp.Header.Get("X-Request-Id") == "" {
		return got, "", errors.New("no request id")
	}
	if resp.Header.Get("Content-Type") != "application/problem+json" {
		return got, "", nil
	}
	return c.readDocument(got, x.request.method)
}

// readDocument puts the type of a problem document in place of the body.
func (c *client) readDocument(got response, method string) (response, string, error) {
	if method == http.MethodHead {
		return got, "", nil
	}
	var members struct {
		Type      string
		Status    int
		RequestID string
	}
	d := json.NewDecoder(strings.NewReader(got.body))
	if err := d.Decode(&members); err != nil {
		return got, "", fmt.Errorf("%w in %s", err, got.body)
	}
	if rest, _ := io.ReadAll(d.Buffered()); len(bytes.TrimSpace(rest)) > 0 || members.Status != got.status || members.RequestID != requestID {
		return got, "", errors.New("not a whole document: " + got.body)
	}
	doc := tagText.ReplaceAllString(got.body, `"$1…$2`)
	got.typ, got.body = members.Type, ""
	return got, doc, nil
}
