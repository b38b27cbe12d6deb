package etag_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/etag"
)

var (
	changed = time.Date(1994, 11, 6, 8, 49, 37, 123456789, time.UTC)

	absent   = etag.State{Absent: true}
	tagged   = etag.State{Tag: etag.Strong("v1")}
	weak     = etag.State{Tag: etag.Weak("v1")}
	dated    = etag.State{Modified: changed}
	both     = etag.State{Tag: etag.Strong("v1"), Modified: changed}
	bare     = etag.State{}
	empty    = etag.State{Tag: etag.Strong("")}
	twoParts = etag.State{Tag: etag.Strong("a,b")}
)

const (
	im, inm, ims, ius = "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"

	before = "Sun, 06 Nov 1994 08:49:36 GMT"
	same   = "Sun, 06 Nov 1994 08:49:37 GMT"
	after  = "Sun, 06 Nov 1994 08:49:38 GMT"

	proceed     = 0
	notModified = http.StatusNotModified
	imFailed    = http.StatusPreconditionFailed
	iusFailed   = http.StatusPreconditionFailed
	inmFailed   = http.StatusPreconditionFailed
)

// leap was changed in the second that a leap second is read as.
var leap = etag.State{Tag: etag.Strong("v1"), Modified: time.Date(2017, time.January, 1, 0, 0, 0, 0, time.UTC)}

