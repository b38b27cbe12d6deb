package request

import (
	"testing"
)

func TestDigest(t *testing.T) {
	const want = "ba7816bf8f01cfea" // FIPS 180-2, appendix B.1
	if got := Digest("abc"); got != want || len(got) != DigestSize {
		t.Errorf("%q, want %q", got, want)
	}
}
