//go:build unix

package main

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
)

// key is a header field with a key that nobody has used.
func key() string { return "Idempotency-Key: " + uuid.NewString() }

// seen returns the field that names the version which the client reads.
func (c caller) seen(t *testing.T, path string) string {
	t.Helper()
	return "If-Match: " + c.do(t, "GET", path, "", acceptJSON).want(t, http.StatusOK).header.Get("ETag")
}

// wantTag fails the test unless the response has the tag, and no other content.
func (a answer) wantTag(t *testing.T, tag string) answer {
	t.Helper()
	if got := a.header.Get("ETag"); got != tag || a.body != "" {
		t.Fatalf("%d with tag %s, want %s: %s", a.status, got, tag, a.body)
	}
	return a
}

// wantProblem fails the test unless the response is a problem of that type.
func (a answer) wantProblem(t *testing.T, status int, slug string) {
	t.Helper()
	if got := a.want(t, status).json(t, "type"); got != "/problems/"+slug {
		t.Fatalf("type %s, want %s", got, slug)
	}
}

const renameToB = `{"name":"b.txt"}`

// A client that repeats its own change is told that it is made, whatever has become of the file since.
func TestRepeatedChanges(t *testing.T) {
	onBoth(t, func(t *testing.T, base string) {
		me, other := multi(t, base, "1234567"), single(t, base)
		for name, test := range map[string]func(t *testing.T, path, first, key string){
			"PATCH": func(t *testing.T, path, first, key string) {
				made := me.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 200).header.Get("ETag")
				for range 2 {
					me.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 204).wantTag(t, made)
				}
				if now := me.seen(t, path); !strings.Contains(now, `"2.`) {
					t.Errorf("%s after one change", now)
				}
			},
			"PATCH, and another's in between": func(t *testing.T, path, first, key string) {
				made := me.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 200).header.Get("ETag")
				other.do(t, "PATCH", path, `{"name":"c.txt"}`, mergePatch, other.seen(t, path)).want(t, 200)
				for _, condition := range []string{first, "If-Match: *", first + ", " + made, "If-Match: " + made, "If-None-Match: *", "X-No: condition"} {
					me.do(t, "PATCH", path, renameToB, mergePatch, condition, key).want(t, 204).wantTag(t, made)
				}
				// With the tag of its own version the client does not overwrite what it has not seen.
				me.do(t, "PATCH", path, renameToB, mergePatch, "If-Match: "+made).wantProblem(t, 409, "record-changed")
				if name := me.do(t, "GET", path, "", acceptJSON).json(t, "name"); name != "c.txt" {
					t.Errorf("%s", name)
				}
			},
			"PATCH, and the file is gone": func(t *testing.T, path, first, key string) {
				made := me.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 200).header.Get("ETag")
				other.do(t, "DELETE", path, "").want(t, 204)
				me.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 204).wantTag(t, made)
				me.do(t, "PATCH", path, `{"name":"c.txt"}`, mergePatch, first, key).wantProblem(t, 422, "idempotency-key-reused")
				me.do(t, "PATCH", path, renameToB, mergePatch, first).want(t, 404)
			},
			"DELETE": func(t *testing.T, path, first, key string) {
				me.do(t, "DELETE", path, "", first, key).want(t, 204).wantTag(t, "")
				for _, condition := range []string{first, "If-Match: *", "X-No: condition"} {
					me.do(t, "DELETE", path, "", condition, key).want(t, 204).wantTag(t, "")
				}
				me.do(t, "DELETE", path, "", first).want(t, 404)
				me.do(t, "DELETE", path, "x", key).wantProblem(t, 422, "idempotency-key-reused")
			},
			"DELETE of any version": func(t *testing.T, path, first, key string) {
				me.do(t, "DELETE", path, "", key).want(t, 204)
				me.do(t, "DELETE", path, "", key).want(t, 204)
			},
			"no key": func(t *testing.T, path, first, key string) {
				me.do(t, "PATCH", path, renameToB, mergePatch, first).want(t, 200)
				me.do(t, "PATCH", path, renameToB, mergePatch, first).wantProblem(t, 409, "record-changed")
			},
			"other content": func(t *testing.T, path, first, key string) {
				made := me.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 200).header.Get("ETag")
				for _, condition := range []string{first, "If-Match: *", "If-Match: " + made, "X-No: condition"} {
					me.do(t, "PATCH", path, `{"name":"c.txt"}`, mergePatch, condition, key).wantProblem(t, 422, "idempotency-key-reused")
					me.do(t, "PATCH", path, renameToB+" ", mergePatch, condition, key).wantProblem(t, 422, "idempotency-key-reused")
					me.do(t, "PATCH", path, renameToB, mergePatch+";charset=utf-8", condition, key).wantProblem(t, 422, "idempotency-key-reused")
				}
			},
			"another tenant": func(t *testing.T, path, first, key string) {
				me.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 200)
				stranger := me
				stranger.tenant = "7654321"
				stranger.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 404)
			},
			"another caller": func(t *testing.T, path, first, key string) {
				me.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 200)
				other.do(t, "PATCH", path, renameToB, mergePatch, first, key).wantProblem(t, 409, "record-changed")
				other.do(t, "PATCH", path, renameToB, mergePatch, other.seen(t, path), key).want(t, 200)
			},
			"another method": func(t *testing.T, path, first, key string) {
				me.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 200)
				me.do(t, "DELETE", path, "", first, key).wantProblem(t, 409, "record-changed")
				me.do(t, "DELETE", path, "", key).want(t, 204)
			},
			"another target": func(t *testing.T, path, first, key string) {
				me.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 200)
				me.do(t, "PATCH", path+"?role=publisher", renameToB, mergePatch, first, key).wantProblem(t, 409, "record-changed")
				second := me.upload(t, "second.txt", "x")
				me.do(t, "PATCH", second, renameToB, mergePatch, me.seen(t, second), key).want(t, 200)
			},
			"a refused try": func(t *testing.T, path, first, key string) {
				me.do(t, "PATCH", path, renameToB, mergePatch, `If-Match: "7"`, key).wantProblem(t, 409, "record-changed")
				me.do(t, "PATCH", path, `{"name":`, mergePatch, first, key).want(t, 400)
				me.do(t, "PATCH", path, `{"name":"b.exe"}`, mergePatch, first, key).want(t, 400)
				me.do(t, "PATCH", path, renameToB, mergePatch, key).want(t, 428)
				me.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 200)
			},
			"a malformed key": func(t *testing.T, path, first, key string) {
				for _, bad := range []string{`"`, "a b", strings.Repeat("x", 256), ""} {
					me.do(t, "PATCH", path, renameToB, mergePatch, first, "Idempotency-Key: "+bad).wantProblem(t, 400, "invalid-request")
				}
				me.do(t, "PATCH", path, renameToB, mergePatch, first, key, "Idempotency-Key: other").wantProblem(t, 400, "invalid-request")
				me.do(t, "PATCH", path, renameToB, mergePatch, first).want(t, 200)
			},
			"a key in quotes": func(t *testing.T, path, first, key string) {
				name, value, _ := strings.Cut(key, ": ")
				me.do(t, "PATCH", path, renameToB, mergePatch, first, key).want(t, 200)
				me.do(t, "PATCH", path, renameToB, mergePatch, first, name+`: "`+value+`"; x=1`).want(t, 204)
			},
		} {
			t.Run(name, func(t *testing.T) {
				path := me.upload(t, "a.txt", "x")
				test(t, path, me.seen(t, path), key())
			})
		}
	})
}

