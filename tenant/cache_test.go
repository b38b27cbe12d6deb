package tenant_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/tenant"
)

// policies are what handlers say of caching, by path.
var policies = map[string]string{
	"/silent":          "",
	"/private":         "private, max-age=60",
	"/max-age":         "max-age=60",
	"/no-cache":        "no-cache",
	"/no-store":        "no-store",
	"/s-maxage":        "s-maxage=60",
	"/must-revalidate": "max-age=60, must-revalidate",
	"/stale":           "max-age=0, must-revalidate",
	"/language":        "s-maxage=60",
	"/public":          "public, max-age=60",
	"/computed":        "s-maxage=60",
	"/stale-computed":  "max-age=0, must-revalidate",
}

// record answers with the tenant's version 7, which all tenants have one of.
var record = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "computed") {
		computed.ServeHTTP(w, r)
		return
	}
	if policy := policies[r.URL.Path]; policy != "" {
		w.Header().Set("Cache-Control", policy)
	}
	if r.URL.Path == "/language" {
		w.Header().Set("Vary", "Accept-Language") // not Add
	}
	if r.URL.Path == "/panic" {
		w.Header().Set("Cache-Control", "public, max-age=60")
		panic("x")
	}
	if etag.Check(w, r, etag.State{Tag: etag.Version(7)}, nil) {
		return
	}
	id, _ := tenant.FromContext(r.Context())
	_, _ = io.WriteString(w, "the record of "+string(id))
})

// computed answers with the same, and a tag of what it writes.
var computed = etag.Computed(nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", policies[r.URL.Path])
	echo(w, r)
}))

// Two tenants behind a shared cache: whatever handlers say of caching, nobody
// gets a response that is not theirs, and no answer but from the service where
// the token is not valid.
func TestBehindASharedCache(t *testing.T) {
	h, _ := serve(nil, record)
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		cache := newSharedCache(t, s.URL, s.Client())
		front := httptest.NewServer(cache)
		defer front.Close()
		rnd := rand.New(rand.NewPCG(5, 2026))
		pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
		var paths []string
		for path := range policies {
			paths = append(paths, path)
		}
		for range 1500 {
			path := pick(append(paths, "/panic")...)
			token := pick("token-of-one", "token-of-b", "token-of-a-and-b", "token-that-nobody-knows")
			asked := pick("", "a", "b", "zz9", "a,b")
			if path == "/public" {
				// What that means is TestPublic.
				token, asked = pick("token-of-one", "token-of-b", "token-of-a-and-b"), pick("a", "b")
			}
			var send, values []string
			send = append(send, "Authorization: Bearer "+token)
			if asked != "" {
				values = []string{asked}
				send = append(send, "X-Raet-Tenant-Id: "+asked)
			}
			resp, body := servertest.Do(t, front, "GET", path, "", send...)
			g, valid := tokens[token]
			want := expected(values, g)
			who := fmt.Sprintf("%s for %q with %s", path, asked, token)
			switch {
			case !valid:
				if resp.StatusCode != 401 {
					t.Fatalf("%s: %d %s", who, resp.StatusCode, body)
				}
			case path == "/public":
				if resp.StatusCode == 200 && body != "the record of "+asked || resp.StatusCode != 200 && strings.Contains(body, "record") {
					t.Fatalf("%s: %d %s", who, resp.StatusCode, body)
				}
			case strings.HasPrefix(want, "tenant-"):
				if !strings.Contains(body, `"/problems/`+want+`"`) {
					t.Fatalf("%s: %d %s, want %s", who, resp.StatusCode, body, want)
				}
			case path == "/panic":
				if resp.StatusCode != 500 {
					t.Fatalf("%s: %d %s", who, resp.StatusCode, body)
				}
			case resp.StatusCode != 200 || strings.TrimPrefix(body, "the record of ") != want:
				t.Fatalf("%s: %d %s, want the record of %s", who, resp.StatusCode, body, want)
			}
		}
		for path := range policies {
			switch path {
			case "/silent", "/private", "/max-age", "/no-cache", "/no-store", "/panic":
				if cache.kept[path] > 0 {
					t.Errorf("%s: the cache kept %d answers", path, cache.kept[path])
				}
			default:
				if cache.hits[path] < 20 {
					t.Errorf("%s: %d answers from the cache: the test has lost its aim", path, cache.hits[path])
				}
			}
		}
	})
}

