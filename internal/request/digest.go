package request

import (
	"crypto/sha256"
	"encoding/hex"
)

// Digest names a tenant or a representation in an entity tag: the first eight
// bytes of the SHA-256 of its name, in hexadecimal. It is the same on every
// instance of a service.
func Digest(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:8])
}
