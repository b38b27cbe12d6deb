package etag

import (
	"maps"
	"net/http"
)

// forServeContent is r as the handler gets it: r itself where http.ServeContent
// comes to the same result as evaluate has, else a copy without the fields by
// which it would not.
func forServeContent(r *http.Request, s *State, tag Tag) *http.Request {
	h := r.Header
	// A date that was compared with nothing is ServeContent's to compare: the
	// handler may know the time of the last change that the state does not.
	held := len(h["If-Match"]) > 0 ||
		len(h["If-Unmodified-Since"]) > 0 && (s.dated() || !sameDate(h["If-Unmodified-Since"]))
	misread := len(h["If-None-Match"]) > 0 && !sameList(h["If-None-Match"]) ||
		len(h["If-Modified-Since"]) > 0 && !sameDate(h["If-Modified-Since"])
	ranged := len(h["Range"]) > 0
	void := ranged && voidRange(r.Method, h, tag)
	if !held && !misread && !void {
		return r
	}
	// The context stays: this copies the request alone.
	r = r.WithContext(r.Context())
	r.Header = maps.Clone(h)
	if held {
		if ranged && !void && len(h["If-Range"]) == 0 {
			if v := claimed(h, s, tag); v != "" {
				r.Header["If-Range"] = []string{v}
			}
		}
		delete(r.Header, "If-Match")
		delete(r.Header, "If-Unmodified-Since")
	}
	if misread {
		delete(r.Header, "If-None-Match")
		delete(r.Header, "If-Modified-Since")
	}
	if void {
		delete(r.Header, "Range")
		delete(r.Header, "If-Range")
	}
	return r
}

// sameList reports whether ServeContent reads If-None-Match as evaluate does:
// it sees one line, takes an empty one for none, needs no commas, and takes
// whatever begins with "*" for "*".
func sameList(lines []string) bool {
	return len(lines) == 1 && lines[0] != "" && wellFormed(lines[0])
}

// sameDate does it for a date: ServeContent takes some that are none, and no leap
// second.
func sameDate(lines []string) bool {
	if len(lines) != 1 {
		return false
	}
	_, ok := parseDate(lines[0])
	_, err := http.ParseTime(lines[0])
	return ok && err == nil
}

// voidRange reports whether Range is to be ignored, as a server may (RFC 9110
// §14.2): it is defined for GET alone, on one line, well-formed and in a unit that
// is understood, which ServeContent answers 416 where it is not, and where there
// is an If-Range that holds. It cannot hold if it is neither an entity tag nor a date (§13.1.5), and a date
// is no strong validator where the resource can change twice in its second
// (§8.8.2.2); a client that has a tag must use it.
func voidRange(method string, h http.Header, tag Tag) bool {
	if method != http.MethodGet || len(h["Range"]) != 1 || !isByteRanges(h["Range"][0]) {
		return true
	}
	lines := h["If-Range"]
	switch {
	case len(lines) == 0:
		return false
	case len(lines) > 1:
		return true
	case isTag(lines[0]):
		return false
	default:
		return !tag.IsZero() || !sameDate(lines)
	}
}

// claimed is the validator by which the conditions in h, which hold, name the
// state, or "" if they do not.
func claimed(h http.Header, s *State, tag Tag) string {
	if lines := h["If-Match"]; len(lines) > 0 {
		if isAny(lines) {
			return ""
		}
		return tag.wire
	}
	switch {
	case since(h["If-Unmodified-Since"], s) == unknown:
		return ""
	case tag.IsZero() || tag.IsWeak():
		return lastModified(s.Modified)
	default:
		return tag.wire
	}
}
