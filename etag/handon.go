package etag

import (
	"maps"
	"net/http"

	"github.com/apiconventions/apiconventions/internal/header"
	"github.com/apiconventions/apiconventions/internal/request"
)

// forServeContent is r as the handler gets it: http.ServeContent evaluates again,
// sees the first value of a field only, and reads some in another way than this
// package. So each field has one value, which ServeContent can read, or none. r
// itself is not changed.
func forServeContent(r *http.Request, s *State, tag Tag) *http.Request {
	if r.Method == request.MethodQuery {
		return withoutConditions(r)
	}
	e := edit{r: r}
	h := r.Header

	// If-Match and If-Unmodified-Since hold. A date that was compared with nothing
	// is ServeContent's to compare: the handler may know the time of the last
	// change that the state does not.
	until := ""
	if len(h["If-Match"]) == 0 && !s.dated() {
		until = readDate(h["If-Unmodified-Since"])
	}
	e.set("If-Match", "")
	e.set("If-Unmodified-Since", until)

	// ServeContent takes an empty If-None-Match for none, and heeds
	// If-Modified-Since then, which RFC 9110 §13.1.3 forbids.
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

// withoutConditions is r without conditions and ranges, for QUERY: ServeContent
// knows no such method, and would respond 412 to an If-None-Match, and with a part
// whatever If-Range says.
func withoutConditions(r *http.Request) *http.Request {
	e := edit{r: r}
	for _, field := range [...]string{"If-Match", "If-Unmodified-Since", "If-None-Match", "If-Modified-Since", "Range", "If-Range"} {
		e.set(field, "")
	}
	return e.r
}

// An edit changes fields of a copy of a request, which it makes for the first
// change.
type edit struct {
	r      *http.Request
	copied bool
}

// set gives the field one value, or none for "".
func (e *edit) set(field, value string) {
	is := e.r.Header[field]
	if len(is) == 0 && value == "" || len(is) == 1 && is[0] == value && value != "" {
		return
	}
	if !e.copied {
		// The context stays: this copies the request alone.
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
