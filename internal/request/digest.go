package request

import (
	"crypto/sha256"
	"encoding/hex"
)

// DigestSize is the length of a Digest.
const DigestSize = 16

// Digest is a short name for name, the same on every instance of a service: the
// first 8 bytes of its SHA-256 in lower-case hexadecimal.
func Digest(name string) string {
	var b [DigestSize]byte
	return string(AppendDigest(b[:0], name))
}

// AppendDigest appends the Digest of name to b.
func AppendDigest(b []byte, name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return hex.AppendEncode(b, sum[:DigestSize/2])
}
