package conformance

import (
	"net/http"
	"strings"
)

func tenants() []check {
	return []check{{
		name:      "tenant/required",
		sentence:  "A token for several tenants needs the tenant header: 400.",
		reference: convention,
		advice:    "Refuse a request without the header when the token grants more than one tenant; never choose one.",
		run: func(p *probe) {
			p.needsTenants()
			p.read()
			e := p.send(call{method: http.MethodGet, path: p.resource.Path, as: p.multi("")})
			p.want(e, "a read without a tenant", http.StatusBadRequest)
			if !hasType(e, "tenant-required") {
				p.fail("the problem type is not tenant-required", e)
			}
		},
	}, {
		name:      "tenant/only-one-needs-no-header",
		sentence:  "A token for one tenant needs no tenant header, and the resource is the same without it.",
		reference: convention,
		advice:    "Where the token grants exactly one tenant, act for that one.",
		run: func(p *probe) {
			p.needsTenants()
			p.read()
			with := p.send(call{method: http.MethodGet, path: p.resource.Path, as: p.single(p.service.Tenant)})
			without := p.send(call{method: http.MethodGet, path: p.resource.Path, as: p.single("")})
			p.want(without, "a read without a tenant by a token for one", http.StatusOK)
			if with.get("ETag") != without.get("ETag") || with.get("ETag") == "" && with.body != without.body {
				p.fail("with and without the tenant the responses differ", with, without)
			}
		},
	}, {
		name:      "tenant/malformed",
		sentence:  "Two tenant fields, a list, an empty value or one that is no tenant id are 400, whatever the token grants.",
		reference: convention + "; RFC 9110 §5.3",
		advice:    "Look at all lines of the field, and take exactly one id; the first of two lines is what one proxy sees, and the second what another does.",
		run: func(p *probe) {
			p.needsTenants()
			p.needsTokens()
			p.read()
			h, id := p.service.TenantHeader, p.service.Tenant
			other := p.service.OtherTenant
			if other == "" {
				other = id
			}
			for _, lines := range [][]string{
				{field(h, id), field(h, id)},
				{field(h, id), field(h, other)},
				{field(h, id+", "+other)},
				{field(h, id+",")},
				{field(h, "")},
				{field(h, id+" "+id)},
				{field(h, `"`+id+`"`)},
				{field(h, id+"/../"+other)},
				{field(h, strings.Repeat("1", 5000))},
			} {
				for _, token := range []string{p.service.Tokens.Single, p.service.Tokens.Multi} {
					if token == "" {
						continue
					}
					e := p.send(call{method: http.MethodGet, path: p.resource.Path, as: identity{token: token}, fields: lines})
					if !p.arrived(e) {
						continue
					}
					p.want(e, "a read with a malformed tenant", http.StatusBadRequest)
					if !hasType(e, "tenant-malformed") {
						p.fail("the problem type is not tenant-malformed", e)
					}
				}
			}
			for _, dots := range []string{".", ".."} {
				e := p.send(call{method: http.MethodGet, path: p.resource.Path, as: identity{p.owner().token, dots}})
				p.want(e, "a read for a tenant that is a path", http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound)
			}
		},
	}, {
		name:      "tenant/not-granted",
		sentence:  "A tenant that the token does not grant is 403, or 404 where that is hidden.",
		reference: convention,
		advice:    "Look for the tenant of the header among those of the verified token, byte by byte.",
		run: func(p *probe) {
			p.needsOtherTenant()
			p.read()
			for _, id := range []string{p.service.OtherTenant, p.nobodysTenant()} {
				e := p.send(call{method: http.MethodGet, path: p.resource.Path, as: p.single(id)})
				p.want(e, "a read for a tenant that is not granted", http.StatusForbidden, http.StatusNotFound)
				if e.status == http.StatusForbidden && !hasType(e, "tenant-not-granted") {
					p.fail("the problem type is not tenant-not-granted", e)
				}
			}
		},
	}, {
		name:      "tenant/absent-and-not-granted-alike",
		sentence:  "A tenant that is not granted and one that does not exist have the same response, to the byte.",
		reference: convention,
		advice:    "Decide from the token alone; do not ask whether the tenant exists, and do not name it.",
		run: func(p *probe) {
			p.needsOtherTenant()
			p.read()
			exists := p.send(call{method: http.MethodGet, path: p.resource.Path, as: p.single(p.service.OtherTenant)})
			absent := p.send(call{method: http.MethodGet, path: p.resource.Path, as: p.single(p.nobodysTenant())})
			if d := p.difference(exists, absent); d != "" {
				p.fail("a client can tell which tenants exist: "+d, exists, absent)
			}
		},
	}, {
		name:      "tenant/404-twins",
		sentence:  "A record that is not there and one of another tenant have the same response, to the byte, also on HEAD and with conditions.",
		reference: "RFC 9110 §15.5.5; " + convention,
		advice:    "Look the record up under the tenant of the request, so that another tenant's is not found in the first place, and let one place write every 404.",
		run: func(p *probe) {
			p.needsTokens()
			for _, pair := range p.pairs() {
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					for _, fields := range curious[:3] {
						absent := p.send(call{method: method, path: pair.absent, as: pair.as, fields: fields})
						theirs := p.send(call{method: method, path: pair.theirs, as: pair.as, fields: fields})
						p.want(theirs, "a read of another tenant's record", http.StatusNotFound)
						if d := p.difference(absent, theirs); d != "" {
							p.fail("a client can tell what other tenants have: "+d, absent, theirs)
						}
					}
				}
			}
		},
	}, {
		name:      "tenant/changes-have-404-twins",
		sentence:  "A change of a record that is not there and of another tenant's have the same 404, and change nothing.",
		reference: "RFC 9110 §13.2.1; " + convention,
		advice:    "Conditions on what is not there for the client are ignored: find the record before the condition, under the tenant of the request.",
		run: func(p *probe) {
			r := p.changing()
			p.needsTokens()
			before := p.snapshot()
			for _, pair := range p.pairs() {
				for _, condition := range []string{"If-Match: *", `If-Match: "conformance"`} {
					absent, theirs := p.write(r, condition), p.write(r, condition)
					absent.as, theirs.as = pair.as, pair.as
					absent.path, theirs.path = p.elsewhere(pair.absent), p.elsewhere(pair.theirs)
					if absent.path == "" || theirs.path == "" {
						p.skip("not described: the path of the change does not begin with that of the resource")
					}
					statuses := []int{http.StatusNotFound}
					if r.Method == http.MethodPut { // may create, and then the condition fails (RFC 9110 §13.1.1)
						statuses = append(statuses, http.StatusConflict, http.StatusPreconditionFailed)
					}
					a, b := p.send(absent), p.send(theirs)
					p.want(b, "a change of another tenant's record", statuses...)
					if d := p.difference(a, b); d != "" {
						p.fail("a client can tell what other tenants have: "+d, a, b)
					}
				}
			}
			p.unchanged(before)
		},
	}, {
		name:      "tenant/tag-of-another-tenant",
		sentence:  "One tenant's tag is never a 304 for another tenant's resource.",
		reference: "RFC 9110 §8.8.3, §13.1.2",
		advice:    "Browsers send a stored tag back for another tenant. Make the tenant a part of the tag.",
		run: func(p *probe) {
			p.needsOtherTenant()
			tag, ours := p.tag()
			e := p.send(call{method: http.MethodGet, path: p.resource.Path, as: p.multi(p.service.OtherTenant), fields: []string{field("If-None-Match", tag)}})
			if e.status != http.StatusNotModified {
				return
			}
			theirs := p.send(call{method: http.MethodGet, path: p.resource.Path, as: p.multi(p.service.OtherTenant)})
			if theirs.body != ours.body {
				p.fail("the 304 shows one tenant what a cache has of the other", ours, e, theirs)
			}
		},
	}}
}

// A pair is a path where nothing is and one of another tenant's record, for a
// client.
type pair struct {
	as             identity
	absent, theirs string
}

// pairs are the pairs that the description allows for.
func (p *probe) pairs() (pairs []pair) {
	p.read()
	p.needs(p.resource.Missing != "", "a path where nothing is (missing)")
	if p.resource.Foreign != "" {
		pairs = append(pairs, pair{p.owner(), p.resource.Missing, p.resource.Foreign})
	}
	if p.service.Tenant != "" && p.service.OtherTenant != "" && p.service.Tokens.Multi != "" {
		as := p.multi(p.service.OtherTenant)
		// A list, or what all tenants have, is there for the other one, too.
		if e := p.send(call{method: http.MethodGet, path: p.resource.Path, as: as}); !e.success() {
			pairs = append(pairs, pair{as, p.resource.Missing, p.resource.Path})
		}
	}
	p.needs(len(pairs) > 0, "another tenant's record (foreign), or a second tenant and a token for both")
	return pairs
}
