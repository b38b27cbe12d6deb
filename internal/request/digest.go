package request

import (
	"crypto/sha256"
	"encoding/hex"
)

// DigestSize is the length of a Digest.
const DigestSize = 16

// Digest returns the first 8 bytes of the SHA-256 of name in lower-case hexadecimal.
// It is the same on every instance of a service.
func Digest(name string) string {
	sum := sha256.Sum256([]byte(name))
	var b [DigestSize]byte
	hex.Encode(b[:], sum[:DigestSize/2])
	return string(b[:])
}
