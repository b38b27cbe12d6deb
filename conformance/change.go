package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// conflict is the status of a change whose If-Match fails.
func (p *probe) conflict() int {
	if p.service.Strict {
		return http.StatusPreconditionFailed
	}
	return http.StatusConflict
}

// lost fails the check unless the change is refused as one that somebody else was
// faster with.
func (p *probe) lost(e *exchange, rule string) {
	p.want(e, rule, http.StatusConflict, http.StatusPreconditionFailed)
}

// current is a condition that holds.
func (p *probe) current() string {
	if tag := p.read().get("ETag"); strings.HasPrefix(tag, `"`) {
		return field("If-Match", tag)
	}
	return "If-Match: *"
}

// changes are the checks of conditions on what changes the resource.
func changes() []check {
	return []check{{
		name:      "precondition/409-before-the-handler",
		sentence:  "A change with an outdated tag is 409 record-changed, and changes nothing.",
		reference: "RFC 9110 §13.1.1; " + convention,
		advice:    "Compare If-Match with the current tag before the handler writes, and again in the store's UPDATE … WHERE version = ?.",
		run: func(p *probe) {
			p.changing()
			tag, _ := p.tag()
			before := p.snapshot()
			for _, value := range []string{another(tag), `"a", "b"`, `"a", W/"b"`} {
				e := p.change(field("If-Match", value))
				p.want(e, "a change with an outdated tag", p.conflict())
				if !hasType(e, "record-changed") {
					p.fail("the problem type is not record-changed", e)
				}
				p.unchanged(before, e)
			}
		},
	}, {
		name:      "precondition/409-says-how-to-go-on",
		sentence:  "A 409 has the current tag in ETag and as currentETag, and with it the change succeeds.",
		reference: convention,
		advice:    "Put the current tag into the document and the field, so that the client can go on.",
		run: func(p *probe) {
			p.changing()
			tag, _ := p.tag()
			e := p.change(field("If-Match", another(tag)))
			p.lost(e, "a change with an outdated tag")
			var document struct{ CurrentETag string }
			_ = json.Unmarshal([]byte(e.body), &document)
			if document.CurrentETag == "" || document.CurrentETag != e.get("ETag") {
				p.fail(fmt.Sprintf("currentETag is %q, and ETag %q", document.CurrentETag, e.get("ETag")), e)
			}
			again := p.change(field("If-Match", document.CurrentETag))
			if !again.success() {
				p.fail("a change with the tag of the 409 is refused", e, again)
			}
		},
	}, {
		name:      "precondition/if-match-passes",
		sentence:  "A change with the current tag succeeds, alone, in a list, and with *.",
		reference: "RFC 9110 §13.1.1",
		advice:    "Read If-Match as a list of tags, over all its lines.",
		run: func(p *probe) {
			p.changing()
			spellings := []func(tag string) []string{
				func(tag string) []string { return []string{field("If-Match", tag)} },
				func(tag string) []string { return []string{field("If-Match", `"a", `+tag)} },
				func(tag string) []string { return []string{field("If-Match", `"a,b",,`+tag+` ,W/"c"`)} },
				func(tag string) []string { return []string{"If-Match: *"} },
			}
			if !p.service.Proxy {
				spellings = append(spellings, func(tag string) []string {
					return []string{field("If-Match", `"a"`), field("If-Match", tag)}
				})
			}
			for _, spell := range spellings {
				tag, _ := p.tag()
				p.wantSuccess(p.change(spell(tag)...), "a change with the current tag")
			}
		},
	}, {
		name:      "precondition/if-match-behind-proxies",
		sentence:  "A change passes with the current tag as proxies spell it: W/ before it, -gzip, -br or -zstd at its end.",
		reference: convention + "; a departure from RFC 9110 §13.1.1",
		advice:    "Take off what a compressor on the way adds to a strong tag. Otherwise no client behind it can change anything.",
		run: func(p *probe) {
			p.changing()
			if p.service.Strict {
				p.skip("not described: the service is strict")
			}
			for _, spell := range []func(string) string{
				func(tag string) string { return "W/" + tag },
				func(tag string) string { return suffixed(tag, "-gzip") },
				func(tag string) string { return suffixed(tag, "-br") },
				func(tag string) string { return suffixed(tag, "-zstd") },
				func(tag string) string { return "W/" + suffixed(tag, "-gzip") },
			} {
				tag, _ := p.tag()
				p.wantSuccess(p.change(field("If-Match", spell(strings.TrimPrefix(tag, "W/")))), "a change with a tag that a proxy has spelled")
			}
		},
	}, {
		name:      "precondition/tag-of-any-type",
		sentence:  "A change passes with the tag of any of the resource's types: the record is the same.",
		reference: convention,
		advice:    "On changes compare the version and the tenant, and not the representation.",
		run: func(p *probe) {
			p.changing()
			p.tag()
			p.needs(len(p.resource.Types) > 1, "a second media type")
			for _, t := range p.resource.Types {
				tag := p.read(accepting(t)...).get("ETag")
				p.wantSuccess(p.change(field("If-Match", tag)), "a change with the tag of "+t)
			}
		},
	}, {
		name:      "precondition/new-tag-after-a-change",
		sentence:  "After a change the old tag is no 304, and no longer good for a change.",
		reference: "RFC 9110 §8.8.1",
		advice:    "Make the tag from the version that the change has made, not from a cached one.",
		run: func(p *probe) {
			p.changing()
			old, _ := p.tag()
			first := p.change(field("If-Match", old))
			p.wantSuccess(first, "a change with the current tag")
			e := p.get(p.resource.Path, field("If-None-Match", old))
			p.want(e, "a read with the tag of before the change", http.StatusOK)
			if e.get("ETag") == old {
				p.fail("the tag is the same after the change", first, e)
			}
			before := p.snapshot()
			again := p.change(field("If-Match", old))
			p.lost(again, "a change with the tag of before the change")
			p.unchanged(before, again)
		},
	}, {
		name:      "precondition/tag-of-a-change",
		sentence:  "The tag in the response to a change is good for the next change.",
		reference: "RFC 9110 §9.3.4, §15.3.1",
		advice:    "Set the tag of the version that the change has made, or none.",
		run: func(p *probe) {
			p.changing()
			tag, _ := p.tag()
			first := p.change(field("If-Match", tag))
			p.wantSuccess(first, "a change with the current tag")
			if first.get("ETag") == "" {
				p.skip("not there: the response to a change has no ETag")
			}
			second := p.change(field("If-Match", first.get("ETag")))
			if !second.success() {
				p.fail("a change with the tag of the change before is refused", first, second)
			}
		},
	}, {
		name:      "precondition/put-tag-is-no-validator",
		sentence:  "The tag in the response to a PUT is no 304 for other bytes than were sent.",
		reference: "RFC 9110 §9.3.4",
		advice:    "A client may keep what it has sent under that tag. Where the content is stored as a record, give the tag a mark with which reads do not match.",
		run: func(p *probe) {
			r := p.changing()
			p.needs(r.Method == http.MethodPut, "a change by PUT")
			tag, _ := p.tag()
			put := p.change(field("If-Match", tag))
			p.wantSuccess(put, "a change with the current tag")
			made := put.get("ETag")
			if made == "" {
				p.skip("not there: the response to the PUT has no ETag")
			}
			now := p.read()
			e := p.get(p.resource.Path, field("If-None-Match", made))
			if e.status == http.StatusNotModified && now.body != put.content {
				p.fail("the 304 confirms what was sent, and what is there differs from it", put, now, e)
			}
		},
	}, {
		name:      "precondition/412-for-if-none-match",
		sentence:  "A change with If-None-Match: * is 412 where the resource is there, and changes nothing.",
		reference: "RFC 9110 §13.1.2",
		advice:    "A failed If-None-Match of an unsafe method must be 412, never 304 or 409.",
		run: func(p *probe) {
			p.changing()
			before := p.snapshot()
			e := p.change("If-None-Match: *")
			p.want(e, "a change with If-None-Match of what is there", http.StatusPreconditionFailed)
			p.unchanged(before, e)
		},
	}, {
		name:      "precondition/428-without-a-condition",
		sentence:  "A change without a condition is 428, and changes nothing.",
		reference: "RFC 6585 §3",
		advice:    "Refuse it before the handler: a client that has read nothing overwrites what it has not seen.",
		run: func(p *probe) {
			r := p.changing()
			p.needs(r.Conditional, "that changes need a condition (conditional)")
			before := p.snapshot()
			e := p.change()
			p.want(e, "a change without a condition", http.StatusPreconditionRequired)
			p.unchanged(before, e)
		},
	}, {
		name:      "precondition/dates-of-changes",
		sentence:  "A change with an old If-Unmodified-Since is 409, and changes nothing, where a read has Last-Modified.",
		reference: "RFC 9110 §13.1.4",
		advice:    "Compare the date before the handler writes.",
		run: func(p *probe) {
			p.changing()
			whole := p.read()
			if whole.get("Last-Modified") == "" {
				p.skip("not there: the resource has no Last-Modified")
			}
			before := p.snapshot()
			e := p.change("If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT")
			p.want(e, "a change with an old date", http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
			p.unchanged(before, e)
		},
	}, {
		name:      "precondition/malformed-if-match",
		sentence:  "An If-Match without an entity tag is refused, and changes nothing.",
		reference: "RFC 9110 §13.1.1",
		advice:    "What cannot be read is no condition that holds: 400.",
		run: func(p *probe) {
			p.changing()
			tag, _ := p.tag()
			opaque := strings.Trim(strings.TrimPrefix(tag, "W/"), `"`)
			before := p.snapshot()
			for _, value := range []string{opaque, "'" + opaque + "'", "%22" + opaque + "%22", `"` + opaque, opaque + `"`, `W/`, `""x`, "3"} {
				e := p.change(field("If-Match", value))
				if !p.arrived(e) {
					continue
				}
				p.want(e, "a change with a malformed If-Match", http.StatusBadRequest, http.StatusConflict, http.StatusPreconditionFailed)
				p.unchanged(before, e)
			}
		},
	}, {
		name:      "precondition/lost-update",
		sentence:  "Of clients that change the same version at once, one succeeds and every other is told: 409.",
		reference: "RFC 9110 §13.1.1; " + convention,
		advice:    "A check before the write is not enough: have the store compare, UPDATE … WHERE version = ?, and take zero rows for a 409.",
		run: func(p *probe) {
			r := p.changing()
			const rounds, clients = 5, 6
			for range rounds {
				tag, _ := p.tag()
				all := make([]*exchange, clients)
				for i := range all {
					all[i] = &exchange{call: p.write(r, field("If-Match", tag))}
				}
				var wait sync.WaitGroup
				for i := range all {
					wait.Go(func() { all[i] = p.try(all[i].call) })
				}
				wait.Wait()
				won := slices.DeleteFunc(slices.Clone(all), func(e *exchange) bool { return !e.success() })
				if len(won) > 1 {
					p.fail(fmt.Sprintf("%d of %d clients have changed the same version", len(won), clients), won[:2]...)
				}
				for _, e := range all {
					if e.err != nil {
						p.fail("there is no response, or not all of it", e)
					}
					if !e.success() {
						p.lost(e, "a change that has lost the race")
					}
				}
				if len(won) == 0 {
					p.fail(fmt.Sprintf("none of %d clients has changed the version", clients), all[0])
				}
			}
			p.note("%d changes at once, %d times", clients, rounds)
		},
	}}
}
