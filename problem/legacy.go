package problem

import "strconv"

// What the files that are being rebuilt still call.

const typeMember = `{"type":"`

func appendEscaped(b []byte, s string) []byte {
	quoted := appendString(nil, s)
	return append(b, quoted[1:len(quoted)-1]...)
}

func decimal(n int) string { return strconv.Itoa(n) }
