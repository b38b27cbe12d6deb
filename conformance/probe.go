package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A probe is what a check works with: it sends requests and ends the check.
type probe struct {
	*run
	ctx      context.Context
	resource *Resource // nil if none is described
	notes    []string

	// Requests of which it is open whether they reach the service.
	reached   int
	unreached []string
}

// knowledge is what one check has found out about a resource for others.
type knowledge struct {
	asked    bool
	missing  string // why the resource cannot be read, "" if it can
	ids      bool   // the service's responses have an X-Request-Id
	refusals []refusal
}

func (p *probe) know() *knowledge {
	name := ""
	if p.resource != nil {
		name = p.resource.Name
	}
	if p.known[name] == nil {
		p.known[name] = &knowledge{}
	}
	return p.known[name]
}

// fail ends the check: the service breaks the rule.
func (p *probe) fail(reason string, shown ...*exchange) {
	v := verdict{outcome: Failed, reason: reason}
	for _, e := range shown {
		v.exchanges = append(v.exchanges, p.redact(e.String()))
	}
	panic(v)
}

// skip ends the check: nothing can be said.
func (p *probe) skip(reason string) { panic(verdict{outcome: Skipped, reason: reason}) }

// needs skips the check unless what it needs is described.
func (p *probe) needs(described bool, what string) {
	if !described {
		p.skip("not described: " + what)
	}
}

func (p *probe) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

// unsafe reports whether a method may change something (RFC 9110 §9.2.1, RFC
// 10008 §2).
func unsafe(method string) bool {
	return !slices.Contains([]string{"GET", "HEAD", "OPTIONS", "PROPFIND", "QUERY"}, method)
}

// try sends a call, whose response may be missing.
func (p *probe) try(c call) *exchange {
	if unsafe(c.method) && p.service.ReadOnly {
		p.skip("read-only: the check sends " + c.method)
	}
	e := &exchange{call: c, shown: p.show(c)}
	began := time.Now()
	defer func() { e.took = time.Since(began) }()
	var content io.Reader
	if c.content != "" {
		content = strings.NewReader(c.content)
	}
	r, err := http.NewRequestWithContext(p.ctx, c.method, p.target.base.String()+c.path, content)
	if err != nil {
		e.err = err
		return e
	}
	r.Header.Set("User-Agent", "apiconventions-conformance")
	for _, line := range p.lines(c) {
		name, value := cutField(line)
		r.Header.Add(name, value)
	}
	response, err := p.target.client.Do(r)
	if err != nil {
		e.err = err
		return e
	}
	e.received(response)
	return e
}

// received reads the response to its end.
func (e *exchange) received(response *http.Response) {
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	e.proto, e.status, e.header, e.body = response.Proto, response.StatusCode, response.Header, string(body)
	e.chunked = len(response.TransferEncoding) > 0
	if err != nil {
		e.err = fmt.Errorf("the response breaks off: %w", err)
	}
}

// send sends a call and fails the check if there is no whole response.
func (p *probe) send(c call) *exchange {
	e := p.try(c)
	if e.err != nil {
		if p.ctx.Err() != nil {
			p.skip(p.ctx.Err().Error())
		}
		p.fail("there is no response, or not all of it", e)
	}
	p.limited(e)
	return e
}

// limited skips the check if the service, or a server before it, limits the rate
// of requests: nothing can be said then.
func (p *probe) limited(e *exchange) {
	if e.status == http.StatusTooManyRequests {
		p.skip("not reached: there is a limit to the rate of requests (429)")
	}
}

func (p *probe) get(path string, fields ...string) *exchange {
	return p.send(call{method: http.MethodGet, path: path, as: p.owner(), fields: fields})
}

// read returns the resource as it is now.
func (p *probe) read(fields ...string) *exchange {
	p.needs(p.resource != nil, "a resource")
	k := p.know()
	if !k.asked {
		e := p.try(call{method: http.MethodGet, path: p.resource.Path, as: p.owner()})
		k.asked = true
		k.ids = e.header.Get("X-Request-Id") != ""
		switch {
		case e.err != nil:
			k.missing = "it has no response"
		case e.status != http.StatusOK:
			k.missing = "its status is " + strconv.Itoa(e.status)
		}
	}
	if k.missing != "" {
		p.skip("not reached: the resource cannot be read, " + k.missing + " (see read/is-there)")
	}
	e := p.get(p.resource.Path, fields...)
	if e.status != http.StatusOK {
		p.fail(fmt.Sprintf("the resource, which was there, is read with %d", e.status), e)
	}
	return e
}

