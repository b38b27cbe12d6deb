//go:build unix

package main

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

func (c caller) downloaded(t *testing.T, query string) bool {
	t.Helper()
	var list listView
	c.do(t, "GET", filesPath+"?$filter=status+eq+'all'"+query, "").want(t, http.StatusOK).decode(t, &list)
	if len(list.Data) != 1 {
		t.Fatalf("%d files", len(list.Data))
	}
	return list.Data[0].Downloaded
}

// Downloaded is what a subscriber's list says once the subscriber has the last byte, and no one else's.
// It is no state of the file, whose version stays.
func TestDownloaded(t *testing.T) {
	base := serve(t)
	me, reader := single(t, base), login(t, base, "demo-reader", "reader-secret")
	path := me.upload(t, "report.txt", "0123456789")
	tag := me.do(t, "GET", path, "", acceptJSON).header.Get("ETag")

	for name, ask := range map[string]func() answer{
		"metadata": func() answer { return reader.do(t, "GET", path, "", acceptJSON).want(t, http.StatusOK) },
		"HEAD":     func() answer { return reader.do(t, "HEAD", path, "", acceptBytes) },
		"first bytes": func() answer {
			return reader.do(t, "GET", path, "", "Range: bytes=0-8").want(t, http.StatusPartialContent)
		},
		"past the end": func() answer {
			return reader.do(t, "GET", path, "", "Range: bytes=10-").want(t, http.StatusRequestedRangeNotSatisfiable)
		},
		"the publisher": func() answer { return me.do(t, "GET", path+"?role=publisher", "").want(t, http.StatusOK) },
		"another version": func() answer {
			return reader.do(t, "GET", path, "", `If-Match: "another"`).want(t, http.StatusPreconditionFailed)
		},
		"not modified": func() answer {
			seen := reader.do(t, "HEAD", path, "", acceptBytes).header.Get("ETag")
			return reader.do(t, "GET", path, "", acceptBytes, "If-None-Match: "+seen).want(t, http.StatusNotModified)
		},
	} {
		if ask(); reader.downloaded(t, "") {
			t.Fatalf("%s counts as a download", name)
		}
	}

	reader.do(t, "GET", path, "", "Range: bytes=9-").want(t, http.StatusPartialContent)
	if !reader.downloaded(t, "") || me.downloaded(t, "") || !me.downloaded(t, "&role=publisher") {
		t.Error("the last byte makes a file downloaded: for its subscriber, no other, and its publisher")
	}
	if now := me.do(t, "GET", path, "", acceptJSON).header.Get("ETag"); now != tag {
		t.Errorf("the tag went from %s to %s", tag, now)
	}
}

func TestEmptyFileDownloaded(t *testing.T) {
	me := single(t, serve(t))
	path := me.upload(t, "empty.txt", "")
	me.do(t, "HEAD", path, "")
	if me.downloaded(t, "") {
		t.Error("HEAD counts as a download")
	}
	if got := me.do(t, "GET", path, "").want(t, http.StatusOK); got.body != "" || !me.downloaded(t, "") {
		t.Errorf("body %q, not downloaded", got.body)
	}
	for _, field := range []string{"Range: bytes=0-", "Range: bytes=-5", "Range: bytes=-0"} {
		if got := me.do(t, "GET", path, "", field).want(t, http.StatusOK); got.header.Get("Content-Length") != "0" {
			t.Errorf("%s: %v", field, got.header)
		}
	}
}

