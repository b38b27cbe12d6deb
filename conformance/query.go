package conformance

import (
	"net/http"
	"strings"
)

// querying returns the described query of the resource.
func (p *probe) querying() *Request {
	p.read()
	p.needs(p.resource.Query != nil, "a query (query)")
	return p.resource.Query
}

func query() []check {
	return []check{{
		name:      "query/200",
		sentence:  "A QUERY is answered like a read, without a condition, too.",
		reference: "RFC 10008 §2",
		advice:    "QUERY is safe: no condition is required of it, and it changes nothing.",
		run: func(p *probe) {
			r := p.querying()
			before := p.snapshot()
			e := p.send(p.write(r))
			p.want(e, "a QUERY", http.StatusOK)
			p.unchanged(before, e)
		},
	}, {
		name:      "query/400-without-a-type",
		sentence:  "A QUERY without a Content-Type fails: 400.",
		reference: "RFC 10008 §2",
		advice:    "Refuse content whose type the client does not say; do not guess.",
		run: func(p *probe) {
			c := p.write(p.querying())
			c.fields = nil
			p.want(p.send(c), "a QUERY without a type", http.StatusBadRequest)
		},
	}, {
		name:      "query/415-says-what-is-taken",
		sentence:  "A QUERY of a type that the resource does not take is 415 with Accept-Query.",
		reference: "RFC 10008 §3",
		advice:    "List the types in Accept-Query, as structured-field strings.",
		run: func(p *probe) {
			r := p.querying()
			c := p.write(r)
			c.fields = []string{field("Content-Type", noType)}
			e := p.send(c)
			p.want(e, "a QUERY of another type", http.StatusUnsupportedMediaType)
			if !strings.Contains(strings.ToLower(e.get("Accept-Query")), mediaType(r.Type)) {
				p.fail("Accept-Query of the 415 does not have "+mediaType(r.Type), e)
			}
		},
	}, {
		name:      "query/conditions-of-a-read",
		sentence:  "A failed If-Match of a QUERY is 412 and not 409.",
		reference: "RFC 9110 §13.1.1, RFC 10008 §2.6",
		advice:    "Sort methods by whether they are safe, not by whether they are GET.",
		run: func(p *probe) {
			r := p.querying()
			p.want(p.send(p.write(r, `If-Match: "conformance"`)), "a QUERY with another tag in If-Match", http.StatusPreconditionFailed)
		},
	}, {
		name:      "query/304",
		sentence:  "A QUERY with the tag of its own response is 304, and with the tag of the record it is not.",
		reference: "RFC 10008 §2.6, RFC 9110 §13.1.2",
		advice:    "The tag of a query's response names its bytes; the record's tag names the record.",
		run: func(p *probe) {
			r := p.querying()
			c := p.write(r) // the same content each time
			first := p.send(c)
			p.want(first, "a QUERY", http.StatusOK)
			whole := p.read()
			if tag := whole.get("ETag"); tag != "" && tag != first.get("ETag") {
				again := c
				again.fields = append(again.fields[:len(again.fields):len(again.fields)], field("If-None-Match", tag))
				p.want(p.send(again), "a QUERY with the tag of the record", http.StatusOK)
			}
			if tag := first.get("ETag"); tag != "" {
				c.fields = append(c.fields[:len(c.fields):len(c.fields)], field("If-None-Match", tag))
				p.want(p.send(c), "a QUERY with its own tag", http.StatusNotModified)
			}
		},
	}}
}