// evaluations has what RFC 9110 has, a row a sentence.
var evaluations = []struct {
	section, name string
	method        string
	state         etag.State
	fields        string // a line each
	want          int
}{
	{"13.2.2", "no condition", "GET", both, "", proceed},
	{"13.2.2", "no condition, nothing there", "PUT", absent, "", proceed},

	{"13.1.1", "If-Match with the tag", "PUT", tagged, `If-Match: "v1"`, proceed},
	{"13.1.1", "If-Match with another", "PUT", tagged, `If-Match: "v0"`, imFailed},
	{"13.1.1", "the same on GET", "GET", tagged, `If-Match: "v0"`, imFailed},
	{"13.1.1", "the same on HEAD", "HEAD", tagged, `If-Match: "v0"`, imFailed},
	{"13.1.1", "If-Match: * with something there", "PUT", tagged, `If-Match: *`, proceed},
	{"13.1.1", "with something that has no tag", "PUT", dated, `If-Match: *`, proceed},
	{"13.1.1", "with something that has no validator", "PUT", bare, `If-Match: *`, proceed},
	{"13.1.1", "with nothing there", "PUT", absent, `If-Match: *`, imFailed},
	{"13.1.1", "a tag with nothing there", "PUT", absent, `If-Match: "v1"`, imFailed},
	{"13.1.1", "a tag of something that is not there counts for nothing", "PUT", etag.State{Absent: true, Tag: etag.Strong("v1")}, `If-Match: "v1"`, imFailed},
	{"13.1.1", "a tag where there is none", "PUT", dated, `If-Match: "v1"`, imFailed},
	{"13.1.1", "compared strongly: their tag is weak", "PUT", tagged, `If-Match: W/"v1"`, imFailed},
	{"13.1.1", "compared strongly: our tag is weak", "PUT", weak, `If-Match: "v1"`, imFailed},
	{"13.1.1", "compared strongly: both are weak", "PUT", weak, `If-Match: W/"v1"`, imFailed},
	{"13.1.1", "compared strongly on GET", "GET", tagged, `If-Match: W/"v1"`, imFailed},
	{"13.1.1", "whole tags are compared", "PUT", tagged, `If-Match: "v1.r0123456789abcdef"`, imFailed},
	{"13.1.1", "a weak tag, and any will do", "PUT", weak, `If-Match: *`, proceed},
	{"13.1.1", "one of a list", "PUT", tagged, `If-Match: "v0", "v1" , W/"v1"`, proceed},
	{"5.3", "one on another line", "PUT", tagged, `If-Match: "v0"|If-Match: "v1"`, proceed},
	{"5.3", "on none of two lines", "PUT", tagged, `If-Match: "v0"|If-Match: "v2"`, imFailed},
	{"13.1.1", "an empty list names nothing", "PUT", tagged, `If-Match: `, imFailed},
	{"13.1.1", "* is no member of a list", "PUT", tagged, `If-Match: "v0", *`, imFailed},
	{"13.1.1", "* is no member of a list, over lines", "PUT", tagged, `If-Match: *|If-Match: "v0"`, imFailed},
	{"13.1.1", "* doubled by a proxy", "PUT", tagged, `If-Match: *|If-Match: *`, proceed},
	{"5.6.1", "* with empty elements", "PUT", tagged, `If-Match: , *,`, proceed},
	{"13.1.1", "** is not *", "PUT", tagged, `If-Match: **`, imFailed},
	{"13.1.1", "a date does not matter beside it", "PUT", both, `If-Match: "v1"|If-Unmodified-Since: ` + before, proceed},
	{"13.1.1", "nor does it help", "PUT", both, `If-Match: "v0"|If-Unmodified-Since: ` + after, imFailed},

	{"13.1.4", "unmodified since", "PUT", dated, `If-Unmodified-Since: ` + same, proceed},
	{"13.1.4", "unmodified since later", "PUT", dated, `If-Unmodified-Since: ` + after, proceed},
	{"13.1.4", "modified since", "PUT", dated, `If-Unmodified-Since: ` + before, iusFailed},
	{"13.1.4", "modified since, on GET", "GET", dated, `If-Unmodified-Since: ` + before, iusFailed},
	{"13.1.4", "modified since, and there is a tag", "PUT", both, `If-Unmodified-Since: ` + before, iusFailed},
	{"13.1.4", "no date known", "PUT", tagged, `If-Unmodified-Since: ` + before, proceed},
	{"13.1.4", "nothing there", "PUT", absent, `If-Unmodified-Since: ` + before, proceed},
	{"5.5", "white space around a value", "PUT", dated, "If-Unmodified-Since:  \t" + before + " ", iusFailed},
	{"13.1.4", "the date of something that is not there", "PUT", etag.State{Absent: true, Modified: changed}, `If-Unmodified-Since: ` + before, proceed},
	{"13.1.4", "no date", "PUT", dated, `If-Unmodified-Since: yesterday`, proceed},
	{"13.1.4", "a list of dates", "PUT", dated, `If-Unmodified-Since: ` + before + `, ` + before, proceed},
	{"13.1.4", "two lines", "PUT", dated, `If-Unmodified-Since: ` + before + `|If-Unmodified-Since: ` + before, proceed},

	{"13.1.2", "If-None-Match with the tag", "GET", tagged, `If-None-Match: "v1"`, notModified},
	{"13.1.2", "on HEAD", "HEAD", tagged, `If-None-Match: "v1"`, notModified},
	{"13.1.2", "on PUT", "PUT", tagged, `If-None-Match: "v1"`, inmFailed},
	{"13.1.2", "on POST", "POST", tagged, `If-None-Match: "v1"`, inmFailed},
	{"13.1.2", "on DELETE", "DELETE", tagged, `If-None-Match: "v1"`, inmFailed},
	{"9.1", "methods are case-sensitive", "get", tagged, `If-None-Match: "v1"`, inmFailed},
	{"13.1.2", "with another", "GET", tagged, `If-None-Match: "v0"`, proceed},
	{"13.1.2", "with another, on PUT", "PUT", tagged, `If-None-Match: "v0"`, proceed},
	{"13.1.2", "compared weakly: their tag is weak", "GET", tagged, `If-None-Match: W/"v1"`, notModified},
	{"13.1.2", "compared weakly: our tag is weak", "GET", weak, `If-None-Match: "v1"`, notModified},
	{"13.1.2", "compared weakly: both are weak", "GET", weak, `If-None-Match: W/"v1"`, notModified},
	{"13.1.2", "compared weakly on PUT", "PUT", weak, `If-None-Match: "v1"`, inmFailed},
	{"13.1.2", "If-None-Match: * with something there", "GET", tagged, `If-None-Match: *`, notModified},
	{"13.1.2", "on PUT", "PUT", tagged, `If-None-Match: *`, inmFailed},
	{"13.1.2", "with something that has no tag", "PUT", dated, `If-None-Match: *`, inmFailed},
	{"13.1.2", "with something that has no validator", "PUT", bare, `If-None-Match: *`, inmFailed},
	{"13.1.2", "with nothing there", "PUT", absent, `If-None-Match: *`, proceed},
	{"13.1.2", "a tag with nothing there", "PUT", absent, `If-None-Match: "v1"`, proceed},
	{"13.1.2", "one of a list", "GET", tagged, `If-None-Match: "v0", W/"v1"`, notModified},
	{"5.3", "one on another line", "GET", tagged, `If-None-Match: "v0"|If-None-Match: "v1"`, notModified},
	{"5.6.1", "empty elements", "GET", tagged, `If-None-Match: ,, "v0",	, "v1",`, notModified},
	{"5.6.1", "nothing but empty elements", "GET", tagged, `If-None-Match: , ,`, proceed},
	{"5.6.1", "a tab behind it", "GET", tagged, "If-None-Match: \"v0\", \"v1\"\t,", notModified},
	{"5.6.1", "* between tabs", "GET", tagged, "If-None-Match: ,\t*\t,", notModified},
	{"5.6.1", "a tab before it", "GET", tagged, "If-None-Match: \"v0\",\t\"v1\"", notModified},
	{"5.6.1", "without white space", "GET", tagged, `If-None-Match: "v0","v1"`, notModified},
	{"13.1.2", "* is no member of a list", "GET", tagged, `If-None-Match: *, "v0"`, proceed},

	{"8.8.3", "no quotes", "GET", tagged, `If-None-Match: v1`, proceed},
	{"8.8.3", "one quote", "GET", tagged, `If-None-Match: "v1`, proceed},
	{"8.8.3", "a small w", "GET", tagged, `If-None-Match: w/"v1"`, proceed},
	{"8.8.3", "a blank after W/", "GET", tagged, `If-None-Match: W/ "v1"`, proceed},
	{"8.8.3", "something behind", "GET", tagged, `If-None-Match: "v1"x`, proceed},
	{"8.8.3", "something before", "GET", tagged, `If-None-Match: x"v1"`, proceed},
	{"8.8.3", "something before W/", "GET", tagged, `If-None-Match: xW/"v1"`, proceed},
	{"8.8.3", "two tags without a comma", "GET", tagged, `If-None-Match: "v0" "v1"`, proceed},
	{"8.8.3", "the beginning of a tag", "GET", tagged, `If-None-Match: "v10"`, proceed},
	{"8.8.3", "the end of a tag", "GET", tagged, `If-None-Match: "xv1"`, proceed},
	{"8.8.3", "tags are case-sensitive", "GET", tagged, `If-None-Match: "V1"`, proceed},
	{"8.8.3", "a bad neighbour", "GET", tagged, `If-None-Match: v0, "a b", "v1"`, notModified},
	{"8.8.3", "a neighbour with a quote too many", "GET", tagged, `If-None-Match: "v0"", "v1"`, proceed},
	{"8.8.3", "one that is never closed, on another line", "GET", tagged, `If-None-Match: "v0|If-None-Match: "v1"`, notModified},
	{"8.8.3", "a backslash escapes nothing", "GET", tagged, `If-None-Match: "\", "v1"`, notModified},
	{"8.8.3", "a tag within quotes", "GET", tagged, `If-None-Match: "a,"v1",b"`, proceed},
	{"8.8.3", "a comma within quotes that are no tag", "GET", tagged, `If-None-Match: "v1"x"a,"v1"`, proceed},
	{"8.8.3", "a tag behind one within quotes", "GET", tagged, `If-None-Match: "a,"v1",b", "v1"`, notModified},
	{"8.8.3", "right behind what is no tag", "GET", tagged, `If-None-Match: "v1"x,"v1"`, notModified},
	{"8.8.3", "a comma in a tag", "GET", twoParts, `If-None-Match: "x", "a,b"`, notModified},
	{"8.8.3", "a comma makes no two tags", "GET", etag.State{Tag: etag.Strong("b")}, `If-None-Match: "a,b"`, proceed},
	{"8.8.3", "the empty tag", "GET", empty, `If-None-Match: ""`, notModified},
	{"8.8.3", "the empty tag is not another", "GET", empty, `If-None-Match: "x"`, proceed},
	{"8.8.3", "the empty tag is not between two", "GET", empty, `If-None-Match: "x""y"`, proceed},

	{"13.1.3", "not modified since", "GET", dated, `If-Modified-Since: ` + same, notModified},
	{"13.1.3", "not modified since later", "HEAD", dated, `If-Modified-Since: ` + after, notModified},
	{"13.1.3", "modified since", "GET", dated, `If-Modified-Since: ` + before, proceed},
	{"5.6.7", "a leap second is the next day's first", "GET", leap, `If-Modified-Since: Sat, 31 Dec 2016 23:59:60 GMT`, notModified},
	{"5.6.7", "and not the last of its own", "GET", leap, `If-Modified-Since: Sat, 31 Dec 2016 23:59:59 GMT`, proceed},
	{"5.6.7", "in the old forms, too", "PUT", leap, `If-Unmodified-Since: Saturday, 31-Dec-16 23:59:60 GMT`, proceed},
	{"5.6.7", "in the old forms, too", "PUT", leap, `If-Unmodified-Since: Sat Dec 31 23:59:60 2016`, proceed},
	{"5.6.7", "elsewhere there is none", "PUT", dated, `If-Unmodified-Since: Sun, 06 Nov 1994 08:48:60 GMT`, proceed},
	{"13.1.3", "the zero of Unix is no date", "GET", etag.State{Tag: etag.Strong("v1"), Modified: time.Unix(0, 0)}, `If-Modified-Since: ` + same, proceed},
	{"13.1.3", "on PUT it is nothing", "PUT", dated, `If-Modified-Since: ` + same, proceed},
	{"13.1.3", "on DELETE it is nothing", "DELETE", dated, `If-Modified-Since: ` + same, proceed},
	{"5.5", "white space around a value", "GET", dated, "If-Modified-Since:  \t" + same + "\t", notModified},
	{"13.1.3", "no date known", "GET", tagged, `If-Modified-Since: ` + same, proceed},
	{"13.1.3", "nothing there", "GET", absent, `If-Modified-Since: ` + same, proceed},
	{"13.1.3", "no date", "GET", dated, `If-Modified-Since: tomorrow`, proceed},
	{"13.1.3", "an empty line", "GET", dated, `If-Modified-Since: `, proceed},
	{"13.1.3", "a list of dates", "GET", dated, `If-Modified-Since: ` + same + `, ` + same, proceed},
	{"13.1.3", "two lines", "GET", dated, `If-Modified-Since: ` + same + `|If-Modified-Since: ` + same, proceed},
	{"13.1.3", "ignored beside If-None-Match", "GET", both, `If-None-Match: "v0"|If-Modified-Since: ` + same, proceed},
	{"13.1.3", "ignored beside an empty If-None-Match", "GET", both, `If-None-Match: |If-Modified-Since: ` + same, proceed},

	{"13.2.2", "If-Match holds, then If-None-Match", "GET", tagged, `If-Match: "v1"|If-None-Match: "v1"`, notModified},
	{"13.2.2", "If-Match comes first", "GET", tagged, `If-Match: "v0"|If-None-Match: "v1"`, imFailed},
	{"13.2.2", "the same on PUT", "PUT", tagged, `If-Match: "v1"|If-None-Match: "v1"`, inmFailed},
	{"13.2.2", "If-Unmodified-Since comes first", "GET", both, `If-Unmodified-Since: ` + before + `|If-None-Match: "v1"`, iusFailed},
	{"13.2.2", "If-Match holds, then If-Modified-Since", "GET", both, `If-Match: "v1"|If-Modified-Since: ` + same, notModified},
	{"13.2.2", "a void If-Unmodified-Since, then If-Modified-Since", "GET", dated, `If-Unmodified-Since: x|If-Modified-Since: ` + same, notModified},

	{"RFC 10008 2.6", "QUERY", "QUERY", tagged, `If-None-Match: "v1"`, notModified},
	{"RFC 10008 2.6", "QUERY, another", "QUERY", tagged, `If-None-Match: "v0"`, proceed},
	{"RFC 10008 2.6", "QUERY, any", "QUERY", tagged, `If-None-Match: *`, notModified},
	{"RFC 10008 2.6", "QUERY, any, nothing there", "QUERY", absent, `If-None-Match: *`, proceed},
	{"RFC 10008 2.6", "QUERY, not modified since", "QUERY", dated, `If-Modified-Since: ` + same, notModified},
	{"RFC 10008 2.6", "QUERY, modified since", "QUERY", dated, `If-Modified-Since: ` + before, proceed},
	{"RFC 10008 2.6", "QUERY, If-Match", "QUERY", tagged, `If-Match: "v0"`, imFailed},
	{"RFC 10008 2.6", "QUERY, If-Unmodified-Since", "QUERY", dated, `If-Unmodified-Since: ` + before, iusFailed},
	{"13.1.2", "other safe methods have no 304", "PROPFIND", tagged, `If-None-Match: "v1"`, inmFailed},
	{"13.1.2", "other safe methods have no 304", "REPORT", tagged, `If-None-Match: *`, inmFailed},
	{"13.1.2", "other safe methods have no 304", "SEARCH", tagged, `If-None-Match: "v1"`, inmFailed},
	{"13.1.3", "and If-Modified-Since is nothing on them", "PROPFIND", dated, `If-Modified-Since: ` + same, proceed},
	{"13.1.3", "and If-Modified-Since is nothing on them", "REPORT", dated, `If-Modified-Since: ` + same, proceed},
	{"13.1.3", "and If-Modified-Since is nothing on them", "SEARCH", dated, `If-Modified-Since: ` + same, proceed},
	{"13.1.1", "If-Match is evaluated on them", "SEARCH", tagged, `If-Match: "v0"`, imFailed},
	{"13.1.4", "and If-Unmodified-Since", "SEARCH", dated, `If-Unmodified-Since: ` + before, iusFailed},

	{"13.2.1", "OPTIONS", "OPTIONS", tagged, `If-Match: "v0"|If-None-Match: *`, proceed},
	{"13.2.1", "TRACE", "TRACE", tagged, `If-Match: "v0"|If-None-Match: *`, proceed},
	{"13.2.1", "CONNECT", "CONNECT", tagged, `If-Match: "v0"|If-None-Match: *`, proceed},
	{"13.2.2", "If-Range is for the one who sends ranges", "GET", tagged, `Range: bytes=0-1|If-Range: "v0"`, proceed},
}

