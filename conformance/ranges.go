package conformance

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// ranged returns the whole of a resource that is served in ranges, and the fields
// that ask for its first type.
func (p *probe) ranged() (whole *exchange, fields []string) {
	p.read()
	p.needs(p.resource.Ranges, "that the resource is served in ranges (ranges)")
	fields = accepting(p.types()[0])
	whole = p.read(fields...)
	if len(whole.body) < 2 {
		p.skip("not there: the resource has no two bytes")
	}
	return whole, fields
}

func (p *probe) part(fields []string, more ...string) *exchange {
	return p.get(p.resource.Path, append(fields[:len(fields):len(fields)], more...)...)
}

func ranges() []check {
	return []check{{
		name:      "ranges/206",
		sentence:  "A range is 206 with exactly its bytes, Content-Range, and the tag of the 200.",
		reference: "RFC 9110 §14.2, §15.3.7",
		advice:    "http.ServeContent does it right; set the tag before it.",
		run: func(p *probe) {
			whole, fields := p.ranged()
			n := len(whole.body)
			for _, row := range []struct{ asked, body, says string }{
				{"0-0", whole.body[:1], fmt.Sprintf("bytes 0-0/%d", n)},
				{"1-", whole.body[1:], fmt.Sprintf("bytes 1-%d/%d", n-1, n)},
				{"-1", whole.body[n-1:], fmt.Sprintf("bytes %d-%d/%d", n-1, n-1, n)},
				{"0-" + strconv.Itoa(10*n), whole.body, fmt.Sprintf("bytes 0-%d/%d", n-1, n)},
			} {
				e := p.part(fields, "Range: bytes="+row.asked)
				p.want(e, "a range that is there", http.StatusPartialContent)
				switch {
				case e.get("Content-Range") != row.says:
					p.fail(fmt.Sprintf("Content-Range is %q, not %q", e.get("Content-Range"), row.says), e)
				case e.body != row.body:
					p.fail("the bytes are not those of the range", whole, e)
				case e.get("ETag") != whole.get("ETag"):
					p.fail("the tag is not that of the 200", whole, e)
				}
			}
		},
	}, {
		name:      "ranges/416",
		sentence:  "A range that begins past the end is 416 with the length.",
		reference: "RFC 9110 §14.4, §15.5.17",
		advice:    "Set Content-Range: bytes */length.",
		run: func(p *probe) {
			whole, fields := p.ranged()
			e := p.part(fields, fmt.Sprintf("Range: bytes=%d-", len(whole.body)))
			p.want(e, "a range past the end", http.StatusRequestedRangeNotSatisfiable)
			if want := fmt.Sprintf("bytes */%d", len(whole.body)); e.get("Content-Range") != want {
				p.fail(fmt.Sprintf("Content-Range is %q, not %q", e.get("Content-Range"), want), e)
			}
			if why := malformedProblem(e); why != "" {
				p.fail("the 416 is no problem document: "+why, e)
			}
		},
	}, {
		name:      "ranges/if-range",
		sentence:  "With the current tag in If-Range a range is 206; with any other, or a weak one, it is the whole.",
		reference: "RFC 9110 §13.1.5",
		advice:    "A client that resumes would otherwise glue two versions together. The comparison is strong.",
		run: func(p *probe) {
			whole, fields := p.ranged()
			tag := whole.get("ETag")
			if weak, ok := parseTag(tag); !ok || weak {
				p.skip("not there: the resource has no strong tag")
			}
			p.want(p.part(fields, "Range: bytes=0-0", field("If-Range", tag)), "a range of the current version", http.StatusPartialContent)
			for _, other := range []string{another(tag), "W/" + tag, "Sat, 01 Jan 2000 00:00:00 GMT"} {
				e := p.part(fields, "Range: bytes=0-0", field("If-Range", other))
				p.want(e, "a range of another version", http.StatusOK)
				if e.body != whole.body {
					p.fail("the content is not the whole", whole, e)
				}
			}
		},
	}, {
		name:      "ranges/conditions-first",
		sentence:  "A condition comes before the range: 304 and 412, not 206.",
		reference: "RFC 9110 §13.2.2",
		advice:    "Evaluate Range last.",
		run: func(p *probe) {
			whole, fields := p.ranged()
			tag := whole.get("ETag")
			if tag == "" {
				p.skip("not there: the resource has no entity tag")
			}
			p.want(p.part(fields, "Range: bytes=0-0", field("If-None-Match", tag)), "a range of what the client has", http.StatusNotModified)
			p.want(p.part(fields, "Range: bytes=0-0", field("If-Match", another(tag))), "a range with another tag in If-Match", http.StatusPreconditionFailed)
		},
	}, {
		name:      "ranges/ignored",
		sentence:  "A range in another unit, and one on HEAD, is ignored.",
		reference: "RFC 9110 §14.2",
		advice:    "Range is defined for GET and for bytes; in all other cases the response is the whole.",
		run: func(p *probe) {
			_, fields := p.ranged()
			p.want(p.part(fields, "Range: lines=0-0"), "a range in an unknown unit", http.StatusOK)
			if p.service.Proxy { // which may make GET of HEAD
				return
			}
			e := p.send(call{method: http.MethodHead, path: p.resource.Path, as: p.owner(), fields: append(fields[:len(fields):len(fields)], "Range: bytes=0-0")})
			p.want(e, "HEAD with a range", http.StatusOK)
		},
	}, {
		name:      "ranges/many",
		sentence:  "Many small or overlapping ranges do not multiply the response.",
		reference: "RFC 9110 §14.2, §17.15",
		advice:    "Bound the number of ranges, or send the whole.",
		run: func(p *probe) {
			whole, fields := p.ranged()
			for _, one := range []string{"0-,", "0-0,", "1-1,0-0,"} {
				e := p.try(call{method: http.MethodGet, path: p.resource.Path, as: p.owner(),
					fields: append(fields[:len(fields):len(fields)], "Range: bytes="+strings.TrimSuffix(strings.Repeat(one, 1000), ","))})
				if !p.arrived(e) {
					continue
				}
				p.sane("a thousand ranges", e)
				if len(e.body) > 2*len(whole.body)+64<<10 {
					p.fail(fmt.Sprintf("a thousand ranges of %d bytes have a response of %d", len(whole.body), len(e.body)), e)
				}
			}
		},
	}}
}
