package conformance

import (
	"fmt"
	"net/http"
	"strings"
)

const noType = "application/x-conformance"

func negotiation() []check {
	return []check{{
		name:      "negotiation/406",
		sentence:  "A request that accepts none of the types is 406.",
		reference: "RFC 9110 §12.5.1, §15.5.7",
		advice:    "Choose the type before the handler, and refuse where there is none; a weight of 0 says not acceptable.",
		run: func(p *probe) {
			p.read()
			p.needs(len(p.resource.Types) > 0, "media types")
			none := []string{"*/*;q=0"}
			for _, t := range p.resource.Types {
				none = append(none, mediaType(t)+";q=0")
			}
			for _, accept := range []string{noType, strings.Join(none, ", ")} {
				p.want(p.get(p.resource.Path, field("Accept", accept)), "a read that accepts none of the types", http.StatusNotAcceptable)
			}
		},
	}, {
		name:      "negotiation/each-type",
		sentence:  "Each type of the resource can be had, in any letter case and beside others, and a refusal of one leaves the rest.",
		reference: "RFC 9110 §8.3.1, §12.5.1",
		advice:    "Read Accept as a list with weights; type names have no letter case.",
		run: func(p *probe) {
			p.read()
			p.needs(len(p.resource.Types) > 0, "media types")
			for _, t := range p.resource.Types {
				for _, accept := range []string{t, strings.ToUpper(mediaType(t)), noType + ", " + t, noType + ";q=1," + mediaType(t) + " ; q=0.1"} {
					e := p.get(p.resource.Path, field("Accept", accept))
					p.want(e, "a read that accepts "+accept, http.StatusOK)
					if got := mediaType(e.get("Content-Type")); got != mediaType(t) {
						p.fail(fmt.Sprintf("a read that accepts %s has the type %q", accept, got), e)
					}
				}
			}
		},
	}, {
		name:      "negotiation/any-type",
		sentence:  "Without Accept, with an empty one, and with */*, the response is the first type.",
		reference: "RFC 9110 §12.5.1",
		advice:    "A request without Accept accepts everything; so do many clients that send */*.",
		run: func(p *probe) {
			p.read()
			p.needs(len(p.resource.Types) > 0, "media types")
			first := mediaType(p.resource.Types[0])
			major, _, _ := strings.Cut(first, "/")
			for _, fields := range [][]string{nil, {"Accept:"}, {"Accept: */*"}, {"Accept: " + major + "/*"}, {"Accept: " + noType + ", */*;q=0.1"}} {
				e := p.get(p.resource.Path, fields...)
				p.want(e, "a read that accepts everything", http.StatusOK)
				if got := mediaType(e.get("Content-Type")); got != first {
					p.fail(fmt.Sprintf("the type is %q, not the first one, %s", got, first), e)
				}
			}
		},
	}, {
		name:      "negotiation/quality",
		sentence:  "Of several types the one with the greatest weight is chosen, and a more specific range beats a wildcard.",
		reference: "RFC 9110 §12.4.2, §12.5.1",
		advice:    "Give each offer the weight of the most specific range that matches it, over all lines of Accept.",
		run: func(p *probe) {
			p.read()
			p.needs(len(p.resource.Types) > 1, "a second media type")
			a, b := mediaType(p.resource.Types[0]), mediaType(p.resource.Types[1])
			for _, row := range []struct {
				want   string
				fields []string
			}{
				{b, []string{field("Accept", a+";q=0.1, "+b+";q=0.9")}},
				{a, []string{field("Accept", a+";q=0.9, "+b+";q=0.1")}},
				{b, []string{field("Accept", "*/*;q=0.5, "+a+";q=0.1, "+b)}},
				{b, []string{field("Accept", "*/*, "+a+";q=0")}},
				{b, []string{field("Accept", a+";q=0.1"), field("Accept", b)}},
			} {
				e := p.get(p.resource.Path, row.fields...)
				p.want(e, "a read with weights", http.StatusOK)
				if got := mediaType(e.get("Content-Type")); got != row.want {
					p.fail(fmt.Sprintf("the type is %q, and %s has the greatest weight", got, row.want), e)
				}
			}
		},
	}, {
		name:      "negotiation/sloppy-accept",
		sentence:  "An Accept that real clients send, though no grammar has it, is read: *, q=.2, q over 1, parameters that no type has, rubbish beside a type.",
		reference: convention + "; RFC 9110 §12.5.1",
		advice:    "Skip what cannot be read, and go on with the rest.",
		run: func(p *probe) {
			p.read()
			p.needs(len(p.resource.Types) > 0, "media types")
			first := mediaType(p.resource.Types[0])
			for _, accept := range []string{"*", "text/x-conformance, *;q=.2", first + ";q=5", first + ";q=.2", first + "; charset=utf-8", "/;;, " + first, first + ", ="} {
				p.want(p.get(p.resource.Path, field("Accept", accept)), "a read that accepts "+accept, http.StatusOK)
			}
		},
	}, {
		name:      "negotiation/tag-of-another-type",
		sentence:  "The tag of one type is not that of another, and is no 304 for it.",
		reference: "RFC 9110 §8.8.3, §13.1.2",
		advice:    "A browser that has one representation would be told that it has the other. Make the type a part of the tag.",
		run: func(p *probe) {
			p.tag()
			p.needs(len(p.resource.Types) > 1, "a second media type")
			for i, t := range p.resource.Types {
				one := p.read(accepting(t)...)
				other := p.resource.Types[(i+1)%len(p.resource.Types)]
				e := p.get(p.resource.Path, field("Accept", other), field("If-None-Match", one.get("ETag")))
				p.want(e, "a read of one type with the tag of another", http.StatusOK)
				if e.get("ETag") == one.get("ETag") {
					p.fail("two types have one tag", one, e)
				}
			}
		},
	}, {
		name:      "negotiation/415-before-the-handler",
		sentence:  "A change of another type, or without one, is 415 and changes nothing.",
		reference: "RFC 9110 §15.5.16",
		advice:    "Look at Content-Type before the handler reads the content.",
		run: func(p *probe) {
			r := p.changing()
			p.needs(r.Type != "" && r.Content != "", "a change with content and a type")
			before := p.snapshot()
			for _, fields := range [][]string{{field("Content-Type", noType)}, {"Content-Type: text/plain"}, nil} {
				if len(fields) > 0 && mediaType(r.Type) == "text/plain" {
					continue
				}
				c := p.write(r)
				c.fields = append(fields, p.current())
				e := p.send(c)
				p.want(e, "a change of a type that the route does not take", http.StatusUnsupportedMediaType)
				p.unchanged(before, e)
			}
		},
	}, {
		name:      "negotiation/415-says-what-is-taken",
		sentence:  "A 415 says which types the route takes: in Accept-Patch for PATCH, in Accept for others.",
		reference: "RFC 9110 §15.5.16, RFC 5789 §2.2",
		advice:    "List the types in the field, so that a client can mend its request.",
		run: func(p *probe) {
			r := p.changing()
			p.needs(r.Type != "" && r.Content != "", "a change with content and a type")
			p.read()
			c := p.write(r)
			c.fields = []string{field("Content-Type", noType), p.current()}
			e := p.send(c)
			p.want(e, "a change of a type that the route does not take", http.StatusUnsupportedMediaType)
			name := "Accept"
			if r.Method == http.MethodPatch {
				name = "Accept-Patch"
			}
			if !strings.Contains(strings.ToLower(e.get(name)), mediaType(r.Type)) {
				p.fail(fmt.Sprintf("%s of the 415 does not have %s", name, mediaType(r.Type)), e)
			}
		},
	}, {
		name:      "negotiation/malformed-type",
		sentence:  "Two Content-Types, or one that cannot be read, are 400 or 415 and change nothing.",
		reference: "RFC 9110 §5.3, §8.3.1",
		advice:    "Take one Content-Type line with a readable type; two readers see two types otherwise.",
		run: func(p *probe) {
			r := p.changing()
			p.needs(r.Type != "" && r.Content != "", "a change with content and a type")
			before := p.snapshot()
			for _, fields := range [][]string{
				{field("Content-Type", r.Type), field("Content-Type", noType)},
				{field("Content-Type", noType), field("Content-Type", r.Type)},
				{"Content-Type:"},
				{"Content-Type: /"},
				{"Content-Type: application"},
				{field("Content-Type", mediaType(r.Type)+", "+noType)},
				{field("Content-Type", mediaType(r.Type)+`; a="`)},
			} {
				c := p.write(r)
				c.fields = append(fields, p.current())
				e := p.send(c)
				if !p.arrived(e) {
					continue
				}
				p.want(e, "a change of a malformed type", http.StatusBadRequest, http.StatusUnsupportedMediaType)
				p.unchanged(before, e)
			}
		},
	}, {
		name:      "negotiation/multipart-without-a-boundary",
		sentence:  "Multipart content whose type has no boundary is 400.",
		reference: "RFC 2046 §5.1.1",
		advice:    "Refuse it before the content is read.",
		run: func(p *probe) {
			p.read()
			var r *Request
			for _, c := range []*Request{p.resource.Create, p.resource.Change} {
				if c != nil && strings.HasPrefix(mediaType(c.Type), "multipart/") {
					r = c
				}
			}
			p.needs(r != nil, "multipart content")
			for _, t := range []string{mediaType(r.Type), mediaType(r.Type) + "; boundary=", mediaType(r.Type) + `; boundary=""`} {
				c := p.write(r)
				c.fields = []string{field("Content-Type", t)}
				if r == p.resource.Change {
					c.fields = append(c.fields, p.current())
				}
				p.want(p.send(c), "multipart content without a boundary", http.StatusBadRequest)
			}
		},
	}, {
		name:      "negotiation/content-coding",
		sentence:  "Content with a coding that the service does not decode is 415, or 400 where it does, and changes nothing.",
		reference: "RFC 9110 §8.4, §15.5.16",
		advice:    "Refuse a Content-Encoding that nobody decodes: the handler would store coded bytes as if they were plain.",
		run: func(p *probe) {
			r := p.changing()
			p.needs(r.Type != "" && r.Content != "", "a change with content and a type")
			before := p.snapshot()
			for _, coding := range []string{"gzip", "x-conformance", "identity, gzip"} {
				e := p.change(p.current(), field("Content-Encoding", coding))
				p.want(e, "a change whose content says that it is coded and is not", http.StatusUnsupportedMediaType, http.StatusBadRequest)
				p.unchanged(before, e)
			}
		},
	}}
}