// tag returns the current entity tag of the resource, and the read that it is of.
func (p *probe) tag() (string, *exchange) {
	e := p.read()
	tag := e.get("ETag")
	if _, ok := parseTag(tag); !ok {
		p.skip("not there: the resource has no entity tag (see precondition/tag-on-read)")
	}
	return tag, e
}

// types are the described media types of the resource, one empty one if there is
// none.
func (p *probe) types() []string {
	if len(p.resource.Types) == 0 {
		return []string{""}
	}
	return p.resource.Types
}

func accepting(mediaType string) []string {
	if mediaType == "" {
		return nil
	}
	return []string{field("Accept", mediaType)}
}

// fill puts the next number into a content.
func (p *probe) fill(content string) string {
	p.numbers++
	return strings.ReplaceAll(content, "{n}", strconv.FormatInt(p.numbers, 10))
}

// write is a described request as a call.
func (p *probe) write(r *Request, fields ...string) call {
	c := call{method: r.Method, path: r.Path, as: p.owner(), content: p.fill(r.Content)}
	if r.Type != "" {
		c.fields = append(c.fields, field("Content-Type", r.Type))
	}
	c.fields = append(c.fields, fields...)
	return c
}

// changing returns the described change of the resource.
func (p *probe) changing() *Request {
	p.needs(p.resource.Change != nil, "a change of the resource")
	if p.service.ReadOnly {
		p.skip("read-only: the check sends " + p.resource.Change.Method)
	}
	return p.resource.Change
}

// mayChange reports whether a check may send the change beside other requests.
func (p *probe) mayChange() bool { return p.resource.Change != nil && !p.service.ReadOnly }

// change sends the described change with fields.
func (p *probe) change(fields ...string) *exchange { return p.send(p.write(p.changing(), fields...)) }

// elsewhere is the path of the change where the resource is another one, or "".
func (p *probe) elsewhere(path string) string {
	rest, ok := strings.CutPrefix(p.resource.Change.Path, p.resource.Path)
	if !ok || path == "" {
		return ""
	}
	return path + rest
}

// want fails the check unless the response has one of the statuses.
func (p *probe) want(e *exchange, rule string, statuses ...int) {
	p.limited(e)
	if !slices.Contains(statuses, e.status) {
		p.fail(fmt.Sprintf("%s: the status is %d, not %s", rule, e.status, alternatives(statuses)), e)
	}
}

func alternatives(statuses []int) string {
	var words []string
	for _, s := range statuses {
		words = append(words, strconv.Itoa(s))
	}
	return strings.Join(words, " or ")
}

// wantSuccess fails the check unless the response is a success.
func (p *probe) wantSuccess(e *exchange, rule string) {
	if !e.success() {
		p.fail(fmt.Sprintf("%s: the status is %d", rule, e.status), e)
	}
}

// arrived reports whether a request reached the service. Servers and proxies
// answer some requests themselves; their responses have no X-Request-Id where the
// service's have one.
func (p *probe) arrived(e *exchange) bool {
	p.limited(e)
	why := ""
	switch {
	case e.err != nil && strings.Contains(e.err.Error(), "request header list larger than peer's advertised limit"):
		why = "the server's limit for HTTP/2 header fields is lower"
	case e.err != nil:
	case e.status == http.StatusRequestHeaderFieldsTooLarge, e.status == http.StatusRequestURITooLong:
		why = fmt.Sprintf("the server before it answers %d", e.status)
	case p.know().ids && e.header.Get("X-Request-Id") == "" &&
		(e.status >= 400 && e.status < 500 || e.status == http.StatusNotImplemented || e.status == http.StatusHTTPVersionNotSupported):
		why = fmt.Sprintf("a server before it answers %d, without X-Request-Id", e.status)
	}
	if why == "" {
		p.reached++
		return true
	}
	p.unreached = append(p.unreached, why)
	return false
}

// sane fails the check if the response is missing, a failure of the server, or
// tells the cause of one.
func (p *probe) sane(what string, e *exchange) {
	switch {
	case e.err != nil && errors.Is(e.err, context.Canceled):
		p.skip(e.err.Error())
	case e.err != nil:
		p.fail(what+": there is no response, or not all of it", e)
	case e.status >= 500:
		p.fail(fmt.Sprintf("%s: the status is %d", what, e.status), e)
	}
	if leak := cause(e.body); leak != "" && e.status >= 400 {
		p.fail(fmt.Sprintf("%s: the response tells a cause, %q", what, leak), e)
	}
}

// sibling is a path beside Missing with another last segment.
func (p *probe) sibling(last string) string {
	base, _, _ := strings.Cut(cmp.Or(p.resource.Missing, p.resource.Path), "?")
	return strings.TrimSuffix(path.Dir(base), "/") + "/" + last
}
