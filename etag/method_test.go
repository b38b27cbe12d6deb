package etag_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/etag"
)

// Conditions on each kind of method, in Guard and Check alike. The state has a date
// and the tag of bytes, which also a QUERY may have.
func TestMethods(t *testing.T) {
	state := etag.State{Tag: etag.Of([]byte("x")), Modified: changed}
	tag := state.Tag.String()
	const pass = 204
	get, others, unsafe := []string{"GET", "HEAD", "QUERY"}, []string{"PROPFIND", "REPORT", "SEARCH"}, []string{"PUT", "PATCH", "DELETE", "POST", "PROPPATCH", "LOCK"}
	for _, row := range []struct {
		section             string
		fields              string
		get, other, changes int // GET, HEAD and QUERY; other safe methods; all others
	}{
		{"9110 §13.1.2", "If-None-Match: " + tag, 304, 412, 412},
		{"9110 §13.1.2", "If-None-Match: W/" + tag, 304, 412, 412},
		{"9110 §13.1.2", `If-None-Match: "y"`, pass, pass, pass},
		{"9110 §13.1.2", "If-None-Match: *", 304, 412, 412},
		{"9110 §13.1.1", "If-Match: " + tag, pass, pass, pass},
		{"9110 §13.1.1", "If-Match: *", pass, pass, pass},
		{"9110 §13.1.1", `If-Match: "y"`, 412, 412, 409},
		{"9110 §13.1.1, law 3", `If-Match: y`, 412, 412, 400},
		{"9110 §13.1.3", "If-Modified-Since: " + same, 304, pass, pass},
		{"9110 §13.1.3", "If-Modified-Since: " + before, pass, pass, pass},
		{"9110 §13.1.4", "If-Unmodified-Since: " + same, pass, pass, pass},
		{"9110 §13.1.4", "If-Unmodified-Since: " + before, 412, 412, 409},
		{"9110 §13.2.2", `If-Match: "y"|If-None-Match: ` + tag, 412, 412, 409},
		{"9110 §13.2.2", "If-Match: " + tag + "|If-None-Match: " + tag, 304, 412, 412},
		{"6585 §3", "", pass, pass, 428},
	} {
		for i, methods := range [][]string{get, others, unsafe} {
			want := []int{row.get, row.other, row.changes}[i]
			for _, method := range methods {
				o := &etag.Options{Required: row.fields == ""}
				var handler spy
				if got := serve(etag.Guard(always(state), o)(&handler), ask(method, row.fields)).StatusCode; got != want || handler.runs != boolean(want == pass) {
					t.Errorf("%s: %s with %s: %d, want %d; the handler ran %d times", row.section, method, row.fields, got, want, handler.runs)
				}
				check := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if !etag.Check(w, r, state, o) {
						w.WriteHeader(pass)
					}
				})
				if got := serve(check, ask(method, row.fields)).StatusCode; got != want {
					t.Errorf("%s: Check of %s with %s: %d, want %d", row.section, method, row.fields, got, want)
				}
			}
		}
		for _, method := range []string{"OPTIONS", "TRACE", "CONNECT"} { // 9110 §13.2.1
			if got := serve(etag.Guard(always(state), &etag.Options{Required: true})(&spy{}), ask(method, row.fields)).StatusCode; got != pass {
				t.Errorf("9110 §13.2.1: %s with %s: %d", method, row.fields, got)
			}
		}
	}
}

// A record's tag does not name the result of a query.
func TestQueryHasNoTagOfARecord(t *testing.T) {
	l := of("acme").offering(json)
	for _, tag := range []etag.Tag{etag.Version(7), etag.Strong("x"), etag.Weak("x"), parse(t, l.wire(etag.Version(7)))} {
		for _, l := range []layers{{}, l} {
			for _, sent := range []string{tag.String(), l.wire(tag)} {
				var set, forTag string
				h := l.around(etag.Guard(always(etag.State{Tag: tag, Modified: changed}), nil)(handler(func(w http.ResponseWriter, r *http.Request) {
					etag.Set(w, r, tag)
					set, forTag = w.Header().Get("ETag"), etag.For(r.Context(), tag).String()
				})))
				if resp := serve(h, ask("QUERY", "If-None-Match: "+sent)); resp.StatusCode != 200 || set != "" || forTag != "" || resp.Header.Get("ETag") != "" {
					t.Errorf("If-None-Match: %s on %+v: %d %v, Set %q, For %q", sent, l, resp.StatusCode, resp.Header, set, forTag)
				}
				if resp := serve(h, ask("QUERY", "If-Match: "+sent)); resp.StatusCode != 412 || resp.Header.Get("ETag") != "" {
					t.Errorf("If-Match: %s on %+v: %d %v", sent, l, resp.StatusCode, resp.Header)
				}
			}
		}
	}
	if got := serve(etag.Guard(always(etag.State{Absent: true}), nil)(&spy{}), ask("QUERY", "If-None-Match: *")).StatusCode; got != 204 {
		t.Errorf("If-None-Match: * with nothing there: %d", got)
	}
}

