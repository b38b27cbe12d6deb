package etag_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/problem"
)

// The state's caching fields are on the 200 and on the 304 that stands for it, from
// Guard and from Check alike, and on nothing else.
func TestCachingFields(t *testing.T) {
	state := etag.State{Tag: etag.Version(7), Modified: changed, Header: http.Header{
		"Cache-Control":    {"public, max-age=60"},
		"Expires":          {"Sun, 06 Nov 1994 09:49:37 GMT"},
		"Content-Location": {"/records/7.json"},
		"Vary":             {"Accept-Language"},
		"Content-Type":     {"application/json"},
		"X-Other":          {"x"},
	}}
	const caching = "Cache-Control: public, max-age=60\nContent-Location: /records/7.json\n"
	const expires = "Expires: Sun, 06 Nov 1994 09:49:37 GMT\n"
	const vary = "Vary: Accept-Language\n"
	respond := func(status int) handler {
		return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }
	}
	set := func(k, v string, next handler) handler {
		return func(w http.ResponseWriter, r *http.Request) { w.Header()[k] = []string{v}; next(w, r) }
	}
	for _, row := range []struct {
		name, method, fields string
		handler              handler
		want                 string
	}{
		{"200", "GET", "", respond(200), "200\n" + caching + expires + vary},
		{"200 of HEAD", "HEAD", "", respond(200), "200\n" + caching + expires + vary},
		{"200 of QUERY", "QUERY", "", respond(200), "200\n" + caching + expires + vary},
		{"304", "GET", `If-None-Match: "7"`, respond(200), "304\n" + caching + "Etag: \"7\"\n" + expires + vary},
		{"206", "GET", "", respond(206), "206\n" + caching + expires + vary},
		{"304 of the handler", "GET", "", respond(304), "304\n" + caching + expires + vary},
		{"what the handler chooses", "GET", "", set("Cache-Control", "no-store", respond(200)), "200\nCache-Control: no-store\nContent-Location: /records/7.json\n" + expires + vary},
		{"what it takes away", "GET", "", func(w http.ResponseWriter, r *http.Request) { w.Header().Del("Expires") }, "200\n" + caching + vary},
		{"an error of its own", "GET", "", set("Content-Type", "text/html", respond(404)), "404\nContent-Type: text/html\n" + vary},
		{"with a word on caches", "GET", "", set("Cache-Control", "max-age=1", set("Content-Type", "text/html", respond(404))), "404\nCache-Control: max-age=1\nContent-Type: text/html\n" + vary},
		{"a redirection", "GET", "", respond(302), "302\n" + vary},
		{"a document", "GET", "", func(w http.ResponseWriter, r *http.Request) { problem.Write(w, r, problem.NotFound(nil)) },
			"404\nCache-Control: no-store\nContent-Length: 106\nContent-Type: application/problem+json\n" + vary + "X-Content-Type-Options: nosniff\n"},
		{"a change", "PUT", "", respond(200), "200\n"},
		{"another safe method", "PROPFIND", "", respond(200), "200\n"},
	} {
		guarded := etag.Guard(always(state), nil)(row.handler)
		checked := handler(func(w http.ResponseWriter, r *http.Request) {
			if etag.Check(w, r, state, nil) {
				return
			}
			delete(w.Header(), "Etag")
			delete(w.Header(), "Last-Modified")
			row.handler(w, r)
		})
		for by, h := range map[string]http.Handler{"Guard": guarded, "Check": layers{}.around(checked), "both": etag.Guard(always(state), nil)(checked)} {
			got := whole(serve(h, ask(row.method, row.fields)))
			got, _, _ = strings.Cut(got, "{")
			if by == "both" {
				got = strings.Replace(got, vary+vary, vary, 1)
			}
			if got != row.want {
				t.Errorf("%s by %s:\n%s\nwant\n%s", row.name, by, got, row.want)
			}
		}
	}
	// Without a chain, too.
	resp := serve(handler(func(w http.ResponseWriter, r *http.Request) { etag.Check(w, r, state, nil) }), ask("GET", ""))
	if got, want := whole(resp), "200\n"+caching+"Etag: \"7\"\n"+expires+"Last-Modified: "+same+"\n"+vary; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if h := state.Header; h.Get("Cache-Control") != "public, max-age=60" || len(h) != 6 {
		t.Errorf("the state's header became %v", h)
	}
}

