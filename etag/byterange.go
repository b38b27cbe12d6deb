package etag

import (
	"strconv"
	"strings"

	"github.com/apiconventions/apiconventions/internal/header"
)

// isByteRanges reports whether the value of a Range field is well-formed, in bytes (RFC
// 9110 §14.1.1, §14.1.2), and one to which http.ServeContent responds correctly. For a
// suffix of length 0 it sends a Content-Range that ends before it begins. A number of
// over 63 bits it takes for malformed.
//
//	ranges-specifier = range-unit "=" range-set
//	range-set        = 1#range-spec
//	range-spec       = int-range / suffix-range
//	int-range        = first-pos "-" [ last-pos ]
//	suffix-range     = "-" suffix-length
func isByteRanges(value string) bool {
	set, bytes := strings.CutPrefix(value, "bytes=")
	spec, rest, ok := header.Next(set)
	if !bytes || !ok {
		return false
	}
	for ; ok; spec, rest, ok = header.Next(rest) {
		first, last, _ := strings.Cut(spec, "-")
		n, m := position(first), position(last)
		switch {
		case len(first) == len(spec), // no "-"
			first == "" && m <= 0,
			first != "" && (n < 0 || last != "" && m < n):
			return false
		}
	}
	return true
}

// position parses decimal digits, and returns -1 for anything else. It checks the length
// first, because the error of strconv has a copy of the digits.
func position(digits string) int64 {
	if len(digits) > len("9223372036854775807") {
		return -1
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil {
		return -1
	}
	return int64(n)
}
