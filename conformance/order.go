package conformance

import (
	"net/http"
	"strings"
)

// What a client without a token must not be told, each as the fields of a read.
var curious = [][]string{
	nil,
	{"If-None-Match: *"},
	{`If-Match: "conformance"`},
	{"Accept: application/x-conformance"},
	{"Range: bytes=0-0"},
}

func order() []check {
	return []check{{
		name:      "order/401-first",
		sentence:  "Whoever has no valid token gets 401, whatever else is wrong with the request.",
		reference: "RFC 9110 §13.2.1, §15.5.2",
		advice:    "Put authentication outside everything that looks at the resource or at conditions: a 304, 404, 406 or 409 tells a stranger what exists.",
		run: func(p *probe) {
			p.needsTokens()
			p.read()
			for _, who := range []identity{{}, {token: falseToken}, {token: falseToken, tenant: p.service.Tenant}} {
				for _, path := range []string{p.resource.Path, p.resource.Missing} {
					for _, fields := range curious {
						if path != "" {
							e := p.send(call{method: http.MethodGet, path: path, as: who, fields: fields})
							p.want(e, "a read without a valid token", http.StatusUnauthorized)
						}
					}
				}
			}
		},
	}, {
		name:      "order/401-before-a-change",
		sentence:  "A change without a valid token gets 401 and changes nothing, whatever its conditions and content.",
		reference: "RFC 9110 §13.2.1, §15.5.2",
		advice:    "Put authentication outside content types, preconditions and the handler.",
		run: func(p *probe) {
			p.needsTokens()
			r := p.changing()
			before := p.snapshot()
			for _, who := range []identity{{}, {token: falseToken, tenant: p.service.Tenant}} {
				for _, path := range []string{r.Path, p.elsewhere(p.resource.Missing)} {
					for _, condition := range []string{"If-Match: *", `If-Match: "conformance"`, "If-None-Match: *"} {
						c := p.write(r, condition)
						c.as, c.path = who, path
						if path != "" {
							p.want(p.send(c), "a change without a valid token", http.StatusUnauthorized)
						}
					}
				}
				c := p.write(r)
				c.as, c.fields = who, []string{"Content-Type: application/x-conformance"}
				e := p.send(c)
				p.want(e, "a change of another type without a valid token", http.StatusUnauthorized)
				p.unchanged(before, e)
			}
		},
	}, {
		name:      "order/401-has-a-challenge",
		sentence:  "A 401 has a Bearer challenge, which says invalid_token where there was a token and no error where there was none.",
		reference: "RFC 9110 §15.5.2, RFC 6750 §3",
		advice:    `Set WWW-Authenticate: Bearer realm="…", and error="invalid_token" if a token came.`,
		run: func(p *probe) {
			p.needsTokens()
			p.read()
			for _, token := range []string{"", falseToken} {
				e := p.send(call{method: http.MethodGet, path: p.resource.Path, as: identity{token: token}})
				p.want(e, "a read without a valid token", http.StatusUnauthorized)
				challenge := e.get("WWW-Authenticate")
				switch {
				case !strings.HasPrefix(strings.ToLower(challenge)+" ", "bearer "):
					p.fail("the 401 has no Bearer challenge", e)
				case token == "" && strings.Contains(challenge, "error="):
					p.fail("the challenge to a request without a token has an error (RFC 6750 §3.1)", e)
				case token != "" && !strings.Contains(challenge, `error="invalid_token"`):
					p.fail(`the challenge to a false token has no error="invalid_token" (RFC 6750 §3.1)`, e)
				}
			}
		},
	}, {
		name:      "order/malformed-credentials",
		sentence:  "Authorization that cannot be read is 400 or 401, with a challenge.",
		reference: "RFC 6750 §3.1",
		advice:    "Take exactly one field line: Bearer, blanks, and a b64token. Anything else is refused before the token is looked at.",
		run: func(p *probe) {
			p.needsTokens()
			p.read()
			good := p.owner().token
			for _, lines := range [][]string{
				{"Authorization: Bearer"},
				{"Authorization: Bearer a b"},
				{"Authorization: Bearer ,"},
				{"Authorization: Basic Og=="},
				{"Authorization: " + good},
				{"Authorization: Bearer " + falseToken, "Authorization: Bearer " + falseToken},
			} {
				fields := append(lines, field(p.service.TenantHeader, p.service.Tenant))
				e := p.send(call{method: http.MethodGet, path: p.resource.Path, fields: fields})
				if !p.arrived(e) {
					continue
				}
				p.want(e, "a read with malformed credentials", http.StatusBadRequest, http.StatusUnauthorized)
				if e.get("WWW-Authenticate") == "" {
					p.fail("the refusal has no challenge", e)
				}
			}
		},
	}, {
		name:      "order/stranger-sees-no-difference",
		sentence:  "Without a token, a resource that is there and one that is not have the same response, to the byte.",
		reference: convention,
		advice:    "Let nothing of the resource into the 401: no tag, no length, no instance.",
		run: func(p *probe) {
			p.needsTokens()
			p.read()
			p.needs(p.resource.Missing != "", "a path where nothing is (missing)")
			for _, fields := range curious {
				there := p.send(call{method: http.MethodGet, path: p.resource.Path, fields: fields})
				absent := p.send(call{method: http.MethodGet, path: p.resource.Missing, fields: fields})
				if d := p.difference(there, absent); d != "" {
					p.fail("a stranger can tell what exists: "+d, there, absent)
				}
			}
		},
	}, {
		name:      "order/403-without-the-scope",
		sentence:  "A token without the scope gets 403, before anything about the resource is decided.",
		reference: "RFC 6750 §3.1",
		advice:    "Ask for the scope right after the tenant, outside content types and preconditions; say insufficient_scope in WWW-Authenticate.",
		run: func(p *probe) {
			r, who := p.changing(), p.unscoped()
			before := p.snapshot()
			for _, path := range []string{r.Path, p.elsewhere(p.resource.Missing)} {
				for _, condition := range []string{"If-Match: *", `If-Match: "conformance"`, "If-None-Match: *"} {
					c := p.write(r, condition)
					c.as, c.path = who, path
					if path == "" {
						continue
					}
					e := p.send(c)
					p.want(e, "a change without the scope", http.StatusForbidden)
					if !strings.Contains(e.get("WWW-Authenticate"), `error="insufficient_scope"`) {
						p.fail(`the 403 has no challenge with error="insufficient_scope"`, e)
					}
				}
			}
			p.unchanged(before)
		},
	}, {
		name:      "order/tenant-before-the-resource",
		sentence:  "Whether the token is good for the tenant is decided before conditions and types.",
		reference: convention,
		advice:    "Put the tenant outside Accept, Content-Type and preconditions.",
		run: func(p *probe) {
			p.needsOtherTenant()
			p.read()
			who := p.single(p.service.OtherTenant)
			for _, fields := range curious {
				e := p.send(call{method: http.MethodGet, path: p.resource.Path, as: who, fields: fields})
				p.want(e, "a read for a tenant that is not granted", http.StatusForbidden, http.StatusNotFound)
			}
			if !p.mayChange() {
				return
			}
			before := p.snapshot()
			for _, condition := range []string{"If-Match: *", `If-Match: "conformance"`, "If-None-Match: *"} {
				c := p.write(p.resource.Change, condition)
				c.as = who
				e := p.send(c)
				p.want(e, "a change for a tenant that is not granted", http.StatusForbidden, http.StatusNotFound)
				p.unchanged(before, e)
			}
		},
	}, {
		name:      "order/types-before-conditions",
		sentence:  "406 and 415 come before 304 and 409.",
		reference: "RFC 9110 §13.2.1",
		advice:    "Conditions are evaluated for a request that would otherwise succeed: put preconditions right before the handler.",
		run: func(p *probe) {
			tag, _ := p.tag()
			negotiates := p.get(p.resource.Path, field("Accept", noType)).status == http.StatusNotAcceptable // see negotiation/406
			if negotiates {
				for _, condition := range []string{field("If-None-Match", tag), "If-None-Match: *"} {
					p.want(p.get(p.resource.Path, "Accept: application/x-conformance", condition), "a condition on what is not acceptable", http.StatusNotAcceptable)
				}
			}
			if r := p.resource.Change; p.mayChange() && r.Type != "" {
				c := p.write(r)
				c.fields = []string{"Content-Type: application/x-conformance", `If-Match: "conformance"`}
				p.want(p.send(c), "a condition on a change of another type", http.StatusUnsupportedMediaType)
			} else if !negotiates {
				p.skip("not described: a change, and no type is refused")
			}
		},
	}}
}
