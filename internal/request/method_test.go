package request_test

import (
	"testing"

	"github.com/apiconventions/apiconventions/internal/request"
)

// All methods of IANA's registry, and some that are in none.
func TestMethods(t *testing.T) {
	for _, row := range []struct {
		method, source                           string
		safe, notModified, ranges, preconditions bool
	}{
		{"GET", "RFC 9110 §9.3.1", true, true, true, true},
		{"HEAD", "RFC 9110 §9.3.2", true, true, false, true},
		{"QUERY", "RFC 10008 §2", true, true, false, true},
		{"PROPFIND", "RFC 4918 §9.1", true, false, false, true},
		{"REPORT", "RFC 3253 §3.6", true, false, false, true},
		{"SEARCH", "RFC 5323 §2", true, false, false, true},
		{"PRI", "RFC 9113 §3.4", true, false, false, true},
		{"OPTIONS", "RFC 9110 §9.3.7", true, false, false, false},
		{"TRACE", "RFC 9110 §9.3.8", true, false, false, false},
		{"CONNECT", "RFC 9110 §9.3.6", false, false, false, false},
		{"POST", "RFC 9110 §9.3.3", false, false, false, true},
		{"PUT", "RFC 9110 §9.3.4", false, false, false, true},
		{"DELETE", "RFC 9110 §9.3.5", false, false, false, true},
		{"PATCH", "RFC 5789 §2", false, false, false, true},
		{"ACL", "RFC 3744 §8.1", false, false, false, true},
		{"BASELINE-CONTROL", "RFC 3253 §12.6", false, false, false, true},
		{"BIND", "RFC 5842 §4", false, false, false, true},
		{"CHECKIN", "RFC 3253 §4.4", false, false, false, true},
		{"CHECKOUT", "RFC 3253 §4.3", false, false, false, true},
		{"COPY", "RFC 4918 §9.8", false, false, false, true},
		{"LABEL", "RFC 3253 §8.2", false, false, false, true},
		{"LINK", "RFC 2068 §19.6.1.2", false, false, false, true},
		{"LOCK", "RFC 4918 §9.10", false, false, false, true},
		{"MERGE", "RFC 3253 §11.2", false, false, false, true},
		{"MKACTIVITY", "RFC 3253 §13.5", false, false, false, true},
		{"MKCALENDAR", "RFC 4791 §5.3.1", false, false, false, true},
		{"MKCOL", "RFC 4918 §9.3", false, false, false, true},
		{"MKREDIRECTREF", "RFC 4437 §6", false, false, false, true},
		{"MKWORKSPACE", "RFC 3253 §6.3", false, false, false, true},
		{"MOVE", "RFC 4918 §9.9", false, false, false, true},
		{"ORDERPATCH", "RFC 3648 §7", false, false, false, true},
		{"PROPPATCH", "RFC 4918 §9.2", false, false, false, true},
		{"REBIND", "RFC 5842 §6", false, false, false, true},
		{"UNBIND", "RFC 5842 §5", false, false, false, true},
		{"UNCHECKOUT", "RFC 3253 §4.5", false, false, false, true},
		{"UNLINK", "RFC 2068 §19.6.1.3", false, false, false, true},
		{"UNLOCK", "RFC 4918 §9.11", false, false, false, true},
		{"UPDATE", "RFC 3253 §7.1", false, false, false, true},
		{"UPDATEREDIRECTREF", "RFC 4437 §7", false, false, false, true},
		{"VERSION-CONTROL", "RFC 3253 §3.5", false, false, false, true},
		{"get", "RFC 9110 §9.1: case-sensitive", false, false, false, true},
		{"QUERYX", "not registered", false, false, false, true},
		{"", "no method", false, false, false, true},
	} {
		if got := request.IsSafe(row.method); got != row.safe {
			t.Errorf("%s (%s): IsSafe %t", row.method, row.source, got)
		}
		if got := request.HasNotModified(row.method); got != row.notModified {
			t.Errorf("%s (%s): HasNotModified %t", row.method, row.source, got)
		}
		if got := request.HasRanges(row.method); got != row.ranges {
			t.Errorf("%s (%s): HasRanges %t", row.method, row.source, got)
		}
		if got := request.HasPreconditions(row.method); got != row.preconditions {
			t.Errorf("%s (%s): HasPreconditions %t", row.method, row.source, got)
		}
	}
}
