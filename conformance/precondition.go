package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Preconditions of reads. Those of changes are in change.go.
func preconditions() []check {
	return []check{{
		name:      "precondition/tag-on-read",
		sentence:  "A read has an entity tag of the right form, and a strong one where the resource can be changed.",
		reference: "RFC 9110 §8.8.3, §13.1.1",
		advice:    "Make the tag from the version of the record. If-Match compares strongly: with a weak tag nobody can change anything safely.",
		run: func(p *probe) {
			for _, t := range p.types() {
				e := p.read(accepting(t)...)
				tags := e.header.Values("ETag")
				if len(tags) == 0 && p.resource.Change == nil {
					p.skip("not there: the resource has no entity tag, and needs none as it has no change")
				}
				if len(tags) != 1 {
					p.fail(fmt.Sprintf("the read has %d ETag fields", len(tags)), e)
				}
				weak, ok := parseTag(tags[0])
				switch {
				case !ok:
					p.fail("ETag is no entity tag", e)
				case weak && p.resource.Change != nil:
					p.fail("the tag is weak, and the resource can be changed", e)
				}
			}
		},
	}, {
		name:      "precondition/one-tag-one-content",
		sentence:  "Two reads with the same strong tag have the same content.",
		reference: "RFC 9110 §8.8.1",
		advice:    "Give what differs another tag, or a weak one. A client that resumes a download glues the two together.",
		run: func(p *probe) {
			p.tag()
			for _, t := range p.types() {
				a, b := p.read(accepting(t)...), p.read(accepting(t)...)
				if tag := a.get("ETag"); strings.HasPrefix(tag, `"`) && tag == b.get("ETag") && a.body != b.body {
					p.fail("two reads in a row have one tag, and differ", a, b)
				}
			}
		},
	}, {
		name:      "precondition/304-for-its-own-tag",
		sentence:  "A read with the current tag in If-None-Match is 304 without content.",
		reference: "RFC 9110 §13.1.2, §15.4.5",
		advice:    "Compare If-None-Match with the tag that the 200 would have, before the handler.",
		run: func(p *probe) {
			p.tag()
			for _, t := range p.types() {
				whole := p.read(accepting(t)...)
				e := p.get(p.resource.Path, append(accepting(t), field("If-None-Match", whole.get("ETag")))...)
				p.want(e, "a read with the current tag in If-None-Match", http.StatusNotModified)
				if e.body != "" {
					p.fail("the 304 has content", e)
				}
			}
		},
	}, {
		name:      "precondition/304-in-every-spelling",
		sentence:  "If-None-Match is a list that is compared weakly: W/, other tags beside it, empty elements, * and a repeated * are 304.",
		reference: "RFC 9110 §8.8.3.2, §13.1.2; convention",
		advice:    "Read the field as a list of tags, with commas inside of quotes as text, and ignore W/.",
		run: func(p *probe) {
			tag, _ := p.tag()
			plain := strings.TrimPrefix(tag, "W/")
			for _, value := range []string{
				"W/" + plain, plain,
				`"a", ` + tag, tag + `, "a"`, `"a,b",` + tag, `W/"a" , ` + tag, "," + tag + ", ,", `"W/",` + tag,
				"*", "*, *",
			} {
				e := p.get(p.resource.Path, field("If-None-Match", value))
				p.want(e, "a read with the current tag in If-None-Match", http.StatusNotModified)
			}
		},
	}, {
		name:      "precondition/list-over-two-lines",
		sentence:  "A list of tags on two field lines is one list.",
		reference: "RFC 9110 §5.3, §13.1.2",
		advice:    "Join all lines of If-None-Match; most libraries' accessors return the first one only.",
		run: func(p *probe) {
			p.needsNoProxy()
			tag, _ := p.tag()
			for _, lines := range [][]string{{`"a"`, tag}, {tag, `"a"`}, {"", tag}} {
				e := p.get(p.resource.Path, field("If-None-Match", lines[0]), field("If-None-Match", lines[1]))
				p.want(e, "a read with the current tag on one of two lines", http.StatusNotModified)
			}
		},
	}, {
		name:      "precondition/200-for-other-tags",
		sentence:  "A read whose If-None-Match does not have the current tag is 200 with all of the content.",
		reference: "RFC 9110 §13.1.2",
		advice:    "Compare whole tags. A search for the text of the tag inside the field finds it in others, too.",
		run: func(p *probe) {
			tag, whole := p.tag()
			opaque := strings.Trim(strings.TrimPrefix(tag, "W/"), `"`)
			for _, value := range []string{another(tag), `"x` + opaque + `"`, `"", "a"`, `"a ` + opaque + `"`, `"a,` + opaque + `,b"`} {
				e := p.get(p.resource.Path, field("If-None-Match", value))
				p.want(e, "a read with other tags in If-None-Match", http.StatusOK)
				if e.body != whole.body {
					p.fail("the content is not that of a read without conditions", whole, e)
				}
			}
		},
	}, {
		name:      "precondition/304-has-what-the-200-has",
		sentence:  "A 304 repeats ETag, Vary, Cache-Control, Expires and Content-Location of the 200.",
		reference: "RFC 9110 §15.4.5",
		advice:    "Set these fields in one place for both; a cache updates what it has stored with those of the 304.",
		run: func(p *probe) {
			p.tag()
			for _, t := range p.types() {
				whole := p.read(accepting(t)...)
				e := p.get(p.resource.Path, append(accepting(t), field("If-None-Match", whole.get("ETag")))...)
				p.want(e, "a read with the current tag in If-None-Match", http.StatusNotModified)
				for _, name := range []string{"ETag", "Vary", "Cache-Control", "Content-Location"} {
					if !slices.Equal(sorted(whole.header, name), sorted(e.header, name)) {
						p.fail(fmt.Sprintf("%s of the 304 is %q, and of the 200 %q", name, e.get(name), whole.get(name)), whole, e)
					}
				}
				if (whole.get("Expires") == "") != (e.get("Expires") == "") {
					p.fail("one of 200 and 304 has Expires", whole, e)
				}
			}
		},
	}, {
		name:      "precondition/304-describes-no-content",
		sentence:  "A 304 has no field about content, other than the length of the 200's.",
		reference: "RFC 9110 §8.6, §15.4.5",
		advice:    "Take Content-Type, Content-Encoding, Content-Range and their like out of the 304.",
		run: func(p *probe) {
			tag, whole := p.tag()
			e := p.get(p.resource.Path, field("If-None-Match", tag))
			p.want(e, "a read with the current tag in If-None-Match", http.StatusNotModified)
			for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Range", "Content-Disposition"} {
				if e.get(name) != "" {
					p.fail("the 304 has "+name, e)
				}
			}
			if n := e.get("Content-Length"); n != "" && n != whole.get("Content-Length") {
				p.fail("Content-Length of the 304 is not that of the 200", whole, e)
			}
		},
	}, {
		name:      "precondition/tag-before-date",
		sentence:  "With If-None-Match, If-Modified-Since is ignored; with If-Match, If-Unmodified-Since is.",
		reference: "RFC 9110 §13.1.3, §13.1.4",
		advice:    "Evaluate in the order of §13.2.2: the tag counts where there are both.",
		run: func(p *probe) {
			tag, whole := p.tag()
			e := p.get(p.resource.Path, field("If-None-Match", another(tag)), field("If-Modified-Since", whole.get("Date")))
			p.want(e, "a read with another tag, and a date of now", http.StatusOK)
			if weak, _ := parseTag(tag); !weak {
				e = p.get(p.resource.Path, field("If-Match", tag), "If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT")
				p.want(e, "a read with the current tag, and a date of long ago", http.StatusOK)
			}
		},
	}, {
		name:      "precondition/dates",
		sentence:  "Where a read has Last-Modified, If-Modified-Since is 304 and If-Unmodified-Since 412.",
		reference: "RFC 9110 §13.1.3, §13.1.4",
		advice:    "Compare with the date that the 200 has, to the second. What is no HTTP-date is ignored.",
		run: func(p *probe) {
			whole := p.read()
			date := whole.get("Last-Modified")
			if date == "" {
				p.skip("not there: the resource has no Last-Modified")
			}
			p.want(p.get(p.resource.Path, field("If-Modified-Since", date)), "a read with its own date in If-Modified-Since", http.StatusNotModified)
			p.want(p.get(p.resource.Path, "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT"), "a read with an old date in If-Modified-Since", http.StatusOK)
			p.want(p.get(p.resource.Path, "If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT"), "a read with an old date in If-Unmodified-Since", http.StatusPreconditionFailed)
			p.want(p.get(p.resource.Path, "If-Modified-Since: yesterday"), "a read with what is no date in If-Modified-Since", http.StatusOK)
		},
	}, {
		name:      "precondition/412-on-read",
		sentence:  "A read whose If-Match does not have the current tag is 412, and 200 where it does.",
		reference: "RFC 9110 §13.1.1, §15.5.13",
		advice:    "Evaluate If-Match on reads, too: a client that reads in pieces relies on it.",
		run: func(p *probe) {
			tag, _ := p.tag()
			e := p.get(p.resource.Path, field("If-Match", another(tag)))
			p.want(e, "a read with another tag in If-Match", http.StatusPreconditionFailed)
			if !hasType(e, "precondition-failed") {
				p.fail("the problem type is not precondition-failed", e)
			}
			p.want(p.get(p.resource.Path, "If-Match: *"), "a read with If-Match: *", http.StatusOK)
			if weak, _ := parseTag(tag); !weak {
				p.want(p.get(p.resource.Path, field("If-Match", tag)), "a read with the current tag in If-Match", http.StatusOK)
			}
		},
	}, {
		name:      "precondition/an-error-is-no-304",
		sentence:  "An error never becomes a 304.",
		reference: "RFC 9110 §13.2.1",
		advice:    "Conditions apply to what would otherwise be a success: a computed tag must not be made from the body of an error.",
		run: func(p *probe) {
			p.read()
			p.needs(p.resource.Missing != "", "a path where nothing is (missing)")
			first := p.get(p.resource.Missing)
			for _, value := range []string{"*", `"a"`, first.get("ETag")} {
				if value != "" {
					p.want(p.get(p.resource.Missing, field("If-None-Match", value)), "a conditional read of what is not there", http.StatusNotFound)
				}
			}
		},
	}}
}

// needsNoProxy skips the check of what proxies change in a request.
func (p *probe) needsNoProxy() {
	if p.service.Proxy {
		p.skip("not reached: the proxy before the service may change this")
	}
}