// The conditional requests of RFC 10008 (appendix A.5), with their dates put right:
// "Sun, 31 Aug 2025, 08:44:00 GMT" is no HTTP-date, and is ignored.
func TestQueryExamples(t *testing.T) {
	const modified, later = "Sun, 31 Aug 2025 08:44:00 GMT", "Thu, 18 Sep 2025 19:56:00 GMT"
	now := modified
	guard := etag.Guard(func(*http.Request) (etag.State, error) {
		when, err := http.ParseTime(now)
		return etag.State{Tag: etag.Strong("index"), Modified: when, Header: http.Header{"Vary": {"Accept-Query, Content-Type"}}}, err
	}, &etag.Options{Required: true})
	mux := http.NewServeMux()
	result := handler(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		w.Header().Set("Last-Modified", now)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader("decade, total\n2020, 1133\n"))
	})
	mux.Handle("QUERY /rfc-index.xml", guard(result))
	mux.Handle("GET /stored-queries/4815162342", guard(result))
	onServers(t, mux, func(t *testing.T, url string, c *http.Client) {
		now = modified
		want := func(method, path, fields string, status int) {
			t.Helper()
			resp, body := fetch(t, c, method, url+path, fields)
			if resp.StatusCode != status || (status == 304) != (body == "") || resp.Header.Get("Vary") != "Accept-Query, Content-Type" {
				t.Errorf("%s with %s: %d %v %q, want %d", method, fields, resp.StatusCode, resp.Header, body, status)
			}
			if method == "QUERY" && (resp.Header.Get("Last-Modified") != now || resp.Header.Get("ETag") != "") {
				t.Errorf("%s with %s: %v", method, fields, resp.Header)
			}
		}
		want("QUERY", "/rfc-index.xml", "Content-Type: application/xslt+xml", 200)
		want("QUERY", "/rfc-index.xml", "Content-Type: application/sql|If-Modified-Since: "+modified, 304)
		want("QUERY", "/rfc-index.xml", "Content-Type: application/sql|If-Modified-Since: Sun, 31 Aug 2025, 08:44:00 GMT", 200)
		// http.ServeContent takes none of them for its own (RFC 10008 §2.8).
		want("QUERY", "/rfc-index.xml", `Content-Type: application/sql|If-None-Match: "index"`, 200)
		want("QUERY", "/rfc-index.xml", `Content-Type: application/sql|Range: bytes=0-3|If-Range: "other"`, 200)
		want("QUERY", "/rfc-index.xml", `Content-Type: application/sql|Range: bytes=9999-`, 200)
		now = later
		want("QUERY", "/rfc-index.xml", "Content-Type: application/sql|If-Modified-Since: "+modified, 200)
		want("GET", "/stored-queries/4815162342", "If-Modified-Since: "+modified, 200)
		want("GET", "/stored-queries/4815162342", "If-Modified-Since: "+later, 304)
	})
}

// Through Computed a QUERY is a 304 only where its response is the one that the
// client has.
func TestQueryThroughComputed(t *testing.T) {
	answer := func(query string) string { // few enough for many queries to have the same
		sum := 0
		for _, c := range []byte(query) {
			sum += int(c)
		}
		return fmt.Sprint("result ", sum%23)
	}
	search := handler(func(w http.ResponseWriter, r *http.Request) {
		query, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		for _, field := range []string{im, inm, ims, ius, "Range", "If-Range"} {
			if r.Header[field] != nil {
				t.Errorf("the handler got %s", field)
			}
		}
		_, _ = io.WriteString(w, answer(string(query)))
	})
	state := etag.State{Tag: etag.Version(7), Modified: changed}
	for name, h := range map[string]http.Handler{
		"alone":         etag.Computed(nil)(search),
		"outside Guard": etag.Computed(nil)(etag.Guard(always(state), nil)(search)),
		"inside Guard":  etag.Guard(always(state), nil)(etag.Computed(nil)(search)),
	} {
		random := rand.New(rand.NewPCG(1, 2))
		query := func() string { return fmt.Sprintf("q=%d", random.IntN(1000)) }
		found := 0
		for range 35_000 {
			a, b := query(), query()
			r := httptest.NewRequest("QUERY", "/", strings.NewReader(a))
			r.Header["If-None-Match"] = []string{`"x"`, tagOf(answer(b))}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			want := 200
			if answer(a) == answer(b) {
				want, found = 304, found+1
			}
			if w.Code != want || w.Header().Get("ETag") != tagOf(answer(a)) {
				t.Fatalf("%s: %s with the tag of %s: %d %v, want %d", name, a, b, w.Code, w.Header(), want)
			}
		}
		if found < 1000 {
			t.Errorf("%s: only %d pairs were equal", name, found)
		}
		for lines, want := range map[string]int{"If-Match: " + tagOf(answer("q")): 200, `If-Match: "x"`: 412, "If-Match: *": 200, "If-None-Match: *": 304} {
			r := httptest.NewRequest("QUERY", "/", strings.NewReader("q"))
			for k, v := range fields(lines) {
				r.Header[k] = v
			}
			if name != "alone" && strings.Contains(lines, "If-Match: "+tagOf(answer("q"))) {
				continue // Guard knows no such tag
			}
			if got := serve(h, r).StatusCode; got != want {
				t.Errorf("%s: %s: %d, want %d", name, lines, got, want)
			}
		}
	}
}

