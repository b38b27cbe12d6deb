package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What a client may get wrong in any field.
var malformedValues = []string{
	"", ",", ",,,,", `"`, `""`, ";", ";;,", "=", "*", "-1", "%00", "{", "\xff\xfe", "a\tb", "'", `\`, `a;b="c`, "0",
	strings.Repeat("a", 8000), strings.Repeat(`"a",`, 2000),
}

// What a client may get wrong in a certain field, and the beginning of a value
// that never ends.
var readFields = []struct {
	name   string
	values []string
	piece  string
}{
	{"Accept", []string{"text/", "/;;, a/b", "/", "*/json", "text/*;q=", "*/*;q=2", "*/*;q=-1", "a/b;q=0.0001", `a/b;c="`}, "application/x;q=0.1, "},
	{"Accept-Encoding", []string{"gzip;q=", "identity;q=0"}, "gzip;q=0.1, "},
	{"Accept-Language", []string{"-", "en;q="}, "en;q=0.1, "},
	{"Authorization", []string{"Bearer", "Bearer  ", "Bearer \t", "Basic Og==", "Bearer ====", "bearer ,"}, "Bearer a "},
	{"If-Match", []string{"W/", `W/"a`, "w/\"a\"", `"a" "b"`, `*, "a"`}, `"a", `},
	{"If-None-Match", []string{"W/", `W/"a`, "w/\"a\"", `"a" "b"`, `*, "a"`}, `W/"a", `},
	{"If-Modified-Since", []string{"Mon, 99 Xxx 2026 99:99:99 GMT", "now", "Sun, 31 Aug 2025, 08:44:00 GMT"}, "Sun, 31 "},
	{"If-Unmodified-Since", []string{"Mon, 99 Xxx 2026 99:99:99 GMT", "now"}, "Sun, 31 "},
	{"If-Range", []string{"W/", `"a", "b"`, "now"}, `"a`},
	{"Range", []string{"bytes", "bytes=", "bytes=-", "bytes=5-1", "bytes=99999999999999999999-", "bytes=-99999999999999999999", "bytes=a-b"}, "bytes=0-0,"},
	{"Cache-Control", []string{"no-cache=", `no-cache="`}, "no-cache, "},
	{"Prefer", []string{`respond-async="`, "wait=-1"}, "wait=1, "},
	{"X-Request-Id", []string{"a b"}, "x"},
	{"Traceparent", []string{"00-0-0-0", "ff-" + strings.Repeat("0", 32) + "-" + strings.Repeat("0", 16) + "-01"}, "00-"},
	{"Idempotency-Key", []string{`"a`}, "k"},
	{"Cookie", []string{"a", "=;="}, "a=b; "},
	{"X-Forwarded-For", []string{"a"}, "1.2.3.4, "},
}

// hostileFields are the fields of reads with that of the tenant.
func (p *probe) hostileFields(yield func(name string, values []string, piece string)) {
	for _, f := range readFields {
		yield(f.name, append(f.values[:len(f.values):len(f.values)], malformedValues...), f.piece)
	}
	if p.service.Tenant != "" {
		yield(p.service.TenantHeader, malformedValues, p.service.Tenant+",")
	}
}

// as is who sends a hostile field: not twice what an identity sends anyway.
func (p *probe) sender(name string) identity {
	who := p.owner()
	switch name {
	case "Authorization":
		who.token = ""
	case p.service.TenantHeader:
		who.tenant = ""
	}
	return who
}