// One option makes Guard, Check and ErrConflict 412.
func TestConflictStatus(t *testing.T) {
	conflict := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		return fmt.Errorf("update: %w", errors.Join(etag.ErrConflict, io.EOF))
	})
	checked := func(o *etag.Options) handler {
		return func(w http.ResponseWriter, r *http.Request) {
			if !etag.Check(w, r, tagged, o) {
				conflict.ServeHTTP(w, r)
			}
		}
	}
	third := func(next http.Handler) http.Handler { // third-party middleware
		return handler(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(struct{ http.ResponseWriter }{w}, r) })
	}
	strict, lenient := &etag.Options{PreconditionFailed: true}, &etag.Options{}
	for _, row := range []struct {
		name string
		h    http.Handler
		want int
	}{
		{"no Guard", layers{}.around(conflict), 409},
		{"no layer", conflict, 409},
		{"Guard", etag.Guard(always(tagged), nil)(conflict), 409},
		{"Guard with the option", etag.Guard(always(tagged), strict)(conflict), 412},
		{"behind others", etag.Guard(always(tagged), strict)(third(http.TimeoutHandler(conflict, time.Minute, ""))), 412},
		{"Check", layers{}.around(checked(nil)), 409},
		{"Check with the option", layers{}.around(checked(strict)), 412},
		{"Check with the option behind Guard without", etag.Guard(always(tagged), lenient)(checked(strict)), 412},
		{"Check without the option behind Guard with", etag.Guard(always(tagged), strict)(checked(lenient)), 409},
		{"wrapped in another problem", etag.Guard(always(tagged), strict)(problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
			return problem.Wrap(503, etag.ErrConflict)
		})), 503},
	} {
		for _, method := range []string{"PUT", "DELETE"} {
			resp := serve(row.h, ask(method, `If-Match: "v1"`))
			want := "record-changed"
			if row.want == 503 {
				want = "about:blank"
			}
			if got := slug(resp); resp.StatusCode != row.want || got != want || resp.Header.Get("ETag") != "" {
				t.Errorf("%s: %s is %d %s with %v, want %d", row.name, method, resp.StatusCode, got, resp.Header, row.want)
			}
		}
	}
}

// What the layers have noted of a request is found behind third-party middleware.
func TestKeyBehindOthers(t *testing.T) {
	var keys []string
	note := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		f, err := etag.Fingerprint(r.Context())
		keys = append(keys, etag.Key(r.Context())+f)
		if !etag.Check(w, r, etag.State{Tag: etag.Strong("v1"), Made: &etag.Change{Key: etag.Key(r.Context()), Fingerprint: f}}, keyed) {
			t.Error("the change is not known")
		}
		return err
	})
	guard := etag.Guard(always(tagged), keyed)
	third := func(next http.Handler) http.Handler {
		return handler(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(struct{ http.ResponseWriter }{w}, r) })
	}
	for _, h := range []http.Handler{
		guard(note),
		layers{}.around(guard(note)),
		guard(third(note)),
		guard(http.TimeoutHandler(note, time.Minute, "")),
		guard(third(layers{}.around(third(note)))),
		etag.Guard(always(tagged), nil)(guard(note)),
		layers{}.around(http.StripPrefix("/prefix", guard(note))),
	} {
		r := ask("PUT", withKey+`|X-Caller: ada|If-Match: "v1"`)
		r.URL.Path = "/prefix/records/7"
		if resp := serve(h, r); resp.StatusCode != 204 {
			t.Errorf("%d", resp.StatusCode)
		}
	}
	for i, key := range keys {
		if key == "" || i < len(keys)-1 && key != keys[0] {
			t.Errorf("%q", keys)
		}
	}
}
