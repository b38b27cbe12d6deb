package conformance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A refusal is an error that the description allows to provoke.
type refusal struct {
	what   string
	tenant bool // decided behind the tenant
	*exchange
}

// marker is in all that a client sends to provoke a refusal. No response has it.
const marker = "conformance7marker"

// noRoute is a path that no service has.
const noRoute = "/conformance-no-such-route/" + marker

// provoke returns one error of each kind. They are sent once for all checks.
func (p *probe) provoke() []refusal {
	p.read()
	k := p.know()
	if k.refusals == nil {
		k.refusals = p.provoked()
	}
	if len(k.refusals) == 0 {
		p.skip("not there: the service refuses nothing of what is described")
	}
	return k.refusals
}

func (p *probe) provoked() (all []refusal) {
	r, s := p.resource, p.service
	add := func(what string, tenant bool, c call) {
		if e := p.send(c); e.status >= 400 && !p.gateway(e) {
			all = append(all, refusal{what, tenant, e})
		}
	}
	read := func(what, path string, tenant bool, as identity, fields ...string) {
		if path != "" {
			add(what, tenant, call{method: http.MethodGet, path: path, as: as, fields: fields})
		}
	}
	read("a path that no route has", noRoute, false, p.owner())
	read("what is not there", r.Missing, true, p.owner())
	if r.Missing != "" {
		read("another name that is not there", p.sibling(marker), true, p.owner())
	}
	read("another tenant's record", r.Foreign, true, p.owner())
	if p.hasTokens() {
		read("no token", r.Path, false, identity{})
		read("a false token", r.Path, false, identity{token: marker})
	}
	if s.Tenant != "" {
		if s.Tokens.Multi != "" {
			read("no tenant", r.Path, true, identity{token: s.Tokens.Multi})
		}
		if p.hasTokens() {
			read("a malformed tenant", r.Path, true, identity{p.owner().token, marker + ", " + marker})
			read("a tenant that is not granted", r.Path, true, identity{p.owner().token, marker})
		}
	}
	if len(r.Types) > 0 {
		read("none of the types", r.Path, true, p.owner(), "Accept: application/"+marker)
	}
	read("another tag in If-Match", r.Path, true, p.owner(), `If-Match: "`+marker+`"`)
	add("a method that is not allowed", false, call{method: "PROPFIND", path: r.Path, as: p.owner()})
	if c := r.Change; p.mayChange() {
		change := func(what string, content string, fields ...string) {
			w := p.write(c)
			w.content, w.fields = content, fields
			add(what, true, w)
		}
		typed := field("Content-Type", c.Type)
		change("a change of another type", marker, "Content-Type: application/"+marker, p.current())
		change("a change with an outdated tag", p.fill(c.Content), typed, `If-Match: "`+marker+`"`)
		if c.Conditional {
			change("a change without a condition", p.fill(c.Content), typed)
		}
		if isJSON(c.Type) {
			change("a change whose content breaks off", `{"`+marker+`": "`+marker, typed, p.current())
			change("a change whose content is something else", `["`+marker+`"]`, typed, p.current())
		}
		if c.Limit > 0 {
			w := p.write(c)
			w.content, w.fields = strings.Repeat(" ", int(c.Limit))+"{}", []string{typed, p.current()}
			add("a change that is too large", false, w)
		}
		if s.Tokens.Unscoped != "" {
			w := p.write(c, p.current())
			w.as = p.unscoped()
			add("a change without the scope", true, w)
		}
	}
	return all
}

// gateway reports whether an error is that of a proxy which has had no response
// from the service.
func (p *probe) gateway(e *exchange) bool {
	return e.status >= http.StatusBadGateway && p.know().ids && e.header.Get("X-Request-Id") == ""
}

func isJSON(t string) bool {
	t = mediaType(t)
	return t == "application/json" || strings.HasSuffix(t, "+json")
}

