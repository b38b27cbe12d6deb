package conformance

import "slices"

// A snapshot is the resource as it was read, in each of its types.
type snapshot []*exchange

func (p *probe) snapshot() (s snapshot) {
	p.read()
	for _, t := range p.types() {
		s = append(s, p.read(accepting(t)...))
	}
	return s
}

func (s snapshot) equal(t snapshot) bool {
	return slices.EqualFunc(s, t, func(a, b *exchange) bool { return a.body == b.body && a.get("ETag") == b.get("ETag") })
}

// unchanged fails the check if the resource is no longer as it was before the
// exchanges, which were refused. A resource that differs at every read is not
// judged.
func (p *probe) unchanged(before snapshot, refused ...*exchange) {
	now := p.snapshot()
	if now.equal(before) {
		return
	}
	if !now.equal(p.snapshot()) {
		p.note("the resource differs at every read: whether it was changed cannot be seen")
		return
	}
	p.fail("a request that was refused has changed the resource", append(refused, before[0], now[0])...)
}
