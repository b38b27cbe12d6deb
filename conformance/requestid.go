package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

func requestIDs() []check {
	return []check{{
		name:      "request-id/on-every-response",
		sentence:  "Every response has an X-Request-Id, and every problem document has it as requestId.",
		reference: convention,
		advice:    "Put the layer that sets the id outside everything else.",
		run: func(p *probe) {
			all := []*exchange{p.read()}
			if tag := all[0].get("ETag"); tag != "" {
				all = append(all, p.get(p.resource.Path, field("If-None-Match", tag)))
			}
			for _, r := range p.provoke() {
				all = append(all, r.exchange)
			}
			for _, e := range all {
				id := e.get("X-Request-Id")
				if id == "" {
					p.fail(fmt.Sprintf("a %d has no X-Request-Id", e.status), e)
				}
				var d struct{ RequestID string }
				if _ = json.Unmarshal([]byte(e.body), &d); e.status >= 400 && d.RequestID != id {
					p.fail(fmt.Sprintf("requestId of the document is %q", d.RequestID), e)
				}
			}
		},
	}, {
		name:      "request-id/echoed",
		sentence:  "The X-Request-Id of a request is that of its response.",
		reference: convention,
		advice:    "Take over what the client, or a gateway, has chosen; it finds the request in all logs.",
		once:      true,
		run: func(p *probe) {
			p.needsIDs()
			const id = "conformance-4f1c"
			for _, path := range []string{p.resource.Path, noRoute} {
				if e := p.get(path, field("X-Request-Id", id)); e.get("X-Request-Id") != id {
					p.fail("the response has another X-Request-Id", e)
				}
			}
		},
	}, {
		name:      "request-id/one-for-each",
		sentence:  "Two requests without an id have different ones.",
		reference: convention,
		advice:    "Make an id of 128 random bits.",
		once:      true,
		run: func(p *probe) {
			p.needsIDs()
			seen := map[string]*exchange{}
			for range 10 {
				e := p.get(p.resource.Path)
				if first := seen[e.get("X-Request-Id")]; first != nil {
					p.fail("two requests have one id", first, e)
				}
				seen[e.get("X-Request-Id")] = e
			}
		},
	}, {
		name:      "request-id/not-any",
		sentence:  "An X-Request-Id that is no id is replaced, not taken over.",
		reference: convention,
		advice:    "Take over one line of 1 to 128 visible characters. Anything else would stand in logs and in responses as it came.",
		once:      true,
		run: func(p *probe) {
			p.needsIDs()
			for _, lines := range [][]string{
				{"X-Request-Id: " + strings.Repeat("x", 5000)},
				{"X-Request-Id: conformance 4f1c"},
				{"X-Request-Id: conformance-\xff"},
				{"X-Request-Id: conformance-1", "X-Request-Id: conformance-2"},
			} {
				e := p.send(call{method: http.MethodGet, path: p.resource.Path, as: p.owner(), fields: lines})
				if !p.arrived(e) {
					continue
				}
				for _, line := range lines {
					_, sent := cutField(line)
					if got := e.get("X-Request-Id"); got == "" || got == sent && len(lines) == 1 {
						p.fail("the response has "+shorten(fmt.Sprintf("%q", got))+" as X-Request-Id", e)
					}
				}
			}
		},
	}}
}

// needsIDs skips the check where responses have no ids, which another check
// reports.
func (p *probe) needsIDs() {
	if p.read().get("X-Request-Id") == "" {
		p.skip("not there: responses have no X-Request-Id (see request-id/on-every-response)")
	}
}