// A name comes back as it was sent, in every place, and can be asked for.
func TestNamesComeBack(t *testing.T) {
	onBoth(t, func(t *testing.T, base string) {
		me := single(t, base)
		for _, name := range []string{"u\u0308ber.csv", "\u00fcber.csv", "हिन्दी.txt", "ภาษาไทย.pdf", "日本語.txt", "a'b,c$+()`=.txt"} {
			path := me.upload(t, name, "x")
			if got := me.do(t, "GET", path, "", acceptJSON).json(t, "name"); got != name {
				t.Errorf("%q: the metadata have %q", name, got)
			}
			download := me.do(t, "GET", path+"?role=publisher", "", acceptBytes)
			_, params, err := mime.ParseMediaType(download.header.Get("Content-Disposition"))
			if params["filename"] != name {
				t.Errorf("%q: the download has %q, %v", name, download.header.Get("Content-Disposition"), err)
			}
			text := strings.ReplaceAll(name, "'", "''")
			for _, filter := range []string{"fileName eq '" + text + "'", "startsWith(fileName,'" + text + "')", "endsWith(fileName,'" + text + "')"} {
				var list listView
				me.do(t, "GET", filesPath+"?$filter="+url.QueryEscape(filter), "").want(t, http.StatusOK).decode(t, &list)
				if len(list.Data) != 1 || list.Data[0].FileName != name {
					t.Errorf("%s: %v", filter, list.Data)
				}
			}
			me.do(t, "PATCH", path, `{"name":"`+name+`"}`, mergePatch, "If-Match: *").want(t, http.StatusOK)
		}
	})
}

// How many ranges are too many is asked only where Range is to be heeded at all.
func TestManyRanges(t *testing.T) {
	me := single(t, serve(t))
	path, empty := me.upload(t, "a.txt", "0123456789"), me.upload(t, "empty.txt", "")
	tag := me.do(t, "GET", path, "", acceptBytes, "Range: bytes=0-0").header.Get("ETag")
	many := "Range: bytes=" + strings.Repeat("0-0,", 100) + "0-0"
	for _, test := range []struct {
		name, path string
		status     int
		fields     []string
	}{
		{"another version", path, 200, []string{many, `If-Range: "another"`}},
		{"a weak tag", path, 200, []string{many, "If-Range: W/" + tag}},
		{"a date", path, 200, []string{many, "If-Range: Wed, 21 Oct 2015 06:28:00 GMT"}},
		{"this version", path, 416, []string{many, "If-Range: " + tag}},
		{"empty elements", path, 206, []string{"Range: bytes=" + strings.Repeat(",", 100) + "2-3" + strings.Repeat(", ,", 100)}},
		{"empty elements of this version", path, 206, []string{"Range: bytes=,,,,,,,,,,,,,,,,,,,,,2-3", "If-Range: " + tag}},
		{"as many as are taken", path, 200, []string{"Range: bytes=," + strings.Repeat("0-9,", maxRanges-1) + "2-3"}}, // more than all
		{"an empty file", empty, 200, []string{many}},
		{"another unit", path, 200, []string{strings.Replace(many, "bytes", "lines", 1)}},
		{"malformed", path, 200, []string{many + ",x"}},
		{"not modified", path, 304, []string{many, "If-None-Match: " + tag}},
		{"lost", path, 412, []string{many, `If-Match: "another"`}},
	} {
		a := me.do(t, "GET", test.path, "", append(test.fields, acceptBytes)...)
		if a.status != test.status || a.status == 206 && a.body != "23" {
			t.Errorf("%s: %d %v %s", test.name, a.status, a.header, a.body)
		}
		head := me.do(t, "HEAD", test.path, "", append(test.fields, acceptBytes)...)
		if want := test.status; want < 300 && head.status != 200 { // Range is for GET (RFC 9110 §14.2)
			t.Errorf("%s: HEAD %d", test.name, head.status)
		}
	}
}