func failures() []check {
	return []check{{
		name:      "errors/problem-documents",
		sentence:  "Every error is a problem document, with members of the right types and the status of the response.",
		reference: "RFC 9457 §3",
		advice:    "Write every error in one place, and put that place around the router, so that its own 404 and 405 go through it, too.",
		run: func(p *probe) {
			for _, r := range p.provoke() {
				if why := malformedProblem(r.exchange); why != "" {
					p.fail(fmt.Sprintf("the response to %s is no problem document: %s", r.what, why), r.exchange)
				}
			}
		},
	}, {
		name:      "errors/detail",
		sentence:  "Every problem document has a detail, where the one for what is not there has one.",
		reference: "RFC 9457 §3.1.4; " + convention,
		advice:    "Give every type a fixed sentence for people.",
		run: func(p *probe) {
			all := p.provoke()
			detail := func(r refusal) string {
				var d struct{ Detail string }
				_ = json.Unmarshal([]byte(r.body), &d)
				return d.Detail
			}
			i := slices.IndexFunc(all, func(r refusal) bool { return r.status == http.StatusNotFound })
			if i < 0 || detail(all[i]) == "" {
				p.skip("not there: the service does not give every document a detail, as that for what is not there has none")
			}
			for _, r := range all {
				if detail(r) == "" {
					p.fail("the document of the response to "+r.what+" has no detail", r.exchange)
				}
			}
		},
	}, {
		name:      "errors/404-is-one-document",
		sentence:  "All 404s are the same document.",
		reference: convention,
		advice:    "Say nothing about why: no such route, no such record and another tenant's record are one thing for a client.",
		run: func(p *probe) {
			var first *refusal
			for _, r := range p.provoke() {
				switch {
				case r.status != http.StatusNotFound:
				case first == nil:
					first = &r
				case r.strip(r.body) != first.strip(first.body) || r.get("Content-Type") != first.get("Content-Type"):
					p.fail(fmt.Sprintf("the 404s to %s and to %s differ", first.what, r.what), first.exchange, r.exchange)
				}
			}
			if first == nil {
				p.skip("not there: nothing is 404")
			}
		},
	}, {
		name:      "errors/unknown-route",
		sentence:  "A path that no route has is 404.",
		reference: "RFC 9110 §15.5.5",
		advice:    "A catch-all that answers 200 or a page hides every mistake in a path.",
		once:      true,
		run: func(p *probe) {
			p.want(p.get(noRoute), "a read of a path that no route has", http.StatusNotFound)
		},
	}, {
		name:      "errors/405-with-allow",
		sentence:  "A method that the resource does not have is 405, with those that it has in Allow.",
		reference: "RFC 9110 §10.2.1, §15.5.6",
		advice:    "Register routes with their methods and let the router answer; a catch-all route takes the 405 away.",
		run: func(p *probe) {
			p.read()
			e := p.send(call{method: "PROPFIND", path: p.resource.Path, as: p.owner()})
			p.want(e, "a PROPFIND", http.StatusMethodNotAllowed)
			allowed := elements(e.header, "Allow")
			methods := []string{http.MethodGet}
			if c := p.resource.Change; c != nil && c.Path == p.resource.Path {
				methods = append(methods, c.Method)
			}
			for _, m := range methods {
				if !slices.Contains(allowed, strings.ToLower(m)) {
					p.fail("Allow does not have "+m, e)
				}
			}
		},
	}, {
		name:      "errors/no-echo",
		sentence:  "No error has in it what the client sent.",
		reference: convention,
		advice:    "Say which part is wrong and what it must be. What was sent may be somebody's data, or an attack on whoever reads the response.",
		run: func(p *probe) {
			for _, r := range p.provoke() {
				if strings.Contains(strings.ToLower(strings.Join(r.plainFields(), "\n")), marker) {
					p.fail("the response to "+r.what+" repeats what was sent", r.exchange)
				}
			}
		},
	}, {
		name:      "errors/no-cause",
		sentence:  "No error tells its cause.",
		reference: "RFC 9457 §5; " + convention,
		advice:    "Keep the text for the client and the cause for the log apart; never send err.Error().",
		run: func(p *probe) {
			for _, r := range p.provoke() {
				if c := cause(r.body); c != "" {
					p.fail(fmt.Sprintf("the response to %s tells a cause: %q", r.what, c), r.exchange)
				}
			}
		},
	}, {
		name:      "errors/no-fields-of-a-success",
		sentence:  "An error has no field that describes the success which it is not.",
		reference: "RFC 9110 §8.8; " + convention,
		advice:    "Clear ETag, Last-Modified, Content-Disposition, Content-Encoding and their like before an error is written.",
		run: func(p *probe) {
			for _, r := range p.provoke() {
				for _, name := range []string{"ETag", "Last-Modified", "Content-Disposition", "Content-Encoding", "Content-Range", "Expires"} {
					if name == "ETag" && (r.status == http.StatusConflict || r.status == http.StatusPreconditionFailed) {
						continue // it says how to go on
					}
					if r.get(name) != "" {
						p.fail(fmt.Sprintf("the response to %s has %s", r.what, name), r.exchange)
					}
				}
			}
		},
	}, {
		name:      "errors/types-have-pages",
		sentence:  "Where the type of one problem leads to a page, those of all do.",
		reference: "RFC 9457 §3.1.1",
		advice:    "Serve a page for each type under the base of the types, without a token.",
		run: func(p *probe) {
			var found, absent *exchange
			seen := map[string]bool{}
			for _, r := range p.provoke() {
				var d struct{ Type string }
				_ = json.Unmarshal([]byte(r.body), &d)
				if path := p.within(r.exchange, d.Type); path != "" && !seen[path] {
					seen[path] = true
					if page := p.send(call{method: http.MethodGet, path: path, fields: []string{"Accept: text/html, */*;q=0.1"}}); page.success() {
						found = page
					} else {
						absent = page
					}
				}
			}
			switch {
			case found == nil:
				p.skip("not there: no type of a problem leads to a page of the service")
			case absent != nil:
				p.fail("the type of a problem leads to a page, and that of another does not", found, absent)
			}
		},
	}, {
		name:      "errors/413",
		sentence:  "Content over the limit is 413, and changes nothing.",
		reference: "RFC 9110 §15.5.14",
		advice:    "Bound what is read, and answer the bound's error with 413.",
		run: func(p *probe) {
			r := p.changing()
			p.needs(r.Limit > 0, "the greatest length of content (limit)")
			before := p.snapshot()
			c := p.write(r, p.current())
			c.content = strings.Repeat(" ", int(r.Limit)) + c.content
			e := p.send(c)
			if p.arrived(e) {
				p.want(e, "a change that is too large", http.StatusRequestEntityTooLarge)
				p.unchanged(before, e)
			}
		},
	}}
}

// within is the path of a reference in a response, if it leads to the service
// itself.
func (p *probe) within(e *exchange, reference string) string {
	at, _ := url.Parse(p.target.base.String() + e.path)
	u, err := url.Parse(reference)
	if err != nil || reference == "" || u.Scheme != "" && u.Host == "" {
		return ""
	}
	u = at.ResolveReference(u)
	if u.Host != p.target.base.Host {
		return ""
	}
	path, ok := strings.CutPrefix(u.RequestURI(), strings.TrimSuffix(p.target.base.Path, "/"))
	if !ok {
		return ""
	}
	return path
}

// plainFields are the response fields and the body, without the request id.
func (e *exchange) plainFields() []string {
	lines := []string{e.body}
	for name, values := range e.header {
		if name != "X-Request-Id" {
			lines = append(lines, values...)
		}
	}
	return lines
}