// fields makes a header of lines with "|" between them.
func fields(lines string) http.Header {
	h := http.Header{}
	if lines = strings.TrimPrefix(lines, "|"); lines == "" {
		return h
	}
	for line := range strings.SplitSeq(lines, "|") {
		name, value, _ := strings.Cut(line, ": ")
		h[name] = append(h[name], value)
	}
	return h
}

func TestEvaluate(t *testing.T) {
	for _, row := range evaluations {
		if got := etag.Evaluate(row.method, fields(row.fields), row.state); got != row.want {
			t.Errorf("§%s %s: %s with %s: %v, want %v", row.section, row.name, row.method, row.fields, got, row.want)
		}
		if got := literal(row.method, fields(row.fields), row.state); got != row.want {
			t.Errorf("§%s %s: the transcription says %v, want %v", row.section, row.name, got, row.want)
		}
	}
}

// Wherever in a line the tag stands, it is found.
func TestEvaluateFinds(t *testing.T) {
	for _, s := range []etag.State{tagged, empty, {Tag: etag.Of(nil)}, {Tag: etag.Strong(strings.Repeat("ab", 100))}} {
		tag := s.Tag.String()
		for n := range 300 {
			for _, before := range []string{strings.Repeat(" ", n), `"` + strings.Repeat("x", n) + `",`, strings.Repeat(`"v",`, n), strings.Repeat(tag[:len(tag)-1]+`x",`, n%50)} {
				h := http.Header{inm: {before + tag + `, "x"`}}
				if got := etag.Evaluate("GET", h, s); got != notModified {
					t.Fatalf("%s behind %d bytes: %v", tag, len(before), got)
				}
			}
		}
	}
}

