package request

import (
	"crypto/sha256"
	"encoding/hex"
)

// DigestSize is the length of a Digest.
const DigestSize = 16

// Digest is a short name for name, the same on every instance of a service: the
// first 8 bytes of its SHA-256 in lower-case hexadecimal. It is small enough to be
// inlined, so that where the caller does not keep it, it costs no allocation.
func Digest(name string) string {
	var b [DigestSize]byte
	return string(appendDigest(b[:0], name))
}

func appendDigest(b []byte, name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return hex.AppendEncode(b, sum[:DigestSize/2])
}
