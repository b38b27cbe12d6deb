package conformance

import "slices"

// A check is one rule of the conventions and how to see from the outside whether
// a service keeps it.
type check struct {
	name      string // group/rule
	sentence  string // the rule
	reference string // the section of the RFC, or "convention"
	advice    string // what to do when it is broken
	once      bool   // checks the service, not each resource
	run       func(*probe)
}

const convention = "convention"

// checks returns all checks, in the order of a run.
func checks() []check {
	return slices.Concat(
		reading(),
		order(),
		tenants(),
		negotiation(),
		preconditions(),
		changes(),
		caching(),
		cors(),
		head(),
		ranges(),
		query(),
		creation(),
		repeats(),
		failures(),
		requestIDs(),
		tokenEndpoint(),
		hostile(),
		uploads(),
	)
}
