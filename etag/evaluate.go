package etag

import (
	"net/http"
	"strings"
)

// Decision is what the conditions of a request come to.
type Decision uint8

const (
	// Proceed: the conditions hold, or there is none that applies.
	Proceed Decision = iota
	// NotModified: a condition of a GET or HEAD says that the client has the
	// current representation, 304.
	NotModified
	// IfMatchFailed: the resource is not, or no longer, the one that If-Match
	// names.
	IfMatchFailed
	// IfUnmodifiedSinceFailed: the resource has changed since.
	IfUnmodifiedSinceFailed
	// IfNoneMatchFailed: the resource is one that If-None-Match rules out, and
	// the method is not GET or HEAD.
	IfNoneMatchFailed
)

// String names the decision, for logs.
func (d Decision) String() string {
	switch d {
	case Proceed:
		return "proceed"
	case NotModified:
		return "not modified"
	case IfMatchFailed:
		return "If-Match failed"
	case IfUnmodifiedSinceFailed:
		return "If-Unmodified-Since failed"
	case IfNoneMatchFailed:
		return "If-None-Match failed"
	}
	return "unknown"
}

// Evaluate decides about the conditions in h, in the order and by the letter of
// RFC 9110 §13.2.2. Every line of If-Match and If-None-Match counts, and an
// element of theirs that is no entity tag matches nothing; one with an odd number
// of quotes reaches into the next, but never beyond its line. A repeated "*" is
// "*". A date that is no HTTP-date, or that is on several lines, is ignored
// (§13.1.3, §13.1.4). OPTIONS, TRACE and CONNECT proceed (§13.2.1). If-Range is
// not evaluated: it decides about the form of a success, which http.ServeContent
// knows.
//
// It takes the tag as it is: in a chain with tenants and representations, which
// [Set] and [Guard] put into it, [Check] is the function to call.
//
// It is a pure function, save that the century of an obsolete rfc850-date
// depends on the day. It allocates nothing and takes time linear in the fields'
// length. The keys of h are canonical, as in a request.
func Evaluate(method string, h http.Header, s State) Decision {
	return evaluate(method, h, &s, s.Tag, byTheLetter)
}

// comparison is how If-Match compares.
type comparison uint8

const (
	byTheLetter   comparison = iota // strong, whole tags
	versionStrict                   // strong, without the representation
	version                         // the same, and a tag weakened on its way passes
)

// evaluate is Evaluate for a state whose tag is tag.
func evaluate(method string, h http.Header, s *State, tag Tag, c comparison) Decision {
	read := isRead(method)
	if !read && isUnconditional(method) {
		return Proceed
	}
	// §13.2.2, steps 1 and 2.
	if lines := h["If-Match"]; len(lines) > 0 {
		if !ifMatch(lines, s, tag, c) {
			return IfMatchFailed
		}
	} else if lines := h["If-Unmodified-Since"]; len(lines) > 0 {
		if modifiedAfter(lines, s) == yes {
			return IfUnmodifiedSinceFailed
		}
	}
	// Steps 3 and 4.
	if lines := h["If-None-Match"]; len(lines) > 0 {
		switch {
		case ifNoneMatch(lines, s, tag):
		case read:
			return NotModified
		default:
			return IfNoneMatchFailed
		}
	} else if read {
		if lines := h["If-Modified-Since"]; len(lines) > 0 && modifiedAfter(lines, s) == no {
			return NotModified
		}
	}
	return Proceed
}

func isRead(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// isUnconditional reports whether conditions do not apply to a method (RFC 9110
// §13.2.1).
func isUnconditional(method string) bool {
	return method == http.MethodOptions || method == http.MethodTrace || method == http.MethodConnect
}

// ifMatch is the condition of RFC 9110 §13.1.1. A weak tag matches nothing.
func ifMatch(lines []string, s *State, tag Tag, c comparison) bool {
	if !tag.IsZero() && !tag.IsWeak() {
		if len(lines) == 1 && lines[0] == tag.wire {
			return true
		}
		want := wanted{front: tag.wire}
		if c != byTheLetter && !strings.HasSuffix(tag.wire, bytesMark+`"`) {
			want = versionOf(tag, c == version)
		}
		if want.listed(lines) {
			return true
		}
	}
	return s.exists() && isAny(lines)
}

// versionOf is the tag of a record without its representation. A lenient
// comparison passes over what compressors on the way do to tags: nginx and CDNs
// put W/ before them, Apache and Caddy put the coding behind. Who sends such a
// tag back has seen exactly that version.
func versionOf(tag Tag, lenient bool) wanted {
	name, tenant, _ := split(tag.opaque())
	return wanted{
		front:   tag.wire[:len(`"`)+len(name)+len(tenant)],
		weak:    lenient,
		variant: true,
		coded:   lenient,
	}
}

// ifNoneMatch is the condition of RFC 9110 §13.1.2.
func ifNoneMatch(lines []string, s *State, tag Tag) bool {
	if !tag.IsZero() {
		if len(lines) == 1 && lines[0] == tag.wire {
			return false
		}
		if (wanted{front: tag.quoted(), weak: true}).listed(lines) {
			return false
		}
	}
	return !s.exists() || !isAny(lines)
}

// answer is that of a condition that may not apply.
type answer uint8

const (
	unknown answer = iota
	no
	yes
)

// modifiedAfter compares the resource's last modification with the date of
// If-Modified-Since or If-Unmodified-Since. Without such a date, or without a
// modification time, there is nothing to compare (RFC 9110 §13.1.3, §13.1.4).
func modifiedAfter(lines []string, s *State) answer {
	if len(lines) != 1 || !s.dated() {
		return unknown
	}
	date, ok := parseDate(lines[0])
	switch {
	case !ok:
		return unknown
	case s.Modified.Unix() > date.Unix(): // HTTP knows no fractions of a second
		return yes
	default:
		return no
	}
}