// A tag after a PUT is taken by If-Match, and no read has it (RFC 9110 §9.3.4).
func TestSetOnPUT(t *testing.T) {
	bytes := etag.Of([]byte("x"))
	for _, l := range []layers{{}, of("acme"), layers{}.offering(json), of("acme").offering(json)} {
		for _, tag := range []etag.Tag{etag.Version(7), etag.Strong("x."), etag.Version(7).WithVariant("en"), parse(t, `"7.r0000000000000000"`)} {
			sent := map[string]string{}
			for _, method := range []string{"GET", "PUT", "POST", "PATCH", "DELETE"} {
				serve(l.around(handler(func(w http.ResponseWriter, r *http.Request) {
					etag.Set(w, r, tag)
					sent[method] = w.Header().Get("ETag")
					if got := etag.For(r.Context(), tag).String(); got != sent[method] {
						t.Errorf("%s: For has %s, Set %s", method, got, sent[method])
					}
				})), ask(method, ""))
			}
			if !strings.HasSuffix(sent["PUT"], `.r0000000000000000"`) {
				t.Errorf("%v after a PUT is %s", tag, sent["PUT"])
			}
			for _, method := range []string{"POST", "PATCH", "DELETE"} {
				if sent[method] != sent["GET"] {
					t.Errorf("%v after a %s is %s, on GET %s", tag, method, sent[method], sent["GET"])
				}
			}
			guard := l.around(etag.Guard(always(etag.State{Tag: tag}), nil)(&spy{}))
			strict := l.around(etag.Guard(always(etag.State{Tag: tag}), &etag.Options{Strict: true})(&spy{}))
			for _, method := range []string{"PUT", "PATCH", "DELETE", "POST"} {
				for name, h := range map[string]http.Handler{"lenient": guard, "strict": strict} {
					if got := serve(h, ask(method, "If-Match: "+sent["PUT"])).StatusCode; got != 204 {
						t.Errorf("%s: %s with If-Match: %s: %d", name, method, sent["PUT"], got)
					}
				}
				if got := serve(guard, ask(method, "If-Match: W/"+strings.TrimSuffix(sent["PUT"], `"`)+`-gzip"`)).StatusCode; got != 204 {
					t.Errorf("%s with %s, weakened: %d", method, sent["PUT"], got)
				}
			}
			for _, method := range []string{"GET", "HEAD"} {
				if got := serve(guard, ask(method, "If-None-Match: "+sent["PUT"])).StatusCode; got != 204 {
					t.Errorf("%s with If-None-Match: %s: %d", method, sent["PUT"], got)
				}
				if got := serve(guard, ask(method, "If-Match: "+sent["PUT"])).StatusCode; got != 412 {
					t.Errorf("%s with If-Match: %s: %d", method, sent["PUT"], got)
				}
			}
			if want, ok := tag.Opaque(); ok {
				if got, ok := parse(t, sent["PUT"]).Opaque(); got != want || !ok {
					t.Errorf("%s is of %q, %t", sent["PUT"], got, ok)
				}
			}
		}
		// Bytes were stored as they were sent.
		serve(l.around(handler(func(w http.ResponseWriter, r *http.Request) {
			if etag.Set(w, r, bytes); w.Header().Get("ETag") != bytes.String() || etag.For(r.Context(), bytes) != bytes {
				t.Errorf("%v after a PUT is %s", bytes, w.Header().Get("ETag"))
			}
		})), ask("PUT", ""))
	}
	if got := etag.For(t.Context(), etag.Version(7)); got != etag.Version(7) {
		t.Errorf("For without layers: %v", got)
	}
	if got := etag.For(t.Context(), etag.Tag{}); got != (etag.Tag{}) {
		t.Errorf("For of none: %v", got)
	}
}