// body is an upload of one request, with its own boundary.
func body(name, content string) string {
	return "--b\r\n\r\n" + fmt.Sprintf(`{"name":%q,"businesstypeid":1}`, name) + "\r\n--b\r\n\r\n" + content + "\r\n--b--\r\n"
}

const (
	relatedB = "Content-Type: multipart/related;boundary=b"
	whole    = filesPath + "?uploadType=multipart"
	chunked  = filesPath + "?uploadType=resumable"
	async    = "Prefer: respond-async"
)

// named returns the files of that name.
func (c caller) named(t *testing.T, name string) (found []listEntry) {
	t.Helper()
	for _, f := range c.all(t) {
		if f.FileName == name {
			found = append(found, f)
		}
	}
	return found
}

// An upload that comes again makes no second file, and gets its first response again.
func TestRepeatedUploads(t *testing.T) {
	onBoth(t, func(t *testing.T, base string) {
		me, other := multi(t, base, "1234567"), single(t, base)
		large := strings.Repeat("0123456789abcdef", 3<<16) // 3 MiB
		for name, test := range map[string]func(t *testing.T, file, key string){
			"in one request": func(t *testing.T, file, key string) {
				first := me.do(t, "POST", whole, body(file, large), relatedB, key).want(t, 201)
				for range 2 {
					again := me.do(t, "POST", whole, body(file, large), relatedB, key).want(t, 201)
					if again.body != first.body || again.header.Get("Location") != first.header.Get("Location") || again.header.Get("ETag") != first.header.Get("ETag") {
						t.Errorf("%v %s\nfirst %v %s", again.header, again.body, first.header, first.body)
					}
				}
			},
			"changed since": func(t *testing.T, file, key string) {
				first := me.do(t, "POST", whole, body("old "+file, "x"), relatedB, key).want(t, 201)
				path := first.header.Get("Location")
				other.do(t, "PATCH", path, fmt.Sprintf(`{"name":%q}`, file), mergePatch, "If-Match: *").want(t, 200)
				again := me.do(t, "POST", whole, body("old "+file, "x"), relatedB, key).want(t, 201)
				if again.header.Get("ETag") != first.header.Get("ETag") || again.json(t, "name") != file {
					t.Errorf("%v %s", again.header, again.body)
				}
			},
			"gone since": func(t *testing.T, file, key string) {
				first := me.do(t, "POST", whole, body(file, "x"), relatedB, key).want(t, 201)
				other.do(t, "DELETE", first.header.Get("Location"), "").want(t, 204)
				again := me.do(t, "POST", whole, body(file, "x"), relatedB, key).want(t, 201)
				if again.json(t, "id") != first.json(t, "id") || again.header.Get("Location") != first.header.Get("Location") {
					t.Errorf("%v %s", again.header, again.body)
				}
				me.do(t, "POST", whole, body(file, "x"), relatedB).want(t, 201) // for the count
			},
			"later": func(t *testing.T, file, key string) {
				first := me.do(t, "POST", whole, body(file, "x"), relatedB, key, async).want(t, 202)
				again := me.do(t, "POST", whole, body(file, "x"), relatedB, key, async).want(t, 202)
				if again.header.Get("Location") != first.header.Get("Location") || again.body != first.body {
					t.Errorf("%v %s", again.header, again.body)
				}
				id := strings.TrimPrefix(first.header.Get("Location"), uploadsPath)
				me.eventually(t, filesPath+"/"+id)
				me.do(t, "POST", whole, body(file, "x"), relatedB, key, async).want(t, 202)
				at := me.do(t, "POST", whole, body(file, "x"), relatedB, key).want(t, 201)
				if at.json(t, "id") != id || at.header.Get("Location") != filesPath+"/"+id || !strings.HasPrefix(at.header.Get("ETag"), `"1.`) {
					t.Errorf("%v %s", at.header, at.body)
				}
				me.do(t, "POST", whole, body(file, "y"), relatedB, key, async).wantProblem(t, 422, "idempotency-key-reused")
				other.do(t, "DELETE", filesPath+"/"+id, "").want(t, 204)
				me.do(t, "POST", whole, body(file, "x"), relatedB, key, async).want(t, 201)
				me.do(t, "POST", whole, body(file, "x"), relatedB).want(t, 201) // for the count
			},
			"now, and later again": func(t *testing.T, file, key string) {
				first := me.do(t, "POST", whole, body(file, "x"), relatedB, key).want(t, 201)
				again := me.do(t, "POST", whole, body(file, "x"), relatedB, key, async).want(t, 202)
				if id := first.json(t, "id").(string); again.header.Get("Location") != uploadsPath+id {
					t.Errorf("%v", again.header)
				}
			},
			"in chunks": func(t *testing.T, file, key string) {
				first := me.do(t, "POST", chunked, body(file, "x"), relatedB, key).want(t, 206)
				again := me.do(t, "POST", chunked, body(file, "x"), relatedB, key).want(t, 206)
				if again.body != first.body {
					t.Errorf("%s, first %s", again.body, first.body)
				}
				me.do(t, "POST", chunked, body(file, "y"), relatedB, key).wantProblem(t, 422, "idempotency-key-reused")
				upload := chunked + "&uploadToken=" + first.json(t, "uploadToken").(string)
				last := upload + "&position=1&close=true"
				end := me.do(t, "PUT", last, "y", octetStream, key).want(t, 201)
				for range 2 {
					again := me.do(t, "PUT", last, "y", octetStream, key).want(t, 201)
					if again.body != end.body || again.header.Get("ETag") != end.header.Get("ETag") {
						t.Errorf("%v %s\nfirst %v %s", again.header, again.body, end.header, end.body)
					}
				}
				me.do(t, "PUT", last, "z", octetStream, key).wantProblem(t, 422, "idempotency-key-reused")
				me.do(t, "POST", upload, "", key).want(t, 201)
			},
			"in chunks, gone since": func(t *testing.T, file, key string) {
				upload := me.begin(t, file)
				me.do(t, "PUT", upload+"&position=1", "y", octetStream, key).want(t, 206)
				end := me.do(t, "POST", upload, "", key).want(t, 201)
				other.do(t, "DELETE", end.header.Get("Location"), "").want(t, 204)
				me.do(t, "POST", upload, "").want(t, 404)
				if again := me.do(t, "POST", upload, "", key).want(t, 201); again.json(t, "id") != end.json(t, "id") {
					t.Errorf("%s, first %s", again.body, end.body)
				}
				me.do(t, "POST", whole, body(file, "x"), relatedB).want(t, 201) // for the count
			},
			"other content": func(t *testing.T, file, key string) {
				me.do(t, "POST", whole, body(file, "x"), relatedB, key).want(t, 201)
				me.do(t, "POST", whole, body(file, large), relatedB, key).wantProblem(t, 422, "idempotency-key-reused")
				me.do(t, "POST", whole, body(file, "x"), relatedB+";x=y", key).wantProblem(t, 422, "idempotency-key-reused")
				me.do(t, "POST", whole, "", relatedB, key).wantProblem(t, 422, "idempotency-key-reused")
			},
			"broken content": func(t *testing.T, file, key string) {
				me.do(t, "POST", whole, strings.TrimSuffix(body(file, "x"), "--b--\r\n"), relatedB, key).want(t, 400)
				me.do(t, "POST", whole, body(file+".exe", "x"), relatedB, key).want(t, 400)
				me.do(t, "POST", whole, body(file, "x"), relatedB, key).want(t, 201)
			},
			"another caller": func(t *testing.T, file, key string) {
				first := me.do(t, "POST", whole, body("a "+file, "x"), relatedB, key).want(t, 201)
				second := other.do(t, "POST", whole, body(file, "x"), relatedB, key).want(t, 201)
				if first.json(t, "id") == second.json(t, "id") {
					t.Error("two callers share a key")
				}
			},
			"another tenant": func(t *testing.T, file, key string) {
				stranger := me
				stranger.tenant = "7654321"
				stranger.do(t, "POST", whole, body("a "+file, "y"), relatedB, key).want(t, 201)
				me.do(t, "POST", whole, body(file, "x"), relatedB, key).want(t, 201)
			},
			"no key": func(t *testing.T, file, key string) {
				me.do(t, "POST", whole, body("a "+file, "x"), relatedB).want(t, 201)
				me.do(t, "POST", whole, body(file, "x"), relatedB).want(t, 201)
			},
		} {
			t.Run(name, func(t *testing.T) {
				file := strings.ReplaceAll(name, ",", "") + ".txt"
				test(t, file, key())
				if found := me.named(t, file); len(found) != 1 {
					t.Errorf("%d files", len(found))
				}
			})
		}
	})
}