func hostile() []check {
	return []check{{
		name:      "hostile/malformed-fields",
		sentence:  "A malformed value of any field has one deliberate response, the same each time, and never a 5xx.",
		reference: "RFC 9110 §2.4, §15.5.1",
		advice:    "Read each field by its grammar, and decide what is ignored and what is 400.",
		run: func(p *probe) {
			p.read()
			p.hostileFields(func(name string, values []string, _ string) {
				for _, v := range values {
					c := call{method: http.MethodGet, path: p.resource.Path, as: p.sender(name), fields: []string{field(name, v)}}
					first := p.try(c)
					if !p.arrived(first) {
						continue
					}
					p.sane("a malformed "+name, first)
					again := p.try(c)
					p.limited(again)
					if again.status != first.status {
						p.fail(fmt.Sprintf("the same malformed %s is %d once, and %d then", name, first.status, again.status), first, again)
					}
				}
			})
		},
	}, {
		name:      "hostile/fields-of-1-mib",
		sentence:  "A field of 1 MiB, as far as the server takes it, has a response that is no 5xx.",
		reference: "RFC 9110 §2.3, §5.4",
		advice:    "Read fields in linear time and constant memory, or bound them with 431.",
		run: func(p *probe) {
			p.read()
			var slowest time.Duration
			var which string
			p.hostileFields(func(name string, _ []string, piece string) {
				value := strings.Repeat(piece, 1000000/len(piece))
				e := p.try(call{method: http.MethodGet, path: p.resource.Path, as: p.sender(name), fields: []string{field(name, strings.TrimRight(value, ", "))}})
				if !p.arrived(e) {
					return
				}
				p.sane("1 MiB of "+name, e)
				if e.took > slowest {
					slowest, which = e.took, name
				}
			})
			if which != "" {
				p.note("the slowest field of 1 MiB was %s, in %v", which, slowest.Round(time.Millisecond))
			}
		},
	}, {
		name:      "hostile/fields-twice",
		sentence:  "A field that must be there once, and is there twice, is refused or ignored, and lets nobody in.",
		reference: "RFC 9110 §5.3",
		advice:    "Take all lines of the field into account; two servers in a row read different ones otherwise.",
		run: func(p *probe) {
			p.needsTokens()
			p.read()
			good := "Bearer " + p.owner().token
			for _, lines := range [][]string{
				{field("Authorization", good), field("Authorization", "Bearer "+falseToken)},
				{field("Authorization", "Bearer "+falseToken), field("Authorization", good)},
			} {
				e := p.try(call{method: http.MethodGet, path: p.resource.Path, as: identity{tenant: p.service.Tenant}, fields: lines})
				if !p.arrived(e) {
					continue
				}
				p.sane("two Authorization fields", e)
				p.want(e, "a read with two Authorization fields", http.StatusBadRequest, http.StatusUnauthorized)
			}
		},
	}, {
		name:      "hostile/paths",
		sentence:  "A path or query that is odd has a response that is no 5xx, and finds nothing.",
		reference: "RFC 9110 §15.5.1, RFC 3986 §2.1",
		advice:    "Parse an id before it meets the database: NUL and broken UTF-8 are errors there.",
		run: func(p *probe) {
			p.read()
			for _, last := range []string{
				"%00", "a%00b", "%ff%fe", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%2f..", "%5c..%5c", "'%20OR%20'1'='1", "%22", "%7B%7D",
				"-1", "99999999999999999999999", "0x10", "%F0%9F%98%80", "%E2%80%AE", "%0d%0aSet-Cookie:%20a=b", strings.Repeat("a", 6000), "null", "NaN",
			} {
				e := p.try(call{method: http.MethodGet, path: p.sibling(last), as: p.owner()})
				if !p.arrived(e) {
					continue
				}
				p.sane("an odd path", e)
				if e.success() || e.header.Get("Set-Cookie") == "a=b" {
					p.fail("an odd path finds something", e)
				}
			}
			path, _, _ := strings.Cut(p.resource.Path, "?")
			for _, query := range []string{"%zz", "a=%00", "a=%ff", ";", "a;b=c", "&&&", "=", "a=b&a=c", strings.Repeat("a=b&", 1500)} {
				e := p.try(call{method: http.MethodGet, path: path + "?" + query, as: p.owner()})
				if p.arrived(e) {
					p.sane("an odd query", e)
				}
			}
		},
	}, {
		name:      "hostile/malformed-content",
		sentence:  "Content that breaks off, or is something else than its type says, is a 4xx, and changes nothing.",
		reference: "RFC 9110 §15.5.1",
		advice:    "Read and check all of the content before the first write; the fault is the client's.",
		run: func(p *probe) {
			r := p.changing()
			p.needs(isJSON(r.Type), "a change whose content is JSON")
			before := p.snapshot()
			whole := p.fill(r.Content)
			for _, content := range []string{
				whole[:len(whole)/2], "{", "null", "[]", `"a"`, "0", "\x00", "\xff\xfe", whole + whole, whole + "}",
				strings.Repeat("[", 10000),
			} {
				c := p.write(r, p.current())
				c.content = content
				e := p.try(c)
				if !p.arrived(e) {
					continue
				}
				p.sane("malformed content", e)
				if e.status < 400 {
					p.fail(fmt.Sprintf("malformed content is %d", e.status), e)
				}
				p.unchanged(before, e)
			}
		},
	}, {
		name:      "hostile/fields-of-a-change",
		sentence:  "A malformed field of a change is no 5xx.",
		reference: "RFC 9110 §15.5.1",
		advice:    "Read each field by its grammar, and decide what is ignored and what is 400.",
		run: func(p *probe) {
			r := p.changing()
			tag, _ := p.tag()
			for _, name := range []string{"Content-Type", "Content-Encoding", "If-Match", "If-None-Match", "If-Unmodified-Since", "Prefer", "Accept", "Content-Range", "Content-Language", "Idempotency-Key"} {
				for _, v := range malformedValues {
					// Outdated, so that what is let through changes nothing.
					c := p.write(r, field(name, v), field("If-Match", another(tag)))
					if name == "Content-Type" {
						c.fields = slices.Delete(c.fields, 0, 1)
					}
					e := p.try(c)
					if p.arrived(e) {
						p.sane("a malformed "+name, e)
					}
				}
			}
		},
	}}
}
