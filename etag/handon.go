package etag

import (
	"maps"
	"net/http"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/request"
)

// forServeContent returns r, or a copy of it, as the handler gets it. http.ServeContent
// evaluates the conditions again. It sees only the first value of a field, and reads some
// values in another way than this package. So each field has one value that ServeContent
// reads correctly, or none.
func forServeContent(r *http.Request, s *State, tag Tag) *http.Request {
	if r.Method == request.MethodQuery {
		return withoutConditions(r)
	}
	e := edit{r: r}
	h := r.Header

	// If-Match and If-Unmodified-Since hold. A date that Guard had nothing to compare
	// with is left to ServeContent: the handler may know the time of the last change.
	until := ""
	if len(h["If-Match"]) == 0 && !s.dated() {
		until = readDate(h["If-Unmodified-Since"])
	}
	e.set("If-Match", "")
	e.set("If-Unmodified-Since", until)

	// With an If-None-Match that readList leaves out, ServeContent would heed
	// If-Modified-Since, which RFC 9110 §13.1.3 forbids.
	noneMatch := readList(h["If-None-Match"])
	since := ""
	if noneMatch != "" || len(h["If-None-Match"]) == 0 {
		since = readDate(h["If-Modified-Since"])
	}
	e.set("If-None-Match", noneMatch)
	e.set("If-Modified-Since", since)

	if len(h["Range"]) == 0 {
		return e.r
	}
	ranges, ifRange := readRange(r.Method, h, tag)
	if ranges != "" && ifRange == "" && until == "" {
		ifRange = comparedValidator(h, s, tag)
	}
	e.set("Range", ranges)
	e.set("If-Range", ifRange)
	return e.r
}

// withoutConditions returns r without conditions and ranges, for QUERY. ServeContent does
// not know the method: it would respond 412 to If-None-Match, and ignore If-Range.
func withoutConditions(r *http.Request) *http.Request {
	e := edit{r: r}
	for _, field := range [...]string{"If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since", "Range", "If-Range"} {
		e.set(field, "")
	}
	return e.r
}

// An edit changes the header of a request. It copies the request at the first change.
type edit struct {
	r      *http.Request
	copied bool
}

// set sets the field to one value, or deletes it for "".
func (e *edit) set(field, value string) {
	now := e.r.Header[field]
	if len(now) == 0 && value == "" || len(now) == 1 && now[0] == value && value != "" {
		return
	}
	if !e.copied {
		// A shallow copy, with the same context.
		e.r, e.copied = e.r.WithContext(e.r.Context()), true
		e.r.Header = maps.Clone(e.r.Header)
	}
	if value == "" {
		delete(e.r.Header, field)
	} else {
		e.r.Header[field] = []string{value}
	}
}

// readList returns the value of If-None-Match if ServeContent reads it as evaluate
// does, or "". ServeContent needs no commas between tags, and takes any value that
// begins with "*" for "*".
func readList(values []string) string {
	value, ok := header.Value(values)
	if !ok || !wellFormed(value) {
		return ""
	}
	return value
}

// readDate returns the value of a date field if ServeContent reads it as parseDate
// does, or "". ServeContent takes some values that are no dates, and no leap second.
func readDate(values []string) string {
	value, ok := header.Value(values)
	if !ok {
		return ""
	}
	if _, ok := parseDate(value); !ok {
		return ""
	}
	if _, err := http.ParseTime(value); err != nil {
		return ""
	}
	return value
}

// readRange returns the values of Range and If-Range, or none where Range is to be
// ignored, as a server may (RFC 9110 §14.2). It is defined for GET alone. ServeContent
// would respond 416 to one that is malformed or in another unit. An If-Range that is
// neither an entity tag nor a date never holds (§13.1.5). A date is no strong validator
// where the resource can change twice within its second (§8.8.2.2), so that a client
// has to use the tag where there is one.
func readRange(method string, h http.Header, tag Tag) (ranges, ifRange string) {
	ranges, ok := header.Value(h["Range"])
	if !request.HasRanges(method) || !ok || !isByteRanges(ranges) {
		return "", ""
	}
	values := h["If-Range"]
	if len(values) == 0 {
		return ranges, ""
	}
	ifRange, ok = header.Value(values)
	if ok && (isTag(ifRange) || tag.isZero() && readDate(values) != "") {
		return ranges, ifRange
	}
	return "", ""
}

// comparedValidator returns the tag or date of the state with which If-Match or
// If-Unmodified-Since, which hold, were compared, or "" if neither was. As If-Range it
// keeps a change in between from mixing two versions.
func comparedValidator(h http.Header, s *State, tag Tag) string {
	switch {
	case len(h["If-Match"]) > 0:
		if isAny(h["If-Match"]) {
			return ""
		}
		return tag.wire
	case since(h["If-Unmodified-Since"], s) == unknown:
		return ""
	case tag.isZero() || tag.isWeak():
		return lastModified(s.Modified)
	default:
		return tag.wire
	}
}