// The same request comes several times at once: one makes the change, and all are told that it is made. Of
// different ones for one version, one makes its change, and the others are told that somebody else was faster.
func TestTwinsAndRivals(t *testing.T) {
	onBoth(t, func(t *testing.T, base string) {
		me := single(t, base)
		const many = 5
		atOnce := func(t *testing.T, request func(i int) (answer, error)) (statuses map[int]int, answers []answer) {
			t.Helper()
			answers = make([]answer, many)
			var all sync.WaitGroup
			for i := range answers {
				all.Go(func() {
					var err error
					if answers[i], err = request(i); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			statuses = map[int]int{}
			for _, a := range answers {
				statuses[a.status]++
			}
			return statuses, answers
		}
		for round := range 10 {
			path := me.upload(t, "twins.txt", "x")
			first, k := me.seen(t, path), key()
			got, answers := atOnce(t, func(int) (answer, error) {
				return me.try("PATCH", path, strings.NewReader(renameToB), mergePatch, first, k)
			})
			if got[200] != 1 || got[204] != many-1 {
				t.Fatalf("PATCH: %v %+v", got, answers)
			}
			for _, a := range answers {
				if tag := a.header.Get("ETag"); !strings.HasPrefix(tag, `"2.`) {
					t.Fatalf("PATCH: tag %s", tag)
				}
			}

			first = me.seen(t, path)
			got, answers = atOnce(t, func(i int) (answer, error) {
				return me.try("PATCH", path, strings.NewReader(fmt.Sprintf(`{"name":"rival %d"}`, i)), mergePatch, first, key())
			})
			if got[200] != 1 || got[409] != many-1 {
				t.Fatalf("rivals: %v %+v", got, answers)
			}
			for _, a := range answers {
				if a.status == 409 && (!strings.HasPrefix(a.json(t, "currentETag").(string), `"3.`) || a.header.Get("ETag") != a.json(t, "currentETag")) {
					t.Errorf("rivals: %v %s", a.header, a.body)
				}
			}

			condition := []string{me.seen(t, path), "X-No: condition"}[round%2]
			k = key()
			got, answers = atOnce(t, func(int) (answer, error) { return me.try("DELETE", path, nil, condition, k) })
			if got[204] != many {
				t.Fatalf("DELETE: %v %+v", got, answers)
			}

			for target, status := range map[string]int{whole: 201, chunked: 206} {
				k := key()
				file := fmt.Sprintf("twins %d", round)
				got, answers := atOnce(t, func(int) (answer, error) {
					return me.try("POST", target, strings.NewReader(body(file, "x")), relatedB, k)
				})
				if got[status] != many {
					t.Fatalf("%s: %v %+v", target, got, answers)
				}
				for _, a := range answers {
					if a.body != answers[0].body || a.header.Get("Location") != answers[0].header.Get("Location") {
						t.Errorf("%s: %s and %s", target, a.body, answers[0].body)
					}
				}
				if target == whole && len(me.named(t, file)) != 1 {
					t.Errorf("%d files", len(me.named(t, file)))
				}

				// With one key, but not the same content, one is made.
				k = key()
				got, answers = atOnce(t, func(i int) (answer, error) {
					return me.try("POST", target, strings.NewReader(body(fmt.Sprintf("rival %d", i), "x")), relatedB, k)
				})
				if got[status] != 1 || got[422] != many-1 {
					t.Fatalf("%s: %v %+v", target, got, answers)
				}
			}

			// Some want to wait for the end of an upload, and some do not.
			upload, k := me.begin(t, "ends.txt"), key()
			got, answers = atOnce(t, func(i int) (answer, error) {
				return me.try("POST", upload, nil, k, []string{async, "Prefer: wait=10"}[i%2])
			})
			if got[202]+got[201] != many || got[201] == 0 {
				t.Fatalf("end: %v %+v", got, answers)
			}
		}
	})
}
