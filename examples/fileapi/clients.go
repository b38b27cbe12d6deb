package main

import (
	"crypto/sha256"
	"crypto/subtle"
)

// The scopes of the File API: list reads, upload changes.
const (
	scopeList   = "youforce-fileapi:files:list"
	scopeUpload = "youforce-fileapi:files:upload"
)

// client is who may ask for tokens.
type client struct {
	id, secret string
	tenants    []string
	scopes     []string
}

// demoClients stand for the clients that a real service keeps elsewhere, with hashed secrets.
var demoClients = []client{
	{"demo-single", "single-secret", []string{"1234567"}, []string{scopeList, scopeUpload}},
	{"demo-multi", "multi-secret", []string{"1234567", "7654321", "sandbox"}, []string{scopeList, scopeUpload}},
	{"demo-reader", "reader-secret", []string{"1234567"}, []string{scopeList}},
}

// authenticate returns the client with that secret. How long it takes tells nothing of either.
func authenticate(id, secret string) (found client, ok bool) {
	for _, c := range demoClients {
		if equal(c.id, id)&equal(c.secret, secret) == 1 {
			found, ok = c, true
		}
	}
	return found, ok
}

func equal(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}

// demoTenants returns every tenant that some client may act for, each once.
func demoTenants() map[string]bool {
	all := map[string]bool{}
	for _, c := range demoClients {
		for _, id := range c.tenants {
			all[id] = true
		}
	}
	return all
}
