package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// files is the dialect of the reference service.
var files = &dialect{
	files:  "/mft/v1.0/files",
	list:   "?pageSize=1000&$filter=" + url.QueryEscape("status eq 'all' and startsWith(FileName, 'keep-')"),
	create: createFile,
	header: 24 << 10,
	body:   64 << 10,
}

func createFile(name string, content []byte) *exchange {
	e := request("create", "POST", "/mft/v1.0/files?uploadType=multipart", http.StatusCreated).
		with("Content-Type", "multipart/related; boundary=soak")
	e.body = related(name, content)
	return e
}

// related is a multipart/related body.
func related(name string, content []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "--soak\r\nContent-Type: application/json\r\n\r\n{\"name\":%q,\"businesstypeid\":\"7100\"}\r\n--soak\r\n\r\n", name)
	b.Write(content)
	b.WriteString("\r\n--soak--\r\n")
	return b.Bytes()
}

// login gets the tokens of the reference service.
func (t *target) login(ctx context.Context) error {
	for id, c := range map[string]struct {
		secret string
		token  *string
	}{
		"demo-single": {"single-secret", &t.single},
		"demo-multi":  {"multi-secret", &t.multi},
		"demo-reader": {"reader-secret", &t.reader},
	} {
		e := tokenRequest(id, c.secret)
		r := send(ctx, http.DefaultClient, t.doors[0].h1, e)
		var granted struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal(r.body, &granted); err != nil || granted.Token == "" {
			return fmt.Errorf("no token for %s: %v", id, r)
		}
		*c.token = granted.Token
		t.log.watch(granted.Token)
		t.log.watch(c.secret)
	}
	return nil
}

func tokenRequest(id, secret string) *exchange {
	e := request("token", "POST", "/authentication/token", http.StatusOK).
		with("Content-Type", "application/x-www-form-urlencoded").with("Cache-Control", "no-cache")
	e.body = []byte(url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}.Encode())
	e.oauth = true
	return e
}