// What public means, as the documentation says: the cache answers everybody who
// sends the like tenant header, whatever their token. Who sends none gets what the
// token is good for.
func TestPublic(t *testing.T) {
	h, _ := serve(nil, record)
	s := httptest.NewServer(h)
	defer s.Close()
	cache := newSharedCache(t, s.URL, s.Client())
	front := httptest.NewServer(cache)
	defer front.Close()
	for _, test := range []struct {
		token, asked string
		status       int
		body         string
	}{
		{"token-that-nobody-knows", "a", 401, ""},
		{"token-of-a-and-b", "a", 200, "the record of a"},
		{"token-of-a-and-b", "b", 200, "the record of b"},
		{"token-of-one", "a", 200, "the record of a"},            // from the cache
		{"token-that-nobody-knows", "a", 200, "the record of a"}, // and so is this
		{"token-of-one", "b", 200, "the record of b"},            // and this
		{"token-of-one", "zz9", 403, ""},
		{"token-of-one", "", 200, "the record of a"},
		{"token-of-b", "", 200, "the record of b"}, // the tenant was the token's
	} {
		send := []string{"Authorization: Bearer " + test.token}
		if test.asked != "" {
			send = append(send, "X-Raet-Tenant-Id: "+test.asked)
		}
		path := "/public"
		if test.asked == "" {
			path += "?unnamed"
		}
		resp, body := servertest.Do(t, front, "GET", path, "", send...)
		if resp.StatusCode != test.status || test.body != "" && body != test.body {
			t.Errorf("%v: %d %s", test, resp.StatusCode, body)
		}
		vary := "X-Raet-Tenant-Id"
		switch test.status {
		case 401:
			vary = "Authorization"
		case 403:
			vary = "X-Raet-Tenant-Id, Authorization" // an error is not public
		case 200:
			if test.asked == "" {
				vary = "X-Raet-Tenant-Id, Authorization"
			}
		}
		if got := strings.Join(resp.Header["Vary"], "|"); got != vary {
			t.Errorf("%v: Vary: %s, want %s", test, got, vary)
		}
	}
}

// What every response says to caches, whoever gives it.
func TestCachingOfResponses(t *testing.T) {
	h, _ := serve(nil, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		switch r.URL.Path {
		case "/set":
			header.Set("Vary", "Accept-Encoding")
		case "/lines":
			header["Vary"] = []string{"accept-encoding, x-raet-tenant-id", "Origin"}
		case "/star":
			header.Set("Vary", "*")
		case "/deleted":
			delete(header, "Vary")
			delete(header, "Cache-Control")
		case "/304":
			w.WriteHeader(http.StatusNotModified)
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/103":
			w.WriteHeader(http.StatusEarlyHints)
		case "/409":
			w.WriteHeader(http.StatusConflict)
		case "/flush":
			w.(http.Flusher).Flush()
		case "/copy":
			_, _ = io.Copy(w, strings.NewReader("x"))
		case "/panic":
			header.Set("Vary", "Accept-Encoding")
			panic("x")
		case "/no-store":
			header.Set("Cache-Control", "no-store")
		case "/public":
			header["Cache-Control"] = []string{"max-age=60", "Public"}
		}
	}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for path, want := range map[string]string{
			"/":         "200 [private, no-cache] [X-Raet-Tenant-Id, Authorization]",
			"/set":      "200 [private, no-cache] [Accept-Encoding, X-Raet-Tenant-Id, Authorization]",
			"/lines":    "200 [private, no-cache] [accept-encoding, x-raet-tenant-id, Origin, Authorization]",
			"/star":     "200 [private, no-cache] [*]",
			"/deleted":  "200 [private, no-cache] [X-Raet-Tenant-Id, Authorization]",
			"/304":      "304 [private, no-cache] [X-Raet-Tenant-Id, Authorization]",
			"/204":      "204 [private, no-cache] [X-Raet-Tenant-Id, Authorization]",
			"/103":      "200 [private, no-cache] [X-Raet-Tenant-Id, Authorization]",
			"/409":      "409 [no-store] [X-Raet-Tenant-Id, Authorization]",
			"/flush":    "200 [private, no-cache] [X-Raet-Tenant-Id, Authorization]",
			"/copy":     "200 [private, no-cache] [X-Raet-Tenant-Id, Authorization]",
			"/panic":    "500 [no-store] [Accept-Encoding, X-Raet-Tenant-Id, Authorization]",
			"/no-store": "200 [no-store] [X-Raet-Tenant-Id, Authorization]",
			"/public":   "200 [max-age=60 Public] [X-Raet-Tenant-Id, Authorization]", // the tenant was not named
		} {
			for _, method := range []string{"GET", "HEAD", "DELETE"} {
				resp, _ := servertest.Do(t, s, method, path, "", "Authorization: Bearer token-of-one")
				if got := fmt.Sprint(resp.StatusCode, " ", resp.Header["Cache-Control"], " ", resp.Header["Vary"]); got != want {
					t.Errorf("%s %s: %s, want %s", method, path, got, want)
				}
			}
		}
	})
}

