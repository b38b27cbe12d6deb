package main

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// The checks find the faults that they are there for, and none in the chain.
func TestChecks(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault func(*world, http.Handler) http.Handler
		finds []string
	}{
		{"no fault", nil, nil},
		{"tenant mix-up", mixedUp, []string{foreignBytes}},
		{"tag without a tenant", oneTagForAll, []string{falseNotMod}},
		{"304 for any tag", alwaysFresh, []string{falseNotMod}},
		{"update without a condition", unconditional, []string{lostUpdate}},
		{"acknowledged and not written", forgetful, []string{lostWrite}},
		{"409 without a change", quarrelsome, []string{falseConflict}},
		{"error with the cause in it", talkative, []string{foreignBytes}},
		{"no Vary", unvaried, []string{unsafeCache}},
	} {
		t.Run(test.name, func(t *testing.T) {
			service, err := newChainTarget(t.Context(), 1, test.fault)
			if err != nil {
				t.Fatal(err)
			}
			defer service.close()
			service.load(t.Context(), 1, visitors, 4000)
			if err := service.settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if len(test.finds) == 0 {
				for _, f := range service.all() {
					t.Errorf("%s, %d times: %v", f.Kind, f.Count, f.Examples)
				}
				if service.writes.Load() == 0 || service.conflicts.Load() == 0 || service.hostiles.Load() == 0 {
					t.Errorf("too little was tried: %d writes, %d conflicts, %d bad inputs",
						service.writes.Load(), service.conflicts.Load(), service.hostiles.Load())
				}
			}
			for _, kind := range test.finds {
				if service.count(kind) == 0 {
					t.Errorf("no %q in %v", kind, service.all())
				}
			}
		})
	}
}

// every returns a function that is true each nth time.
func every(n int64) func() bool {
	var calls atomic.Int64
	return func() bool { return calls.Add(1)%n == 0 }
}

// isItem reports whether the path is that of a record.
func isItem(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/files/") }

// mixedUp serves another tenant's record for some reads.
func mixedUp(w *world, next http.Handler) http.Handler {
	now := every(50)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if o := w.owners[1]; r.Method == "GET" && isItem(r) && len(r.Header["X-Raet-Tenant-Id"]) == 1 &&
			r.Header.Get("X-Raet-Tenant-Id") == w.owners[2].id && now() {
			r.Header.Set("X-Raet-Tenant-Id", o.id)
			r.URL.Path = o.items[0].path
		}
		next.ServeHTTP(rw, r)
	})
}

// responseOf returns the response of next.
func responseOf(next http.Handler, r *http.Request) *httptest.ResponseRecorder {
	recorded := httptest.NewRecorder()
	next.ServeHTTP(recorded, r)
	return recorded
}

// forward sends a response that was recorded.
func forward(rw http.ResponseWriter, recorded *httptest.ResponseRecorder) {
	maps.Copy(rw.Header(), recorded.Header())
	rw.WriteHeader(recorded.Code)
	rw.Write(recorded.Body.Bytes())
}

