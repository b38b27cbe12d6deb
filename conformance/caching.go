package conformance

import (
	"fmt"
	"net/http"
	"strings"
)

// decisive are the request fields that decide about a response of the resource.
func (p *probe) decisive(h http.Header) (names []string) {
	if p.service.Tenant != "" && p.hasTokens() {
		names = append(names, p.service.TenantHeader)
	}
	if p.hasTokens() && (!directive(h, "public") || directive(h, "private") || directive(h, "no-store")) {
		names = append(names, "Authorization")
	}
	return names
}

// mustVary fails the check unless Vary has the names.
func (p *probe) mustVary(what string, e *exchange, names []string) {
	for _, name := range names {
		if !varies(e.header, name) {
			p.fail(fmt.Sprintf("Vary of %s does not have %s", what, name), e)
		}
	}
}

func caching() []check {
	return []check{{
		name:      "caching/vary-on-success",
		sentence:  "What decided about a 200, 304 or HEAD is in Vary: the tenant, the token, the negotiated type.",
		reference: "RFC 9110 §12.5.5",
		advice:    "Let each layer that decides by a field add it to Vary, when the header goes out, on whatever response.",
		run: func(p *probe) {
			whole := p.read()
			all := []*exchange{whole, p.send(call{method: http.MethodHead, path: p.resource.Path, as: p.owner()})}
			if tag := whole.get("ETag"); tag != "" {
				all = append(all, p.get(p.resource.Path, field("If-None-Match", tag)))
			}
			for _, e := range all {
				names := p.decisive(e.header)
				if len(p.resource.Types) > 1 {
					names = append(names, "Accept")
				}
				p.needs(len(names) > 0, "tokens, tenants, or several media types")
				p.mustVary(fmt.Sprintf("the %d to %s", e.status, e.method), e, names)
			}
		},
	}, {
		name:      "caching/vary-on-errors",
		sentence:  "Errors vary by what they were decided by, too.",
		reference: "RFC 9110 §12.5.5, RFC 9111 §4.1",
		advice:    "Add the field to Vary before the layer refuses, not where the handler succeeds.",
		run: func(p *probe) {
			p.needsTokens()
			for _, r := range p.provoke() {
				switch {
				case r.tenant:
					p.mustVary("the response to "+r.what, r.exchange, p.decisive(r.header))
				case r.status == http.StatusUnauthorized:
					p.mustVary("the response to "+r.what, r.exchange, []string{"Authorization"})
				}
				if r.status == http.StatusNotAcceptable {
					p.mustVary("the response to "+r.what, r.exchange, []string{"Accept"})
				}
			}
		},
	}, {
		name:      "caching/vary-on-one-line",
		sentence:  "The tenant and the token are on one line of Vary.",
		reference: convention + "; nginx before 1.23 heeds one line",
		advice:    "Join the names into one field line.",
		run: func(p *probe) {
			e := p.read()
			names := p.decisive(e.header)
			p.needs(len(names) > 1, "tokens and tenants")
			for _, line := range e.header.Values("Vary") {
				if one := (http.Header{"Vary": {line}}); varies(one, names[0]) && varies(one, names[1]) {
					return
				}
			}
			p.fail(fmt.Sprintf("no line of Vary has both %s", strings.Join(names, " and ")), e)
		},
	}, {
		name:      "caching/private",
		sentence:  "A response to a tenant says how it may be cached, and no shared cache keeps it unless the service says so.",
		reference: "RFC 9111 §3.5, §5.2.2",
		advice:    "Set Cache-Control: private, no-cache where the handler chooses nothing. Without it a cache guesses (RFC 9111 §4.2.2).",
		run: func(p *probe) {
			p.needsTokens()
			whole := p.read()
			all := []*exchange{whole}
			if tag := whole.get("ETag"); tag != "" {
				all = append(all, p.get(p.resource.Path, field("If-None-Match", tag)))
			}
			for _, e := range all {
				said := false
				for _, d := range []string{"private", "no-store", "no-cache", "public", "s-maxage", "must-revalidate"} {
					said = said || directive(e.header, d)
				}
				if !said {
					p.fail(fmt.Sprintf("Cache-Control of the %d is %q", e.status, e.get("Cache-Control")), e)
				}
			}
		},
	}, {
		name:      "caching/public",
		sentence:  "A public response to a request without a tenant varies by the token, whose tenant it is.",
		reference: "RFC 9111 §3.5, RFC 9110 §12.5.5",
		advice:    "Leave Authorization in Vary unless the request itself names the tenant: one token's response is not another's.",
		run: func(p *probe) {
			p.needsTenants()
			p.read()
			e := p.send(call{method: http.MethodGet, path: p.resource.Path, as: p.single("")})
			if !directive(e.header, "public") {
				p.skip("not there: the response is not public")
			}
			p.mustVary("a public response without a tenant in the request", e, []string{"Authorization", p.service.TenantHeader})
		},
	}, {
		name:      "caching/errors-are-no-store",
		sentence:  "No error is stored.",
		reference: "RFC 9111 §5.2.2.5; " + convention,
		advice:    "Set Cache-Control: no-store where errors are written. A 404 and a 405 may be cached otherwise (RFC 9110 §15.1).",
		run: func(p *probe) {
			for _, r := range p.provoke() {
				if !directive(r.header, "no-store") {
					p.fail(fmt.Sprintf("Cache-Control of the response to %s is %q", r.what, r.get("Cache-Control")), r.exchange)
				}
			}
		},
	}}
}
