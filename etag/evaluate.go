package etag

import (
	"net/http"

	"github.com/apiconventions/apiconventions/internal/request"
)

// decision is what the conditions of a request come to.
type decision uint8

const (
	proceed                 decision = iota // they hold, or none applies
	unchanged                               // the client has the current representation
	ifMatchFailed                           // the resource is not, or no longer, the one that If-Match names
	ifUnmodifiedSinceFailed                 // it has changed since
	ifNoneMatchFailed                       // it is one that If-None-Match rules out
)

// status is the status of the response by the letter, 0 = the request goes on.
func (d decision) status() int {
	switch d {
	case proceed:
		return 0
	case unchanged:
		return http.StatusNotModified
	}
	return http.StatusPreconditionFailed
}

// Evaluate evaluates the conditions in h, in the order and by the letter of RFC 9110
// §13.2.2, and of RFC 10008 §2.6 for QUERY, and returns the status to respond with:
// 304, 412, or 0 for a request that goes on. All values of If-Match and If-None-Match
// count. OPTIONS, TRACE and CONNECT proceed (§13.2.1). If-Range is not evaluated: it
// decides about the form of a success, which http.ServeContent knows.
//
// An element that is no entity tag matches nothing; one with an odd number of quotes
// reaches into the next, but never beyond its line. A repeated "*" is "*". A date
// that is no HTTP-date, or that is on several lines, is ignored (§13.1.3, §13.1.4).
//
// It takes the tag as it is: in a chain with tenants and representations, which
// [Set] and [Guard] put into it, [Check] is the function to call.
//
// It is a pure function, save that the century of an obsolete rfc850-date depends
// on the day. It allocates nothing for lists of tags, and takes time linear in the
// fields' length. The keys of h are canonical, as in a request.
func Evaluate(method string, h http.Header, s State) (status int) {
	return evaluate(method, h, &s, s.Tag, byTheLetter).status()
}

// comparison is how If-Match compares.
type comparison uint8

const (
	byTheLetter   comparison = iota // strong, whole tags
	versionStrict                   // strong, without the representation
	version                         // as versionStrict, and what compressors change passes
)

// evaluate is Evaluate for a state whose tag is tag.
func evaluate(method string, h http.Header, s *State, tag Tag, c comparison) decision {
	if !request.HasPreconditions(method) {
		return proceed
	}
	// §13.2.2, steps 1 and 2.
	if values := h["If-Match"]; len(values) > 0 {
		if !ifMatch(values, s, tag, c) {
			return ifMatchFailed
		}
	} else if since(h["If-Unmodified-Since"], s) == modified {
		return ifUnmodifiedSinceFailed
	}
	// Steps 3 and 4.
	if values := h["If-None-Match"]; len(values) > 0 {
		switch {
		case ifNoneMatch(values, s, tag):
		case request.HasNotModified(method):
			return unchanged
		default:
			return ifNoneMatchFailed
		}
	} else if request.HasNotModified(method) && since(h["If-Modified-Since"], s) == unmodified {
		return unchanged
	}
	return proceed
}

// ifMatch is the condition of RFC 9110 §13.1.1.
func ifMatch(values []string, s *State, tag Tag, c comparison) bool {
	switch {
	case s.Absent:
		return false
	case isAny(values):
		return true
	case c == byTheLetter:
		return tag.listsStrongly(values)
	default:
		return tag.listsVersion(values, c == version)
	}
}

// ifNoneMatch is the condition of RFC 9110 §13.1.2.
func ifNoneMatch(values []string, s *State, tag Tag) bool {
	return s.Absent || !isAny(values) && !tag.listsWeakly(values)
}

// age is what a date tells of a resource.
type age uint8

const (
	unknown age = iota
	unmodified
	modified
)

// since compares the resource's last modification with the date of
// If-Modified-Since or If-Unmodified-Since. Without such a date, or without a
// modification time, there is nothing to compare (RFC 9110 §13.1.3, §13.1.4).
func since(values []string, s *State) age {
	if len(values) != 1 || !s.dated() {
		return unknown
	}
	date, ok := parseDate(values[0])
	switch {
	case !ok:
		return unknown
	case s.Modified.Unix() > date.Unix(): // HTTP knows no fractions of a second
		return modified
	default:
		return unmodified
	}
}