// dateOf asks Evaluate how it reads a date.
func isDate(s string) bool {
	longAgo := etag.State{Modified: time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)}
	return etag.Evaluate("GET", http.Header{ims: {s}}, longAgo) == notModified
}

func isDateOf(s string, when time.Time) bool {
	h := http.Header{ims: {s}}
	return etag.Evaluate("GET", h, etag.State{Modified: when}) == notModified &&
		etag.Evaluate("GET", h, etag.State{Modified: when.Add(time.Second)}) == proceed
}

// RFC 9110 §5.6.7.
func TestDates(t *testing.T) {
	when := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, s := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
		"Sun Nov 06 08:49:37 1994",
	} {
		if !isDateOf(s, when) {
			t.Errorf("%q is another date", s)
		}
	}
	for s, when := range map[string]time.Time{
		"Thu, 29 Feb 2024 00:00:00 GMT": time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
		"Tue, 01 Nov 1994 23:59:59 GMT": time.Date(1994, 11, 1, 23, 59, 59, 0, time.UTC),
	} {
		if !isDateOf(s, when) {
			t.Errorf("%q is another date", s)
		}
	}
	// Nothing may stand at any place but what has to.
	for _, s := range []string{same, "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov 16 08:49:37 1994"} {
		for i := range s {
			for _, c := range "~:/" {
				if bad := s[:i] + string(c) + s[i+1:]; bad != s && isDate(bad) {
					t.Errorf("%q passes for a date", bad)
				}
			}
		}
	}
	for _, s := range noDates {
		if isDate(s) {
			t.Errorf("%q passes for a date", s)
		}
	}
}

