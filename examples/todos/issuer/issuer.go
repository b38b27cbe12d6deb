// Package issuer makes tokens, and the key set that verifies them, in the place of
// an identity provider: for a first try, and for tests.
package issuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// An Issuer has one key.
type Issuer struct{ key *ecdsa.PrivateKey }

// New makes an Issuer with a new key.
func New() (*Issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return &Issuer{key}, err
}

// Keys is the key set (RFC 7517 §5).
func (i *Issuer) Keys() json.RawMessage {
	point, err := i.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		panic(err) // a key that New has made has a point
	}
	x, y := point[1:33], point[33:]
	encoded := base64.RawURLEncoding.EncodeToString
	set, err := json.Marshal(map[string]any{"keys": []map[string]string{{
		"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "1", "x": encoded(x), "y": encoded(y),
	}}})
	if err != nil {
		panic(err) // strings are JSON
	}
	return set
}

// Token makes a token that is good for an hour, with further claims, which may
// take the place of its own.
func (i *Issuer) Token(claims map[string]any) (string, error) {
	all := jwt.MapClaims{"aud": "todos", "exp": time.Now().Add(time.Hour).Unix()}
	for name, value := range claims {
		all[name] = value
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, all)
	token.Header["kid"] = "1"
	return token.SignedString(i.key)
}
