package etag

import (
	"net/http"

	"github.com/apiconventions/apiconventions/internal/request"
)

// decision is the result of the conditions of a request.
type decision uint8

const (
	proceed                 decision = iota // they hold, or none applies
	unchanged                               // the client has the current representation
	ifMatchFailed                           // the resource is not, or no longer, the one that If-Match names
	ifUnmodifiedSinceFailed                 // it has changed since
	ifNoneMatchFailed                       // it is one that If-None-Match rules out
)

// status returns the status by RFC 9110, or 0 for a request that goes on.
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
// 304, 412, or 0 for a request that goes on. It reads all values of If-Match and
// If-None-Match. On OPTIONS, TRACE and CONNECT a request goes on (§13.2.1). If-Range is
// not evaluated: it decides about the form of a success, as http.ServeContent does.
//
// An element that is no entity tag matches nothing. One with an odd number of quotes
// reaches into the next element, but not beyond its value. A repeated "*" is "*". A date
// that is no HTTP-date, or a field with several dates, is ignored (§13.1.3, §13.1.4).
//
// Evaluate compares the tag as it is. A handler in a chain with tenants or
// representations calls [Check] instead, which adds their suffixes as [Set] does.
//
// The keys of h are canonical, as in a request. The result depends on the arguments
// alone, except for the century of an obsolete rfc850-date. Evaluate takes time linear in
// the length of the fields, and allocates nothing for lists of tags.
func Evaluate(method string, h http.Header, s State) (status int) {
	return evaluate(method, h, &s, s.Tag, byTheLetter).status()
}

// comparison is how If-Match compares.
type comparison uint8

const (
	byTheLetter   comparison = iota // strong, whole tags
	versionStrict                   // strong, without the representation
	version                         // versionStrict, but ignores what compressors add
)

// evaluate is Evaluate with another tag for the state, and another comparison for
// If-Match.
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

// ifMatch reports whether If-Match holds (RFC 9110 §13.1.1).
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

// ifNoneMatch reports whether If-None-Match holds (RFC 9110 §13.1.2).
func ifNoneMatch(values []string, s *State, tag Tag) bool {
	return s.Absent || !isAny(values) && !tag.listsWeakly(values)
}

// age is the result of a comparison with a date.
type age uint8

const (
	unknown age = iota
	unmodified
	modified
)

// since reports whether the resource was modified since the date of If-Modified-Since or
// If-Unmodified-Since. It is unknown without a valid date or a modification time (RFC
// 9110 §13.1.3, §13.1.4).
func since(values []string, s *State) age {
	if len(values) != 1 || !s.dated() {
		return unknown
	}
	date, ok := parseDate(values[0])
	switch {
	case !ok:
		return unknown
	case s.Modified.Unix() > date.Unix(): // HTTP has no fractions of a second
		return modified
	default:
		return unmodified
	}
}
