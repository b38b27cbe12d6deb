package problem

import "strconv"

// decimal is strconv.Itoa for a status and the lengths that documents have,
// without the allocation that would be Write's second one.
func decimal(n int) string {
	if n < 100 || n > 999 {
		return strconv.Itoa(n)
	}
	i := 3 * (n - 100)
	return threeDigits[i : i+3]
}

var threeDigits = func() string {
	var b []byte
	for n := 100; n <= 999; n++ {
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return string(b)
}()
