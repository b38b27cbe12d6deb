package etag

import (
	"net/http"
	"strings"
	"time"

	"github.com/apiconventions/apiconventions/internal/header"
)

const longestDate = "Wednesday, 06-Nov-94 08:49:37 GMT"

// parseDate reads an HTTP-date in its three forms (RFC 9110 §5.6.7), which are
// case-sensitive. It takes what http.ParseTime takes, but for what that takes
// too loosely, and a leap second. The bound on the length comes first: what
// http.ParseTime refuses it copies into its error.
func parseDate(value string) (t time.Time, ok bool) {
	s := header.Trim(value)
	if len(s) > len(longestDate) {
		return t, false
	}
	// A leap second is the last of its day; time.Time does not know it.
	if i := strings.Index(s, " 23:59:60"); i > 0 {
		t, ok = parseDate(s[:i] + " 23:59:59" + s[i+len(" 23:59:60"):])
		return t.Add(time.Second), ok
	}
	t, err := http.ParseTime(s)
	if err != nil {
		return t, false
	}
	end := strings.IndexAny(s, ", ")
	if day := s[:end]; day != strings.ToUpper(day[:1])+strings.ToLower(day[1:]) {
		return t, false
	}
	// What is formatted as it was read has no digit too few and no fraction. The
	// name of the day is not held against the date.
	var b [len(longestDate)]byte
	for _, layout := range [...]string{", 02 Jan 2006 15:04:05 GMT", ", 02-Jan-06 15:04:05 GMT", " Jan _2 15:04:05 2006", " Jan 02 15:04:05 2006"} {
		if string(t.AppendFormat(b[:0], layout)) == s[end:] {
			if strings.Contains(layout, "-06 ") {
				t = nearest(t)
			}
			return t, true
		}
	}
	return t, false
}

// nearest finds the century of a year of two digits: a date that appears to be
// more than 50 years ahead is of the most recent year with these digits (RFC 9110
// §5.6.7).
func nearest(t time.Time) time.Time {
	limit := time.Now().AddDate(50, 0, 0)
	for next := t.AddDate(100, 0, 0); !next.After(limit); next = t.AddDate(100, 0, 0) {
		t = next
	}
	if t.After(limit) {
		t = t.AddDate(-100, 0, 0)
	}
	return t
}
