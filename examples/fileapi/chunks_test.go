//go:build unix

package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// begin starts a resumable upload with a chunk of one byte, and returns the path for the next.
func (c caller) begin(t *testing.T, name string) string {
	t.Helper()
	a, err := c.try("POST", filesPath+"?uploadType=resumable",
		envelope(fmt.Sprintf(`{"name":%q,"businesstypeid":1}`, name), strings.NewReader("x")),
		"Content-Type: multipart/related;boundary="+boundary)
	if err != nil {
		t.Fatal(err)
	}
	return filesPath + "?uploadType=resumable&uploadToken=" + a.want(t, http.StatusPartialContent).json(t, "uploadToken").(string)
}

const octetStream = "Content-Type: application/octet-stream"

// A client sends its last chunk again while the first try is still under way, or one of several senders
// closes the upload while another sends. Whoever gets 201 or 206 has its chunk in the file, and whoever does
// not gets 409.
func TestChunksMeetTheEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, base string) {
		me := single(t, base)
		type request struct{ method, query string }
		for name, requests := range map[string][]request{
			"last twice":         {{"PUT", "&position=1&close=true"}, {"PUT", "&position=1&close=true"}},
			"last and finish":    {{"PUT", "&position=1&close=true"}, {"POST", ""}},
			"a chunk and finish": {{"PUT", "&position=1"}, {"POST", ""}, {"POST", ""}},
		} {
			t.Run(name, func(t *testing.T) {
				for round := range 30 {
					upload := me.begin(t, fmt.Sprintf("%s %d", name, round))
					answers := make([]answer, len(requests))
					var all sync.WaitGroup
					for i, r := range requests {
						all.Go(func() {
							var err error
							if r.method == "POST" {
								answers[i], err = me.try(r.method, upload+r.query, nil)
							} else {
								answers[i], err = me.try(r.method, upload+r.query, strings.NewReader("y"), octetStream)
							}
							if err != nil {
								t.Error(err)
							}
						})
					}
					all.Wait()
					closed := me.do(t, "POST", upload, "").want(t, http.StatusCreated)
					for i, r := range requests {
						switch status := answers[i].status; {
						case status == http.StatusConflict && r.method == "PUT":
							answers[i].want(t, http.StatusConflict)
							if !strings.Contains(answers[i].body, "upload-closed") || closed.json(t, "numChunks") != 1.0 {
								t.Errorf("%s of %s", answers[i].body, closed.body)
							}
						case status == http.StatusCreated, status == http.StatusPartialContent && r.query == "&position=1":
							if r.method == "PUT" && closed.json(t, "numChunks") != 2.0 {
								t.Errorf("%d, and the chunk is not in %s", status, closed.body)
							}
						default:
							t.Errorf("%v: %d %s", r, status, answers[i].body)
						}
					}
				}
			})
		}
	})
}

// What cannot be an id names nothing, like an id that names nothing, in every place that takes one.
func TestIDs(t *testing.T) {
	onBoth(t, func(t *testing.T, base string) {
		me := single(t, base)
		path := me.upload(t, "there.txt", "there")
		id := strings.TrimPrefix(path, filesPath+"/")
		upload := me.begin(t, "open.txt")
		token := upload[strings.LastIndex(upload, "=")+1:]
		const absent = "8d5d0f0e-6c5b-4d6e-9f86-0c5b1f2a3b4c"
		for _, place := range []struct {
			method, path string
			fields       []string
		}{
			{"GET", filesPath + "/%s", nil},
			{"GET", filesPath + "/%s", []string{acceptJSON, "If-None-Match: *"}},
			{"GET", filesPath + "/%s?role=publisher", nil},
			{"HEAD", filesPath + "/%s", nil},
			{"PATCH", filesPath + "/%s", []string{mergePatch, "If-Match: *"}},
			{"DELETE", filesPath + "/%s", nil},
			{"GET", uploadsPath + "%s", nil},
			{"POST", filesPath + "?uploadType=resumable&uploadToken=%s", []string{"Content-Length: 0"}},
			{"PUT", filesPath + "?uploadType=resumable&uploadToken=%s&position=1", []string{octetStream}},
			{"PUT", filesPath + "?uploadType=resumable&uploadToken=%s&position=1&close=true", []string{octetStream}},
		} {
			ask := func(id string) string {
				body := `{"name":"y.txt"}`
				if place.method == "POST" {
					body = ""
				}
				a := me.do(t, place.method, strings.Replace(place.path, "%s", id, 1), body, place.fields...)
				text := fmt.Sprint(a.status, a.header, a.body)
				return strings.NewReplacer(a.header.Get("X-Request-Id"), "", a.header.Get("Date"), "").Replace(text)
			}
			want := ask(absent)
			if !strings.HasPrefix(want, "404 ") {
				t.Fatalf("%s %s: %s", place.method, place.path, want)
			}
			for _, bad := range []string{"%00", "a%00b", id + "%00", "%ff", "%c3", "%ed%a0%80", "x", "%20" + id, strings.ToUpper(id),
				"{" + id + "}", "urn:uuid:" + token, strings.ReplaceAll(token, "-", ""), strings.Repeat("9", 1000)} {
				if got := ask(bad); got != want {
					t.Errorf("%s %s of %s\n got %s\nwant %s", place.method, place.path, bad, got, want)
				}
			}
		}
		for _, text := range []string{"a%00b", "%ff", "%ed%a0%80"} {
			for _, query := range []string{"$filter=fileName+eq+'" + text + "'", "$filter=" + text, "$orderBy=" + text, "role=" + text, "pageSize=" + text} {
				me.do(t, "GET", filesPath+"?"+query, "").want(t, http.StatusBadRequest)
			}
		}
		for _, name := range []string{`a\u0000b`, "a\xffb", `\ud800`} {
			a, err := me.try("POST", filesPath+"?uploadType=multipart", envelope(`{"name":"`+name+`","businesstypeid":1}`, strings.NewReader("x")),
				"Content-Type: multipart/related;boundary="+boundary)
			if err != nil {
				t.Fatal(err)
			}
			a.want(t, http.StatusBadRequest)
			me.do(t, "PATCH", path, `{"name":"`+name+`"}`, mergePatch, "If-Match: *").want(t, http.StatusBadRequest)
		}
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"a\x00b"}, "client_secret": {"\xff"}}.Encode()
		caller{base: base}.do(t, "POST", tokenPath, form, "Content-Type: application/x-www-form-urlencoded", "Cache-Control: no-cache").
			want(t, http.StatusUnauthorized)
	})
}