// Browsers send the tag that they have stored, even where Vary says that it is
// another tenant's. It is never the tag of this one's, though both are at
// version 7.
func TestTagOfAnotherTenant(t *testing.T) {
	state := func(*http.Request) (etag.State, error) { return etag.State{Tag: etag.Version(7)}, nil }
	mux := http.NewServeMux()
	tagged := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		etag.Set(w, r, etag.Version(7))
		id, _ := tenant.FromContext(r.Context())
		_, _ = io.WriteString(w, "the record of "+string(id))
	})
	mux.Handle("/guard", etag.Guard(state, nil)(tagged))
	mux.Handle("/check", record)
	h, _ := serve(nil, mux)
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, path := range []string{"/guard", "/check"} {
			ask := func(method, token, id string, header ...string) (*http.Response, string) {
				return servertest.Do(t, s, method, path, "",
					append(header, "Authorization: Bearer "+token, "X-Raet-Tenant-Id: "+id)...)
			}
			stored, _ := ask("GET", "token-of-a-and-b", "a")
			tag := stored.Header.Get("ETag")
			if tag == "" {
				t.Fatalf("%s: no tag", path)
			}
			// Without the header, and for whoever has the same tenant, it is the
			// same tag.
			for _, who := range []string{"token-of-one a", "token-of-several a"} {
				token, id, _ := strings.Cut(who, " ")
				if resp, _ := ask("GET", token, id, "If-None-Match: "+tag); resp.StatusCode != 304 || resp.Header.Get("ETag") != tag {
					t.Errorf("%s: %s has another tag, %d %v", path, who, resp.StatusCode, resp.Header)
				}
			}
			for _, sent := range []string{tag, "W/" + tag, `"x", ` + tag + `, "y"`} {
				for _, token := range []string{"token-of-a-and-b", "token-of-b"} {
					for _, method := range []string{"GET", "HEAD"} {
						resp, body := ask(method, token, "b", "If-None-Match: "+sent)
						if resp.StatusCode != 200 || method == "GET" && body != "the record of b" || resp.Header.Get("ETag") == tag {
							t.Errorf("%s %s: tenant b with tenant a's tag: %d %s %v", method, path, resp.StatusCode, body, resp.Header)
						}
					}
				}
				if resp, _ := ask("PUT", "token-of-b", "b", "If-Match: "+sent); resp.StatusCode != 409 {
					t.Errorf("PUT %s: tenant b with tenant a's tag in If-Match: %d", path, resp.StatusCode)
				}
			}
		}
	})
}
