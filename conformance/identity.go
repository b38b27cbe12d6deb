package conformance

import "cmp"

// An identity is who sends a request, and for which tenant. An empty member is a
// field that is not sent.
type identity struct{ token, tenant string }

// owner may read and change the resource.
func (p *probe) owner() identity {
	t := p.service.Tokens
	return identity{cmp.Or(t.Single, t.Multi), p.service.Tenant}
}

func (p *probe) single(tenant string) identity {
	p.needs(p.service.Tokens.Single != "", "a token for one tenant (tokens.single)")
	return identity{p.service.Tokens.Single, tenant}
}

func (p *probe) multi(tenant string) identity {
	p.needs(p.service.Tokens.Multi != "", "a token for several tenants (tokens.multi)")
	return identity{p.service.Tokens.Multi, tenant}
}

func (p *probe) unscoped() identity {
	p.needs(p.service.Tokens.Unscoped != "", "a token without the scope of changes (tokens.unscoped)")
	return identity{p.service.Tokens.Unscoped, p.service.Tenant}
}

// needsTokens skips the check where everybody may do everything.
func (p *probe) needsTokens() {
	p.needs(p.hasTokens(), "tokens")
}

func (p *probe) hasTokens() bool { return p.owner().token != "" }

func (p *probe) needsTenants() {
	p.needs(p.service.Tenant != "", "a tenant")
}

func (p *probe) needsOtherTenant() {
	p.needs(p.service.Tenant != "" && p.service.OtherTenant != "", "two tenants (tenant, otherTenant)")
}

// falseToken is one that no service has issued.
const falseToken = "conformance.false.token"

// nobodysTenant is a tenant id like the described ones, which no token grants.
func (p *probe) nobodysTenant() string {
	like := cmp.Or(p.service.OtherTenant, p.service.Tenant)
	last := like[len(like)-1]
	for c := last + 1; ; c++ {
		switch {
		case last <= '9' && c > '9':
			c = '0'
		case last > '9' && c > 'z':
			c = 'a'
		}
		if id := like[:len(like)-1] + string(c); id != p.service.Tenant && id != p.service.OtherTenant {
			return id
		}
	}
}
