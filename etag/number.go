package etag

// number reads decimal digits, at most 18, which an int64 surely holds; -1 is what
// is none.
func number(s string) (n int64) {
	if s == "" || len(s) > 18 {
		return -1
	}
	for i := 0; i < len(s); i++ {
		c := s[i] - '0'
		if c > 9 {
			return -1
		}
		n = 10*n + int64(c)
	}
	return n
}
