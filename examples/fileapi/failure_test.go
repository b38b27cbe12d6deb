//go:build unix

package main

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// What the database says of a failure is for the log.
func TestFailure(t *testing.T) {
	data := filepath.Join(t.TempDir(), "fileapi.db")
	me := single(t, spawn(t, "-data", data).base)
	db, err := sql.Open("sqlite", data)
	if err == nil {
		_, err = db.Exec("DROP TABLE downloads")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	a := me.do(t, "GET", filesPath, "").want(t, http.StatusInternalServerError)
	if strings.Contains(a.body, "downloads") || strings.Contains(a.body, "SQL") {
		t.Errorf("the client reads %s", a.body)
	}
}
