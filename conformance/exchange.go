package conformance

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A call is a request as a check writes it.
type call struct {
	method  string
	path    string
	as      identity
	fields  []string // "Name: value", each a field line
	content string
	secret  bool     // the content is in no report
	curl    []string // options that make curl do the same
}

func field(name, value string) string { return name + ": " + value }

// cutField is the reverse of field.
func cutField(line string) (name, value string) {
	name, value, _ = strings.Cut(line, ":")
	return name, strings.TrimPrefix(value, " ")
}

// An exchange is a call and its response.
type exchange struct {
	call
	shown   string // the call as a curl command
	proto   string
	status  int
	header  http.Header
	body    string
	chunked bool
	err     error // no response, or not all of it
	took    time.Duration
}

// get returns the values of a response field, joined (RFC 9110 §5.3).
func (e *exchange) get(name string) string { return strings.Join(e.header.Values(name), ", ") }

func (e *exchange) success() bool { return e.err == nil && e.status >= 200 && e.status < 300 }

// shownContent is how much of a content or field value a report has.
const shownContent = 600

func shorten(s string) string {
	if len(s) <= shownContent {
		return strings.ToValidUTF8(s, "�")
	}
	return strings.ToValidUTF8(s[:shownContent/4], "�") + fmt.Sprintf("… (%d bytes)", len(s))
}

// String is the exchange as a person reads it: a curl command and the response.
func (e *exchange) String() string {
	var b strings.Builder
	b.WriteString("$ " + e.shown + "\n")
	if e.status != 0 {
		fmt.Fprintf(&b, "%s %d %s\n", e.proto, e.status, http.StatusText(e.status))
		for _, name := range slices.Sorted(maps.Keys(e.header)) {
			for _, v := range e.header[name] {
				fmt.Fprintf(&b, "%s: %s\n", name, shorten(v))
			}
		}
		if e.body != "" {
			fmt.Fprintf(&b, "\n%s\n", strings.TrimSuffix(shorten(e.body), "\n"))
		}
	}
	if e.err != nil {
		fmt.Fprintf(&b, "(%v)\n", e.err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// show writes the call as a curl command, with names in place of tokens.
func (r *run) show(c call) string {
	args := []string{"curl -i --path-as-is"}
	switch {
	case r.service.HTTP2 && r.target.base.Scheme == "http":
		args = append(args, "--http2-prior-knowledge")
	case r.service.HTTP2:
		args = append(args, "--http2")
	}
	args = append(args, c.curl...)
	switch {
	case c.method == http.MethodHead:
		args = append(args, "-I")
	case c.method != http.MethodGet:
		args = append(args, "-X "+c.method)
	}
	if r.target.shown == "$URL" {
		args = append(args, `"$URL"`+quote(c.path))
	} else {
		args = append(args, quote(r.target.shown+c.path))
	}
	for _, line := range r.lines(c) {
		name, value := cutField(line)
		switch {
		case value == "":
			args = append(args, "-H "+quote(name+";"))
		case r.redact(value) != value:
			args = append(args, `-H "`+name+": "+r.redact(value)+`"`)
		default:
			args = append(args, "-H "+quote(name+": "+shorten(value)))
		}
	}
	switch {
	case c.content == "":
	case c.secret:
		args = append(args, `-d "$CONTENT"`)
	default:
		args = append(args, "--data-binary "+quote(shorten(c.content)))
	}
	return strings.Join(args, " ")
}

// redact puts the names of secrets in their place.
func (r *run) redact(s string) string {
	t := r.service.Tokens
	for _, secret := range []struct{ value, name string }{{t.Single, "$SINGLE"}, {t.Multi, "$MULTI"}, {t.Unscoped, "$UNSCOPED"}} {
		if secret.value != "" {
			s = strings.ReplaceAll(s, secret.value, secret.name)
		}
	}
	return s
}

// quote is s as one word of a shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// lines are the field lines of a call, those of the identity first.
func (r *run) lines(c call) []string {
	var lines []string
	if c.as.token != "" {
		lines = append(lines, field("Authorization", "Bearer "+c.as.token))
	}
	if c.as.tenant != "" {
		lines = append(lines, field(r.service.TenantHeader, c.as.tenant))
	}
	return append(lines, c.fields...)
}

// Fields that belong to one exchange, and say nothing about the resource.
var passing = map[string]bool{"Date": true, "Age": true, "X-Request-Id": true, "Expires": true, "Keep-Alive": true, "Connection": true}

// plain is the response without what belongs to this one exchange: the request
// id, the date, and the path where the response has it. Two responses that a
// client cannot tell apart are equal in it.
func (e *exchange) plain() map[string]string {
	body := e.strip(e.body)
	parts := map[string]string{"status": strconv.Itoa(e.status), "content": body}
	for name, values := range e.header {
		v := strings.Join(values, "\n")
		switch {
		case passing[name]:
			continue
		case name == "Content-Length" && v == strconv.Itoa(len(e.body)):
			v = strconv.Itoa(len(body))
		}
		parts[name] = e.strip(v)
	}
	return parts
}

func (e *exchange) strip(s string) string {
	path, _, _ := strings.Cut(e.path, "?")
	last := path[strings.LastIndexByte(path, '/')+1:]
	for _, own := range []string{e.header.Get("X-Request-Id"), e.path, path} {
		if own != "" {
			s = strings.ReplaceAll(s, own, "")
		}
	}
	if len(last) >= 4 {
		s = strings.ReplaceAll(s, last, "")
	}
	return s
}

// differences are the parts in which two responses differ, in order.
func differences(a, b *exchange) (names []string) {
	x, y := a.plain(), b.plain()
	for name := range x {
		if v, ok := y[name]; !ok || v != x[name] {
			names = append(names, name)
		}
	}
	for name := range y {
		if _, ok := x[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// difference says in what a client can tell two responses apart, or "". In what
// two responses to the first request differ, too, it cannot.
func (p *probe) difference(a, b *exchange) string {
	names := differences(a, b)
	if len(names) == 0 {
		return ""
	}
	noise := differences(a, p.send(a.call))
	for _, name := range names {
		if !slices.Contains(noise, name) {
			return fmt.Sprintf("%s is %q once, and %q then", name, shorten(a.plain()[name]), shorten(b.plain()[name]))
		}
	}
	return ""
}
