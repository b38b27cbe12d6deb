package conformance

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// repeatable returns a described request that can be repeated.
func (p *probe) repeatable(r *Request) *Request {
	p.needs(r.Repeatable, "that the service heeds Idempotency-Key (repeatable)")
	return r
}

// key is an Idempotency-Key that no other change has.
func (p *probe) key() string {
	p.numbers++
	return field("Idempotency-Key", `"conformance-`+strconv.FormatInt(p.numbers, 10)+`"`)
}

func repeats() []check {
	return []check{{
		name:      "repeats/applied-once",
		sentence:  "A change that is repeated with its Idempotency-Key is a success again, and is made once.",
		reference: "RFC 9110 §13.1.1; draft-ietf-httpapi-idempotency-key-header §2",
		advice:    "Keep the key in the transaction that makes the change, and look for it before the condition: a 409 would say that somebody else was faster.",
		run: func(p *probe) {
			r := p.repeatable(p.changing())
			tag, _ := p.tag()
			c := p.write(r, field("If-Match", tag), p.key())
			first := p.send(c)
			p.wantSuccess(first, "a change with a key")
			made := p.snapshot()
			again := p.send(c)
			if !again.success() {
				p.fail("the repeated change is refused", first, again)
			}
			if now := p.snapshot(); !now.equal(made) {
				p.fail("the repeated change was made twice", first, again, made[0], now[0])
			}
		},
	}, {
		name:      "repeats/not-over-anothers",
		sentence:  "A repeated change is a success also when somebody else has changed the record since, and leaves that change alone.",
		reference: convention,
		advice:    "Answer with the tag of the version that the change made then, never with a later one: the client has not seen it.",
		run: func(p *probe) {
			r := p.repeatable(p.changing())
			tag, _ := p.tag()
			c := p.write(r, field("If-Match", tag), p.key())
			first := p.send(c)
			p.wantSuccess(first, "a change with a key")
			between, _ := p.tag()
			p.wantSuccess(p.change(field("If-Match", between)), "a change by somebody else")
			theirs := p.snapshot()
			again := p.send(c)
			if !again.success() {
				p.fail("the repeated change is refused", first, again)
			}
			p.unchanged(theirs, again)
			if got := again.get("ETag"); got != "" && p.send(p.write(r, field("If-Match", got))).success() {
				p.fail("the tag of the repeated change is good for a change of what the client has not seen", first, again)
			}
		},
	}, {
		name:      "repeats/key-reused",
		sentence:  "A key that comes with other content is 422, and changes nothing.",
		reference: "draft-ietf-httpapi-idempotency-key-header §2.7",
		advice:    "Keep a fingerprint of the content beside the key.",
		run: func(p *probe) {
			r := p.repeatable(p.changing())
			p.needs(strings.Contains(r.Content, "{n}"), "a change whose content differs each time ({n})")
			tag, _ := p.tag()
			key := p.key()
			first := p.change(field("If-Match", tag), key)
			p.wantSuccess(first, "a change with a key")
			before := p.snapshot()
			other := p.change(p.current(), key)
			if other.status != http.StatusUnprocessableEntity {
				p.fail("the key with other content is not 422", first, other)
			}
			p.unchanged(before, other)
		},
	}, {
		name:      "repeats/malformed-key",
		sentence:  "An Idempotency-Key that cannot be read is 400, and changes nothing.",
		reference: "draft-ietf-httpapi-idempotency-key-header §2.1",
		advice:    "Take one line with 1 to 255 visible characters, quoted or not.",
		run: func(p *probe) {
			r := p.repeatable(p.changing())
			before := p.snapshot()
			for _, lines := range [][]string{
				{"Idempotency-Key:"}, {`Idempotency-Key: ""`}, {`Idempotency-Key: "a`}, {"Idempotency-Key: a b"},
				{"Idempotency-Key: " + strings.Repeat("k", 300)},
				{`Idempotency-Key: "a"`, `Idempotency-Key: "b"`},
			} {
				e := p.send(p.write(r, append(lines, p.current())...))
				if p.arrived(e) {
					p.want(e, "a change with a malformed key", http.StatusBadRequest)
					p.unchanged(before, e)
				}
			}
		},
	}, {
		name:      "repeats/twins",
		sentence:  "The same change twice at once is made once, and both are told of the success.",
		reference: convention,
		advice:    "INSERT the key first, in the same transaction: the second waits for the first.",
		run: func(p *probe) {
			r := p.repeatable(p.changing())
			for range 5 {
				tag, _ := p.tag()
				c := p.write(r, field("If-Match", tag), p.key())
				var twins [2]*exchange
				var wait sync.WaitGroup
				for i := range twins {
					wait.Go(func() { twins[i] = p.try(c) })
				}
				wait.Wait()
				p.limited(twins[0])
				p.limited(twins[1])
				if !twins[0].success() || !twins[1].success() {
					p.fail("one of two equal changes at once is refused", twins[:]...)
				}
				made := p.snapshot()
				p.wantSuccess(p.send(c), "the same change a third time")
				p.unchanged(made, twins[:]...)
			}
		},
	}, {
		name:      "repeats/created-once",
		sentence:  "Creating that is repeated with its Idempotency-Key creates one resource, and is told of it again.",
		reference: "draft-ietf-httpapi-idempotency-key-header §2",
		advice:    "Keep the key beside what was created, in the same transaction, and answer with its Location again.",
		run: func(p *probe) {
			r := p.repeatable(p.creating())
			c := p.write(r, p.key())
			first := p.send(c)
			p.want(first, "creating with a key", http.StatusCreated)
			again := p.send(c)
			if !again.success() || p.location(again) != p.location(first) {
				p.fail("what was created once is not what the repeated request says", first, again)
			}
		},
	}}
}