var noDates = []string{
	"", "x", ",", "Sun,", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 gmt",
	"sun, 06 Nov 1994 08:49:37 GMT", "Son, 06 Nov 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 ovD 1994 08:49:37 GMT",
	"Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 29 Feb 1900 08:49:37 GMT",
	"Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
	"Sun, 06 Nov 1994 12:59:60 GMT", "Sun, 06 Nov 1994 23:58:60 GMT",
	"Sun, 06 Nov 1994 8:49:37 GMT ", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49:37.5 GMT", "Sun, 06-Nov-1994 08:49:37 GMT",
	"Sun, 06 Nov -994 08:49:37 GMT", "Sun, 06 Nov 1994 08.49.37 GMT", "Sun,  6 Nov 1994 08:49:37 GMT", "Sun;x06 Nov 1994 08:49:37 GMT",
	"Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06 Nov 94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sunday, 31-Feb-94 08:49:37 GMT",
	"Sunday,", "Sunday, 06", "Sunday, 06-Nov-9x 08:49:37 GMT", "Sunda, 06-Nov-94 08:49:37 GMT", "Sunday  , 06-Nov-94 08:49:37 GMT",
	"Sunday Nov  6 08:49:37 1994", "Sun Nov 6 08:49:37 1994", "Sun Nov 31 08:49:37 1994", "Sun Nov  6 08:49:37 94  ", "Sun Nov   08:49:37 1994",
	"0", "784111777", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 +0000", strings.Repeat("Sun, 06 Nov 1994 08:49:37 GMT", 1000),
}