// A client that prefers so gets its answer before the file is there, and a document to follow.
func TestAsynchronous(t *testing.T) {
	me := single(t, serve(t))
	a, err := me.tryUpload("later.txt", strings.NewReader("later"), "Prefer: handling=strict, Respond-Async; x=y")
	if err != nil {
		t.Fatal(err)
	}
	a.want(t, http.StatusAccepted)
	if a.header.Get("Preference-Applied") != "respond-async" {
		t.Errorf("headers %v", a.header)
	}
	for range 100 {
		status := me.do(t, "GET", a.header.Get("Location"), "").want(t, http.StatusOK)
		if status.json(t, "status") == statusDone {
			path := filesPath + "/" + status.json(t, "file.id").(string)
			if got := me.do(t, "GET", path, "").want(t, http.StatusOK); got.body != "later" {
				t.Errorf("body %q", got.body)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("never done")
}

// What an earlier run or another instance has accepted and not finished becomes a file.
func TestResume(t *testing.T) {
	data := filepath.Join(t.TempDir(), "fileapi.db")
	db, err := store.OpenSQLite(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	sandbox := db.Tenant("sandbox")
	id, err := sandbox.Begin(t.Context(), store.File{Name: "accepted.txt", BusinessType: 1})
	if err == nil {
		err = sandbox.PutChunk(t.Context(), id, 0, strings.NewReader("accepted"))
	}
	if err == nil {
		err = sandbox.Accept(t.Context(), id)
	}
	if err != nil {
		t.Fatal(err)
	}
	me := multi(t, serveFrom(t, data), "sandbox")
	me.eventually(t, filesPath+"/"+id.String())
}

func TestPatch(t *testing.T) {
	me := single(t, serve(t))
	path := me.upload(t, "old.txt", "x")
	tag := me.do(t, "GET", path, "", acceptJSON).header.Get("ETag")
	for _, test := range []struct{ patch, name, businessType string }{
		{`{"name":"new.txt"}`, "new.txt", "7100"},
		{`{"businessType":{"id":7101}}`, "new.txt", "7101"},
		{`{"businessType":{"id":"7102"},"name":"newer.txt"}`, "newer.txt", "7102"},
		{`{}`, "newer.txt", "7102"},
	} {
		a := me.do(t, "PATCH", path, test.patch, mergePatch, "If-Match: "+tag).want(t, http.StatusOK)
		if a.json(t, "name") != test.name || a.json(t, "businessType.name") != test.businessType {
			t.Errorf("%s: %s", test.patch, a.body)
		}
		me.do(t, "PATCH", path, test.patch, mergePatch, "If-Match: "+tag).want(t, http.StatusConflict)
		tag = a.header.Get("ETag")
	}
	me.do(t, "DELETE", path, "", `If-Match: "another"`).want(t, http.StatusConflict)
	me.do(t, "DELETE", path, "", "If-Match: "+tag).want(t, http.StatusNoContent)
	me.do(t, "DELETE", path, "").want(t, http.StatusNotFound)
}

// Nothing in an answer tells whether a file is absent or another tenant's.
func TestAbsentAndForeignAreTheSame(t *testing.T) {
	base := serve(t)
	me := multi(t, base, "1234567")
	foreign := multi(t, base, "7654321").upload(t, "x.txt", "x")
	absent := filesPath + "/8d5d0f0e-6c5b-4d6e-9f86-0c5b1f2a3b4c"
	normal := func(path string, request ...string) string {
		a := me.do(t, request[0], path, `{"name":"y.txt"}`, request[1:]...)
		text := fmt.Sprint(a.status, a.header, a.body)
		return strings.NewReplacer(a.header.Get("X-Request-Id"), "", a.header.Get("Date"), "").Replace(text)
	}
	for _, request := range [][]string{
		{"GET", acceptJSON}, {"GET", acceptBytes, "Range: bytes=0-"}, {"HEAD"}, {"DELETE"}, {"DELETE", "If-Match: *"},
		{"PATCH", mergePatch}, {"PATCH", mergePatch, "If-Match: *"}, {"GET", "If-None-Match: *"},
	} {
		if a, f := normal(absent, request...), normal(foreign, request...); a != f {
			t.Errorf("%s\n absent %s\nforeign %s", request, a, f)
		}
	}
}
