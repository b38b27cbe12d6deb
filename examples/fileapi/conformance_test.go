//go:build unix

package main

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/conformance"
	"github.com/apiconventions/apiconventions/examples/fileapi/internal/testserver"
	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

// The reference service keeps the conventions as a stranger sees them: on both
// versions of HTTP, and behind an nginx with the lines of each README.
func TestConformance(t *testing.T) {
	t.Run("HTTP/1.1", func(t *testing.T) {
		conformance.Test(t, described(t, serveQuietly(t)))
	})
	t.Run("HTTP/2", func(t *testing.T) {
		s := described(t, serveQuietly(t))
		s.HTTP2 = true
		conformance.Test(t, s)
	})
	for _, readme := range []string{"README.md", "../../README.md"} {
		t.Run("nginx with the lines of "+readme, func(t *testing.T) {
			base := serveQuietly(t)
			s := described(t, base)
			s.URL = testserver.Nginx(t, strings.TrimPrefix(base, "http://"), "proxy_cache files;", nginxLines(t, readme))
			s.Proxy = true
			conformance.Test(t, s)
		})
	}
}

// serveQuietly is serve for both versions of HTTP, without a log of thousands of
// requests.
func serveQuietly(t *testing.T) string {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "fileapi.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := newService(t.Context(), db, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	s.start()
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := httptest.NewUnstartedServer(s.handler())
	server.Config.Protocols = protocols
	server.Start()
	t.Cleanup(func() {
		server.Close()
		s.stop()
	})
	return server.URL
}

// described makes files of two tenants and describes the service to the kit.
func described(t *testing.T, base string) conformance.Service {
	t.Helper()
	me, other := single(t, base), multi(t, base, "7654321")
	reader := login(t, base, "demo-reader", "reader-secret")
	ours := me.upload(t, "ours.txt", "0123456789")
	theirs := other.upload(t, "theirs.txt", "9876543210")
	const absent = filesPath + "/8d5d0f0e-6c5b-4d6e-9f86-0c5b1f2a3b4c"
	return conformance.Service{
		URL:    base,
		Tokens: conformance.Tokens{Single: me.token, Multi: other.token, Unscoped: reader.token},
		Tenant: "1234567", OtherTenant: "7654321",
		Token: &conformance.Request{Path: tokenPath, Type: "application/x-www-form-urlencoded",
			Content: "grant_type=client_credentials&client_id=demo-single&client_secret=single-secret"},
		Resources: []conformance.Resource{{
			Name: "file", Path: ours, Missing: absent, Foreign: theirs,
			Moved: strings.Replace(ours, movedTo, movedPath, 1),
			Types: []string{octets, jsonType}, Ranges: true,
			Change: &conformance.Request{Method: "PATCH", Type: "application/merge-patch+json",
				Content: `{"name":"renamed {n}.txt"}`, Conditional: true, Limit: maxForm},
			Create: &conformance.Request{Path: filesPath + "?uploadType=multipart", Type: "multipart/related; boundary=b",
				Content: "--b\r\nContent-Type: application/json\r\n\r\n" + `{"name":"created {n}.txt","businesstypeid":"7100"}` +
					"\r\n--b\r\n\r\ncontent\r\n--b--\r\n", Async: true, Removable: true},
		}, {
			Name: "list", Path: filesPath + "?role=subscriber", Types: []string{jsonType},
		}},
	}
}