// A year of two digits is of the past if it would be more than 50 years ahead
// (RFC 9110 §5.6.7).
func TestShortYears(t *testing.T) {
	now := time.Now().UTC().Truncate(time.Second)
	format := func(t time.Time) string { return t.Format("Monday, 02-Jan-06 15:04:05 GMT") }
	for years := -48; years <= 49; years++ {
		when := time.Date(now.Year()+years, 1, 2, 3, 4, 5, 0, time.UTC)
		if s := format(when); !isDateOf(s, when) {
			t.Errorf("%q is not of %d", s, when.Year())
		}
	}
	soon := now.AddDate(50, 0, -2)
	if s := format(soon); !isDateOf(s, soon) {
		t.Errorf("%q is not of %d", s, soon.Year())
	}
	far := now.AddDate(50, 0, 2)
	if s := format(far); !isDateOf(s, far.AddDate(-100, 0, 0)) {
		t.Errorf("%q is of %d", s, far.Year())
	}
}

// FuzzDate holds the reading of dates against http.ParseTime, which is laxer:
// what comes out again as it went in is a date, and no other date is read.
func FuzzDate(f *testing.F) {
	f.Add(same)
	f.Add("Sunday, 06-Nov-94 08:49:37 GMT")
	f.Add("Sun Nov  6 08:49:37 1994")
	for _, s := range noDates {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.Trim(s, " \t")
		when, err := parseTime(s)
		short := strings.Count(s, "-") > 0
		if isDate(s) {
			if err != nil {
				t.Fatalf("%q passes for a date", s)
			}
			if !short && !isDateOf(s, when) {
				t.Fatalf("%q is not %v", s, when)
			}
			return
		}
		if err != nil || strings.Contains(s, "60") {
			return
		}
		for _, layout := range []string{http.TimeFormat, "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
			if when.Format(layout) == s {
				t.Fatalf("%q does not pass for a date", s)
			}
		}
	})
}

