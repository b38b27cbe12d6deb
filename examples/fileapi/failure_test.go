//go:build unix

package main

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// What the database says of a failure is for the log. A download that fails before its first byte is a
// failure like any other.
func TestFailure(t *testing.T) {
	data := filepath.Join(t.TempDir(), "fileapi.db")
	me := single(t, spawn(t, "-data", data).base)
	small := me.upload(t, "small.txt", "0123456789")
	large := me.upload(t, "large.txt", strings.Repeat("x", 300_000))
	empty := me.upload(t, "empty.txt", "")
	db, err := sql.Open("sqlite", data)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fails := func(table string, paths ...string) {
		t.Helper()
		if _, err := db.Exec("DROP TABLE " + table); err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			for _, field := range []string{"Range: bytes=0-", "X-A: no range"} {
				a := me.do(t, "GET", path, "", acceptBytes+", application/json;q=0.1", field).want(t, http.StatusInternalServerError)
				if strings.Contains(a.body, table) || strings.Contains(a.body, "SQL") {
					t.Errorf("%s, %s: the client reads %s", path, field, a.body)
				}
				if got := a.header; got.Get("Content-Type") != "application/problem+json" || got["Content-Range"] != nil ||
					got["Content-Disposition"] != nil || got["Etag"] != nil {
					t.Errorf("%s, %s: %v", path, field, got)
				}
			}
		}
	}
	me.do(t, "HEAD", small, "", acceptBytes).want(t, http.StatusOK)
	fails("downloads", filesPath, empty)
	fails("pieces", small, large)
	me.do(t, "GET", small, "", acceptBytes, "Range: bytes=10-").want(t, http.StatusRequestedRangeNotSatisfiable)
}