// oneTagForAll has the version alone in its tags, and 304 for it, as services do that do not use etag.
func oneTagForAll(_ *world, next http.Handler) http.Handler {
	versionOf := func(tag string) string {
		version, _, _ := strings.Cut(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`), ".")
		return `"` + version + `"`
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		conditions := r.Header["If-None-Match"]
		if r.Method != "GET" || !isItem(r) || len(conditions) == 0 {
			next.ServeHTTP(rw, r)
			return
		}
		r.Header.Del("If-None-Match")
		recorded := responseOf(next, r)
		for _, tag := range conditions {
			if recorded.Code == 200 && versionOf(tag) == versionOf(recorded.Header().Get("Etag")) {
				recorded.Code = http.StatusNotModified
				recorded.Body.Reset()
				break
			}
		}
		forward(rw, recorded)
	})
}

// alwaysFresh has 304 for whatever the client has.
func alwaysFresh(_ *world, next http.Handler) http.Handler {
	now := every(20)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if tag := r.Header.Get("If-None-Match"); tag != "" && tag != "*" && r.Method == "GET" && isItem(r) && now() {
			rw.Header().Set("ETag", tag)
			rw.WriteHeader(http.StatusNotModified)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// unconditional takes each change, whatever its client has seen.
func unconditional(_ *world, next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == "PATCH" && r.Header.Get("If-Match") != "" {
			r.Header.Set("If-Match", "*")
		}
		next.ServeHTTP(rw, r)
	})
}

// forgetful acknowledges some changes that it does not make.
func forgetful(_ *world, next http.Handler) http.Handler {
	now := every(50)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == "PATCH" && strings.Contains(r.Header.Get("If-Match"), ".t") && r.ContentLength > 0 && now() {
			rw.WriteHeader(http.StatusOK)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// quarrelsome refuses some changes that are right.
func quarrelsome(_ *world, next http.Handler) http.Handler {
	now := every(20)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == "PATCH" && strings.Contains(r.Header.Get("If-Match"), ".t") && now() {
			r.Header.Set("If-Match", `"another"`)
		}
		next.ServeHTTP(rw, r)
	})
}

// talkative tells the client what is meant for the log.
func talkative(w *world, next http.Handler) http.Handler {
	now := every(20)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/fail/x" && now() {
			http.Error(rw, "no such table, owner = "+w.owners[0].marker, http.StatusInternalServerError)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// unvaried leaves out what the response depends on.
func unvaried(_ *world, next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method != "GET" || !isItem(r) {
			next.ServeHTTP(rw, r)
			return
		}
		recorded := responseOf(next, r)
		recorded.Header().Del("Vary")
		forward(rw, recorded)
	})
}

// What a process holds after the load is compared with what it held before.
func TestCompare(t *testing.T) {
	for _, test := range []struct {
		before, after usage
		finds         string
	}{
		{usage{2, 10 << 20}, usage{2, 11 << 20}, ""},
		{usage{2, 10 << 20}, usage{1, 9 << 20}, ""},
		{usage{2, 10 << 20}, usage{3, 10 << 20}, goroutines},
		{usage{2, 10 << 20}, usage{2, 10<<20 + heapSlack + 1}, heapGrown},
	} {
		r := result{target: new(target), before: test.before, after: test.after}
		r.compare(0, heapSlack)
		if got := r.target.all(); len(got) > 1 || (len(got) == 1) != (test.finds != "") || len(got) == 1 && got[0].Kind != test.finds {
			t.Errorf("%+v, %+v: %v", test.before, test.after, got)
		}
	}
}

// A secret in a log is found in each of its forms, wherever the writes are cut.
func TestSecretLog(t *testing.T) {
	for line, secret := range map[string]bool{
		`{"message":"GET /files"}`:                          false,
		`{"error":"cannot read abcdefghijklmnop~+/qrst.x"}`: true,
		`{"error":"cannot read abcdefghijklmnop…"}`:         true,
		`{"error":"cannot read abcdefghijk…"}`:              false,
		`{"error":"no JSON in 12345678"}`:                   true, // a segment
		`{"error":"GET /?token=a%2Fb%2Fc%2Fd%2Fe%2Ff%2Fg"}`: true,
		`{"error":"Basic YWJjZGVmZ2hpamtsbW5vcH4="}`:        true,
		`{"error":"GET /?token=a%2Fb%2Fc"}`:                 false,
	} {
		for cut := range len(line) {
			found := 0
			l := &secretLog{found: func(string) { found++ }}
			l.watch("abcdefghijklmnop~+/qrst.12345678")
			l.watch("a/b/c/d/e/f/g")
			whole := &lines{line: func(line []byte) { l.Write(line) }}
			whole.Write([]byte(line[:cut]))
			whole.Write([]byte(line[cut:] + "\n"))
			if (found == 1) != secret {
				t.Fatalf("%s: found %d times", line, found)
			}
		}
	}
}