// FuzzEvaluate holds Evaluate against a slow transcription of the RFC.
func FuzzEvaluate(f *testing.F) {
	for _, row := range evaluations {
		h := fields(row.fields)
		f.Add(row.method, row.state.Tag.String(), !row.state.Modified.IsZero(), row.state.Absent,
			join(h[im]), join(h[inm]), join(h[ims]), join(h[ius]))
	}
	f.Fuzz(func(t *testing.T, method, tag string, hasDate, isAbsent bool, match, noneMatch, since, until string) {
		var s etag.State
		if parsed, err := etag.Parse(tag); err == nil {
			s.Tag = parsed
		}
		if hasDate {
			s.Modified = changed
		}
		s.Absent = isAbsent
		h := http.Header{"Accept": {"*/*"}}
		for name, lines := range map[string]string{im: match, inm: noneMatch, ims: since, ius: until} {
			if lines != "absent" {
				h[name] = strings.Split(lines, "\n")
			}
		}
		// Random tags hardly ever meet: try with one that does, too.
		for _, c := range []http.Header{h, swap(h, `"v1"`, s.Tag.String())} {
			if got, want := etag.Evaluate(method, c, s), literal(method, c, s); got != want {
				t.Fatalf("%s of %+v with %q: %v, want %v", method, s, c, got, want)
			}
		}
	})
}

func join(lines []string) string {
	if len(lines) == 0 {
		return "absent"
	}
	return strings.Join(lines, "\n")
}

func swap(h http.Header, old, new string) http.Header {
	c := http.Header{}
	for k, lines := range h {
		for _, line := range lines {
			c[k] = append(c[k], strings.ReplaceAll(line, old, new))
		}
	}
	return c
}

// literal is RFC 9110 §13.2.2, step by step and word by word.
func literal(method string, h http.Header, s etag.State) int {
	// §13.2.1: "A server MUST ignore the conditional request header fields … when
	// received with a request method that does not involve the selection or
	// modification of a selected representation, such as CONNECT, OPTIONS, or TRACE."
	if method == "CONNECT" || method == "OPTIONS" || method == "TRACE" {
		return proceed
	}
	hasDate := !s.Modified.IsZero() && s.Modified.Unix() != 0
	hasRepresentation := !s.Absent
	if s.Absent {
		s.Tag, hasDate = etag.Tag{}, false
	}
	getOrHead := method == "GET" || method == "HEAD" || method == "QUERY" // RFC 10008 §2.6: as GET

	// 1. When recipient is the origin server and If-Match is present, evaluate the
	//    If-Match precondition: if true, continue to step 3; if false, respond 412.
	// 2. When … If-Match is not present, and If-Unmodified-Since is present, …
	if ifMatch := h[im]; len(ifMatch) > 0 {
		if !(isStar(ifMatch) && hasRepresentation) && !anyTag(ifMatch, s.Tag.StrongMatch) {
			return imFailed
		}
	} else if date, ok := oneDate(h[ius]); ok && hasDate {
		if s.Modified.Truncate(time.Second).After(date) {
			return iusFailed
		}
	}
	// 3. When If-None-Match is present, evaluate the If-None-Match precondition: if
	//    true, continue to step 5; if false for GET/HEAD, respond 304; if false for
	//    other methods, respond 412.
	// 4. When the method is GET or HEAD, If-None-Match is not present, and
	//    If-Modified-Since is present, evaluate …: if false, respond 304.
	if ifNoneMatch := h[inm]; len(ifNoneMatch) > 0 {
		if isStar(ifNoneMatch) && hasRepresentation || anyTag(ifNoneMatch, s.Tag.WeakMatch) {
			if getOrHead {
				return notModified
			}
			return inmFailed
		}
	} else if date, ok := oneDate(h[ims]); ok && getOrHead && hasDate {
		if !s.Modified.Truncate(time.Second).After(date) {
			return notModified
		}
	}
	return proceed
}

func isStar(lines []string) bool {
	all := elements(lines)
	for _, e := range all {
		if e != "*" {
			return false
		}
	}
	return len(all) > 0
}

