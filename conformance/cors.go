package conformance

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// allows reports whether a list field of CORS has the name, or the wildcard, which
// does not stand for Authorization (Fetch, CORS protocol).
func allows(h http.Header, list, name string) bool {
	all := elements(h, list)
	return slices.Contains(all, strings.ToLower(name)) || slices.Contains(all, "*") && name != "Authorization"
}

// fromOrigin fails the check unless scripts of the described origin may see the
// response.
func (p *probe) fromOrigin(e *exchange) {
	if got := e.get("Access-Control-Allow-Origin"); got != p.service.Origin && got != "*" {
		p.fail(fmt.Sprintf("Access-Control-Allow-Origin of the %d is %q", e.status, got), e)
	}
}

func cors() []check {
	return []check{{
		name:      "cors/preflight-needs-no-token",
		sentence:  "A preflight without a token is a success, and allows the fields of these conventions.",
		reference: "Fetch, CORS protocol",
		advice:    "Put CORS outside authentication: a browser sends no token with a preflight.",
		run: func(p *probe) {
			p.needs(p.service.Origin != "", "an origin (origin)")
			p.read()
			method := http.MethodGet
			if c := p.resource.Change; c != nil {
				method = c.Method
			}
			names := []string{"Authorization", "If-Match", "If-None-Match"}
			if p.service.Tenant != "" {
				names = append(names, p.service.TenantHeader)
			}
			e := p.send(call{method: http.MethodOptions, path: p.resource.Path, fields: []string{
				field("Origin", p.service.Origin), field("Access-Control-Request-Method", method),
				field("Access-Control-Request-Headers", strings.ToLower(strings.Join(names, ","))),
			}})
			p.wantSuccess(e, "a preflight without a token")
			p.fromOrigin(e)
			for _, name := range names {
				if !allows(e.header, "Access-Control-Allow-Headers", name) {
					p.fail("Access-Control-Allow-Headers does not have "+name, e)
				}
			}
			if method != http.MethodGet && !allows(e.header, "Access-Control-Allow-Methods", method) {
				p.fail("Access-Control-Allow-Methods does not have "+method, e)
			}
		},
	}, {
		name:      "cors/errors-can-be-read",
		sentence:  "Scripts can read errors, too.",
		reference: "Fetch, CORS protocol",
		advice:    "Put CORS outside everything that refuses: a script sees a failure of the network otherwise, and not the 401.",
		run: func(p *probe) {
			p.needs(p.service.Origin != "", "an origin (origin)")
			p.read()
			who := identity{}
			if !p.hasTokens() {
				who = p.owner()
			}
			for _, path := range []string{p.resource.Path, cmp.Or(p.resource.Missing, noRoute)} {
				p.fromOrigin(p.send(call{method: http.MethodGet, path: path, as: who, fields: []string{field("Origin", p.service.Origin)}}))
			}
		},
	}, {
		name:      "cors/exposed-fields",
		sentence:  "Scripts can read ETag and X-Request-Id where a response has them, and what depends on the origin is in Vary.",
		reference: "Fetch, CORS protocol; RFC 9110 §12.5.5",
		advice:    "List the response fields of these conventions in Access-Control-Expose-Headers, and add Origin to Vary unless every origin is allowed.",
		run: func(p *probe) {
			p.needs(p.service.Origin != "", "an origin (origin)")
			e := p.read(field("Origin", p.service.Origin))
			p.fromOrigin(e)
			for _, name := range []string{"ETag", "X-Request-Id"} {
				if e.get(name) != "" && !allows(e.header, "Access-Control-Expose-Headers", name) {
					p.fail("Access-Control-Expose-Headers does not have "+name, e)
				}
			}
			if e.get("Access-Control-Allow-Origin") != "*" && !varies(e.header, "Origin") {
				p.fail("Vary does not have Origin", e)
			}
		},
	}}
}
