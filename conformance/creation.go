package conformance

import (
	"net/http"
)

// creating returns the described request that makes a resource.
func (p *probe) creating() *Request {
	p.read()
	p.needs(p.resource.Create != nil, "a request that creates a resource (create)")
	if p.service.ReadOnly {
		p.skip("read-only: the check sends " + p.resource.Create.Method)
	}
	return p.resource.Create
}

// location returns the path of a Location as the description has paths.
func (p *probe) location(e *exchange) string {
	path := p.within(e, e.get("Location"))
	if path == "" {
		p.fail("the response has no Location in the service", e)
	}
	return path
}

func creation() []check {
	return []check{{
		name:      "create/201",
		sentence:  "Creating is 201, and Location is where what was created can be read.",
		reference: "RFC 9110 §9.3.3, §15.3.2",
		advice:    "Set Location to the new resource.",
		run: func(p *probe) {
			e := p.send(p.write(p.creating()))
			p.want(e, "creating", http.StatusCreated)
			made := p.get(p.location(e))
			if made.status != http.StatusOK {
				p.fail("what was created cannot be read", e, made)
			}
		},
	}, {
		name:      "create/conditions",
		sentence:  "Creating with a condition that fails is refused, and creates nothing.",
		reference: "RFC 9110 §13.1.1",
		advice:    "Evaluate conditions on the target of the request, before the content is stored.",
		run: func(p *probe) {
			e := p.send(p.write(p.creating(), `If-Match: "conformance"`))
			p.want(e, "creating with a tag that nothing has", http.StatusConflict, http.StatusPreconditionFailed, http.StatusNotFound)
		},
	}, {
		name:      "create/202",
		sentence:  "Creating with Prefer: respond-async is 202, and Location is where its state can be read.",
		reference: "RFC 9110 §15.3.3, RFC 7240 §4.1",
		advice:    "Answer 202 with a Location, and Preference-Applied.",
		run: func(p *probe) {
			r := p.creating()
			p.needs(r.Async, "that it can be asynchronous (async)")
			e := p.send(p.write(r, "Prefer: respond-async"))
			p.want(e, "creating asynchronously", http.StatusAccepted)
			state := p.get(p.location(e))
			if !state.success() {
				p.fail("the state of what was accepted cannot be read", e, state)
			}
		},
	}, {
		name:      "create/removed",
		sentence:  "DELETE with an outdated tag is refused and removes nothing; with the current one it is 204, and what was there is 404 like all that is not there.",
		reference: "RFC 9110 §9.3.5, §13.1.1, §15.3.5",
		advice:    "Guard DELETE as other changes, and look the record up the same way for a 404.",
		run: func(p *probe) {
			r := p.creating()
			p.needs(r.Removable, "that what it creates can be removed (removable)")
			created := p.send(p.write(r))
			p.want(created, "creating", http.StatusCreated)
			path := p.location(created)
			made := p.get(path)
			p.want(made, "a read of what was created", http.StatusOK)
			remove := call{method: http.MethodDelete, path: path, as: p.owner()}
			if tag := made.get("ETag"); tag != "" {
				remove.fields = []string{field("If-Match", another(tag))}
				p.lost(p.send(remove), "DELETE with an outdated tag")
				p.want(p.get(path), "a read after a DELETE that was refused", http.StatusOK)
				remove.fields = []string{field("If-Match", tag)}
			}
			p.want(p.send(remove), "DELETE with the current tag", http.StatusNoContent)
			gone := p.get(path)
			p.want(gone, "a read of what was removed", http.StatusNotFound)
			if p.resource.Missing != "" {
				absent := p.get(p.resource.Missing)
				if d := p.difference(absent, gone); d != "" {
					p.fail("a client can tell what was there once: "+d, absent, gone)
				}
			}
			again := p.send(remove)
			p.want(again, "DELETE of what was removed", http.StatusNotFound)
		},
	}}
}
