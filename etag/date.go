package etag

import (
	"net/http"
	"strings"
	"time"

	"github.com/apiconventions/apiconventions/internal/header"
)

const longestDate = "Wednesday, 06-Nov-94 08:49:37 GMT"

// parseDate parses an HTTP-date in its three forms (RFC 9110 §5.6.7), which are
// case-sensitive. It is http.ParseTime, but accepts a leap second, and refuses dates that
// http.ParseTime reads too loosely. It checks the length first, because the errors of
// http.ParseTime have a copy of the value.
func parseDate(value string) (t time.Time, ok bool) {
	s := header.Trim(value)
	if len(s) > len(longestDate) {
		return t, false
	}
	// time.Time has no leap second. It is the last second of a day.
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
	// A date that equals its formatted self has all its digits and no fraction. The
	// name of the day is not compared: it need not be that of the date.
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

// nearest returns t in the century that a year of two digits means. A date more than 50
// years in the future is that of the most recent year with these digits (RFC 9110
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