func anyTag(lines []string, matches func(etag.Tag) bool) bool {
	for _, e := range elements(lines) {
		if tag, err := etag.Parse(e); err == nil && matches(tag) {
			return true
		}
	}
	return false
}

// elements are those of a list of entity tags: they end at a comma outside
// quotes.
func elements(lines []string) []string {
	var all []string
	for _, line := range lines {
		element, quoted := "", false
		for i := 0; i <= len(line); i++ {
			if i == len(line) || line[i] == ',' && !quoted {
				if element = strings.Trim(element, " \t"); element != "" {
					all = append(all, element)
				}
				element = ""
				continue
			}
			if line[i] == '"' {
				quoted = !quoted
			}
			element += line[i : i+1]
		}
	}
	return all
}

func oneDate(lines []string) (time.Time, bool) {
	if len(lines) != 1 || !isDate(lines[0]) {
		return time.Time{}, false
	}
	date, err := parseTime(lines[0])
	return date, err == nil
}

// parseTime is http.ParseTime, which knows no leap second (RFC 9110 §5.6.7): the
// second after the last one of the day.
func parseTime(s string) (time.Time, error) {
	s = strings.Trim(s, " \t") // RFC 9110 §5.5
	if before, leap := strings.CutSuffix(strings.TrimSuffix(s, " GMT"), "23:59:60"); leap && strings.HasSuffix(s, " GMT") {
		t, err := http.ParseTime(before + "23:59:59 GMT")
		return t.Add(time.Second), err
	}
	if i := strings.Index(s, " 23:59:60 "); i > 0 { // asctime-date
		t, err := http.ParseTime(strings.Replace(s, "23:59:60", "23:59:59", 1))
		return t.Add(time.Second), err
	}
	return http.ParseTime(s)
}

// However long a field is, the decision about a list allocates nothing, and the
// decision about a date little; one that took the square of its length would not
// come back.
func TestEvaluateAllocates(t *testing.T) {
	for name, line := range hostile() {
		for field, method := range map[string]string{im: "PUT", inm: "GET", ims: "GET", ius: "PUT"} {
			most := uint64(0)
			if field == ims || field == ius {
				most = 2 << 10 // the errors of http.ParseTime
			}
			for _, s := range []etag.State{both, weak, absent, empty, {Tag: etag.Strong(strings.Repeat("a", 1<<16))}} {
				for _, h := range []http.Header{{field: {line}}, {field: {line, line}}} {
					if n := bytesPerRun(1, func() { etag.Evaluate(method, h, s) }); n > most {
						t.Errorf("%s with %s: %s: %d bytes", method, field, name, n)
					}
				}
			}
		}
	}
	for _, row := range evaluations {
		h := fields(row.fields)
		if strings.Contains(row.fields, "Since: x") || strings.Contains(row.fields, "Since:") && !strings.Contains(row.fields, same) && !strings.Contains(row.fields, before) {
			continue // what is no IMF-fixdate
		}
		if n := testing.AllocsPerRun(5, func() { etag.Evaluate(row.method, h, row.state) }); n != 0 {
			t.Errorf("%s with %s: %v allocations", row.method, row.fields, n)
		}
	}
}

// hostile is what a server admits and no client sends.
func hostile() map[string]string {
	const size = 1 << 20
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	var many strings.Builder
	for i := range 100_000 {
		many.WriteString(`"` + strconv.Itoa(i) + `",`)
	}
	return map[string]string{
		"100,000 tags":      many.String(),
		"quotes":            fill(`"`),
		"one long tag":      `"` + fill(`a`) + `"`,
		"never closed":      `"` + fill(`a`),
		"never closed tags": fill(`"v1`),
		"commas":            fill(`,`),
		"blanks":            fill(` `),
		"blanks and a tag":  fill(` `) + `"v1"x`,
		"almost":            fill(`"v1"x,`),
		"almost, blanks":    fill(`"v1"             x,`),
		"the tag, together": fill(`"v1"`),
		"weak marks":        fill(`W/`),
		"W/ and the tag":    fill(`xW/"v1",`),
		"backslashes":       fill(`"\",`),
		"stars":             fill(`*,`),
		"empty tags":        fill(`""`),
		"a date and more":   same + fill(` `),
	}
}
