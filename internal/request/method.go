package request

import "net/http"

// MethodQuery is the QUERY method (RFC 10008).
const MethodQuery = "QUERY"

// IsSafe reports whether method is safe: its client asks for no change (RFC
// 9110 §9.2.1). These are the safe methods of IANA's registry.
func IsSafe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, MethodQuery,
		"PROPFIND", "REPORT", "SEARCH", // RFC 4918, 3253, 5323
		"PRI": // RFC 9113 §3.4
		return true
	}
	return false
}

// HasNotModified reports whether a failed If-None-Match or If-Modified-Since of
// method is a 304 (RFC 9110 §13.1.2, RFC 10008 §2.6). On other methods a failed
// If-None-Match is a 412, and If-Modified-Since is ignored.
func HasNotModified(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, MethodQuery:
		return true
	}
	return false
}

// HasRanges reports whether Range is heeded on method. RFC 9110 §14.2 defines it for
// GET alone. On QUERY it means the same (RFC 10008 §2.8), and is ignored, as a server
// may.
func HasRanges(method string) bool { return method == http.MethodGet }

// HasPreconditions reports whether method involves a selected representation,
// and with it the conditional request header fields (RFC 9110 §13.2.1).
func HasPreconditions(method string) bool {
	switch method {
	case http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return false
	}
	return true
}