// The method is that of the route's request, which a middleware around the route may
// have changed.
func TestForWhereTheMethodIsOverridden(t *testing.T) {
	for _, change := range [][2]string{{"POST", "PUT"}, {"PUT", "PATCH"}, {"POST", "QUERY"}} {
		var set, forTag string
		route := etag.Guard(always(tagged), nil)(handler(func(w http.ResponseWriter, r *http.Request) {
			etag.Set(w, r, etag.Version(7))
			set, forTag = w.Header().Get("ETag"), etag.For(r.Context(), etag.Version(7)).String()
		}))
		h := of("acme").around(handler(func(w http.ResponseWriter, r *http.Request) {
			overridden := *r
			overridden.Method = change[1]
			route.ServeHTTP(w, &overridden)
		}))
		if serve(h, ask(change[0], "")); set != forTag {
			t.Errorf("%s for %s: Set sets %s, and For returns %s", change[0], change[1], set, forTag)
		}
	}
}

// A client that has what it sent by PUT is not told that the service still has it.
func TestPUTConfirmsNothing(t *testing.T) {
	version, name := int64(1), "Ada"
	mux := http.NewServeMux()
	guard := etag.Guard(func(*http.Request) (etag.State, error) { return etag.State{Tag: etag.Version(version)}, nil }, nil)
	mux.Handle("GET /", guard(handler(func(w http.ResponseWriter, r *http.Request) {
		etag.Set(w, r, etag.Version(version))
		_, _ = io.WriteString(w, name)
	})))
	mux.Handle("PUT /", guard(handler(func(w http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		version, name = version+1, strings.TrimSpace(string(content)) // transformed
		etag.Set(w, r, etag.Version(version))
		w.WriteHeader(204)
	})))
	onServers(t, of("acme").around(mux), func(t *testing.T, url string, c *http.Client) {
		r, err := http.NewRequest("PUT", url, strings.NewReader(" Grace "))
		if err != nil {
			t.Fatal(err)
		}
		stored, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		stored.Body.Close()
		tag := stored.Header.Get("ETag")
		if resp, body := fetch(t, c, "GET", url, "If-None-Match: "+tag); resp.StatusCode != 200 || body != "Grace" {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		if resp, _ := fetch(t, c, "PUT", url, "If-Match: "+tag); resp.StatusCode != 204 {
			t.Errorf("the next PUT: %d", resp.StatusCode)
		}
	})
}

// An If-Match without any entity tag can never hold: 400, before anything is
// looked up.
func TestIfMatchWithoutTag(t *testing.T) {
	bad := []string{"3", "'3'", "%223%22", "", " ", ",", "w/\"3\"", "W/3", `"3`, `3"`, "**", "null", `"a b"`, "3|If-Match: 4"}
	good := []string{`3, "v1"`, `"v1", 3`, "*", "*, *", `"v1` + `"|If-Match: 3`, `3|If-Match: "v1"`}
	for _, method := range []string{"PUT", "PATCH", "DELETE", "POST"} {
		for _, field := range slices.Concat(bad, good) {
			want := 400
			if slices.Contains(good, field) {
				want = 204
			}
			asked := 0
			guard := etag.Guard(func(*http.Request) (etag.State, error) { asked++; return tagged, nil }, nil)(&spy{})
			resp := serve(guard, ask(method, "If-Match: "+field))
			if resp.StatusCode != want || asked != boolean(want == 204) || want == 400 && slug(resp) != "invalid-request" {
				t.Errorf("%s with If-Match: %s: %d, want %d; asked %d times", method, field, resp.StatusCode, want, asked)
			}
			resp = serve(handler(func(w http.ResponseWriter, r *http.Request) {
				if !etag.Check(w, r, tagged, nil) {
					w.WriteHeader(204)
				}
			}), ask(method, "If-Match: "+field))
			if resp.StatusCode != want || want == 400 && slug(resp) != "invalid-request" {
				t.Errorf("Check of %s with If-Match: %s: %d, want %d", method, field, resp.StatusCode, want)
			}
			if got := etag.Evaluate(method, ask(method, "If-Match: "+field).Header, tagged); (got == proceed) != (want == 204) {
				t.Errorf("Evaluate of %s with If-Match: %s: %v", method, field, got)
			}
		}
	}
	for _, method := range []string{"GET", "HEAD", "QUERY", "PROPFIND"} {
		if got := serve(etag.Guard(always(tagged), nil)(&spy{}), ask(method, "If-Match: 3")).StatusCode; got != 412 {
			t.Errorf("%s: %d", method, got)
		}
	}
}
