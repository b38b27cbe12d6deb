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
		ifRange = claimed(h, s, tag)
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

// readList is the value of If-None-Match if ServeContent reads it as evaluate
// does, else "": it needs no commas, and takes whatever begins with "*" for "*".
func readList(values []string) string {
	if len(values) != 1 || !wellFormed(values[0]) {
		return ""
	}
	return header.Trim(values[0])
}

// readDate is the value of a date field if ServeContent reads it as parseDate
// does, else "": it takes some that are none, and no leap second.
func readDate(values []string) string {
	if len(values) != 1 {
		return ""
	}
	value := header.Trim(values[0])
	if _, ok := parseDate(value); !ok {
		return ""
	}
	if _, err := http.ParseTime(value); err != nil {
		return ""
	}
	return value
}

// readRange is the values of Range and If-Range, or none where Range is to be
// ignored, as a server may (RFC 9110 §14.2): it is defined for GET alone, on one
// line, well-formed and in a unit that is understood, for which ServeContent
// responds 416 otherwise, and where an If-Range, if there is one, holds. That
// cannot hold if it is neither an entity tag nor a date (§13.1.5), and a date is
// no strong validator where the resource can change twice in its second
// (§8.8.2.2): a client that has a tag must use it.
func readRange(method string, h http.Header, tag Tag) (ranges, ifRange string) {
	if !request.HasRanges(method) || len(h["Range"]) != 1 {
		return "", ""
	}
	if ranges = header.Trim(h["Range"][0]); !isByteRanges(ranges) {
		return "", ""
	}
	values := h["If-Range"]
	switch len(values) {
	case 0:
		return ranges, ""
	case 1:
		if ifRange = header.Trim(values[0]); isTag(ifRange) {
			return ranges, ifRange
		}
		if ifRange = readDate(values); ifRange != "" && tag.isZero() {
			return ranges, ifRange
		}
	}
	return "", ""
}

// claimed is the validator by which If-Match or If-Unmodified-Since, which hold,
// name the state, or "" if they do not: with it as If-Range a change in between
// cannot mix two versions.
func claimed(h http.Header, s *State, tag Tag) string {
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
