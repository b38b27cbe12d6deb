package middleware

import "strings"

// traceID returns the trace id of a traceparent field, or "" if the field is not valid
// (W3C Trace Context §3.2): version "-" trace-id "-" parent-id "-" flags, all in
// lower-case hexadecimal. Version ff and ids of zeros are invalid. A version after 00 may
// have more fields behind these.
func traceID(field string) string {
	const size = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	if len(field) < size || field[2] != '-' || field[35] != '-' || field[52] != '-' {
		return ""
	}
	version, trace, parent, flags := field[:2], field[3:35], field[36:52], field[53:55]
	switch {
	case !lowerHex(version) || !lowerHex(trace) || !lowerHex(parent) || !lowerHex(flags),
		version == "ff",
		version == "00" && len(field) != size,
		len(field) > size && field[size] != '-',
		strings.Trim(trace, "0") == "",
		strings.Trim(parent, "0") == "":
		return ""
	}
	return trace
}

func lowerHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
