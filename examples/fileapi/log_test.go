//go:build unix

package main

import (
	"bytes"
	"encoding/base64"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

// buffer is a log that can be read while it is written.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// Whatever a client does with its secret and its token, neither is in the log.
func TestNoSecretInTheLog(t *testing.T) {
	db, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "fileapi.db"))
	if err != nil {
		t.Fatal(err)
	}
	var log buffer
	base := serveStore(t, db, func(s *service) { s.log = zerolog.New(&log) })
	me := single(t, base)
	const secret = "single-secret"
	basic := func(s string) string { return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	for _, form := range []string{"client_secret=" + secret, "client_secret=" + secret + "%zz", "client_secret=" + secret + ";", "x=" + secret + "&client_secret=" + secret,
		"scope=" + secret, "tenant_id=" + secret, "grant_type=" + secret, secret, "client_secret=" + secret + strings.Repeat("x", maxForm)} {
		for _, field := range []string{"X: y", basic("demo-single:" + secret), basic("demo-single:" + secret + "%zz"), basic(secret), "Authorization: " + secret, "Cache-Control: " + secret} {
			caller{base: base}.do(t, "POST", tokenPath+"?client_secret="+secret, "grant_type=client_credentials&client_id=demo-single&"+form, field,
				"Content-Type: application/x-www-form-urlencoded", "Cache-Control: no-cache")
		}
	}
	for _, token := range []string{me.token, me.token + "x", me.token[:len(me.token)-1], strings.Replace(me.token, ".", "..", 1), me.token + " x", "\"" + me.token + "\"", me.token[10:]} {
		for _, path := range []string{filesPath, filesPath + "/x", "/nowhere", filesPath + "?access_token=" + me.token + "%zz", filesPath + "?role=" + me.token,
			filesPath + "?access_token=" + me.token + ";", "/mft/v1/files?access_token=" + me.token} {
			for _, method := range []string{"GET", "POST", "DELETE", "PATCH"} {
				caller{base: base, token: token, tenant: "1234567"}.do(t, method, path, "", "X-Request-Id: a b")
			}
		}
	}
	text := log.String()
	if lines := strings.Count(text, "\n"); lines < 200 {
		t.Fatalf("%d lines", lines)
	}
	parts := strings.Split(me.token, ".")
	for _, hidden := range []string{secret, parts[1][:16], parts[2][:16]} {
		if i := strings.Index(text, hidden); i >= 0 {
			t.Errorf("the log has %.300s", text[max(0, i-150):])
		}
	}
}
