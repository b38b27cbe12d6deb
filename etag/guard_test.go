package etag_test

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/problem"
)

// always is a guard's function for a record that stays as it is.
func always(s etag.State) func(*http.Request) (etag.State, error) {
	return func(*http.Request) (etag.State, error) { return s, nil }
}

// spy is a handler that must not run unless it says so.
type spy struct {
	runs    int
	request *http.Request
}

func (s *spy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.runs++
	s.request = r
	w.WriteHeader(http.StatusNoContent)
}

func ask(method, lines string) *http.Request {
	r := httptest.NewRequest(method, "/records/7", nil)
	for k, v := range fields(lines) {
		r.Header[k] = v
	}
	return r
}

func serve(h http.Handler, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// whole is all of a response: status, header fields in order, body.
func whole(resp *http.Response) string {
	var b strings.Builder
	fmt.Fprintln(&b, resp.StatusCode)
	h := resp.Header.Clone()
	h.Del("Date")
	_ = h.WriteSubset(&b, nil)
	body, _ := io.ReadAll(resp.Body)
	return strings.ReplaceAll(b.String(), "\r\n", "\n") + string(body)
}

func slug(resp *http.Response) string {
	var document struct{ Type string }
	_ = stdjson.NewDecoder(resp.Body).Decode(&document)
	return strings.TrimPrefix(document.Type, "/problems/")
}

// The whole answer, and that the handler has not run.
func TestGuardResponses(t *testing.T) {
	stale := etag.State{Tag: etag.Version(7), Modified: changed, Header: http.Header{
		"Cache-Control":    {"private, max-age=60"},
		"Expires":          {"Sun, 06 Nov 1994 09:49:37 GMT"},
		"Content-Location": {"/records/7.json"},
		"Vary":             {"Accept-Language"},
		"Content-Type":     {"application/json"},
		"X-Other":          {"x"},
	}}
	const conflict = `{"type":"/problems/record-changed","title":"Record changed","status":%d,"detail":"The record is no longer as it was when it was read. Read it again. If it does not have your change yet, repeat the change with the record's current entity tag in If-Match."%s}`
	const failed = `{"type":"/problems/precondition-failed","title":"Precondition failed","status":412,"detail":"%s","currentETag":"\"7\""}`
	const documentHeader = "Cache-Control: no-store\nContent-Length: %d\nContent-Type: application/problem+json\n%sX-Content-Type-Options: nosniff\n"
	document := func(status int, etagLine, body string) string {
		return fmt.Sprintf("%d\n"+documentHeader+"%s", status, len(body), etagLine, body)
	}
	const current = `,"currentETag":"\"7\""`
	acme := `7.t` + digest("acme") + `.r` + digest(json)
	for _, row := range []struct {
		name    string
		layers  layers
		state   etag.State
		options *etag.Options
		method  string
		fields  string
		want    string
	}{
		{"304 by tag", layers{}, etag.State{Tag: etag.Version(7)}, nil, "GET", `If-None-Match: "7"`, "304\nEtag: \"7\"\n"},
		{"304 by tag on HEAD", layers{}, etag.State{Tag: etag.Version(7)}, nil, "HEAD", `If-None-Match: "7"`, "304\nEtag: \"7\"\n"},
		{"304 by date, with a tag", layers{}, both, nil, "GET", "If-Modified-Since: " + same, "304\nEtag: \"v1\"\n"},
		{"304 by date, without", layers{}, dated, nil, "GET", "If-Modified-Since: " + same, "304\nLast-Modified: " + same + "\n"},
		{"304 with what a cache updates", layers{}, stale, nil, "GET", `If-None-Match: "7"`,
			"304\nCache-Control: private, max-age=60\nContent-Location: /records/7.json\nEtag: \"7\"\nExpires: Sun, 06 Nov 1994 09:49:37 GMT\nVary: Accept-Language\n"},
		{"304 for a tenant, by default", of("acme").offering(json), etag.State{Tag: etag.Version(7)}, nil, "GET", `If-None-Match: "` + acme + `"`,
			"304\nCache-Control: private, no-cache\nEtag: \"" + acme + "\"\nVary: X-Raet-Tenant-Id, Accept, Authorization\n"},
		{"304 for a tenant, as the 200 has it", of("acme").offering(json), stale, nil, "GET", `If-None-Match: "` + acme + `"`,
			"304\nCache-Control: private, max-age=60\nContent-Location: /records/7.json\nEtag: \"" + acme + "\"\nExpires: Sun, 06 Nov 1994 09:49:37 GMT\nVary: Accept-Language, X-Raet-Tenant-Id, Accept, Authorization\n"},

		{"409 by tag", layers{}, etag.State{Tag: etag.Version(7)}, nil, "PUT", `If-Match: "6"`,
			document(409, "Etag: \"7\"\n", fmt.Sprintf(conflict, 409, current))},
		{"409 by date", layers{}, dated, nil, "DELETE", "If-Unmodified-Since: " + before,
			document(409, "", fmt.Sprintf(conflict, 409, ""))},
		{"409 by date, with a tag", layers{}, etag.State{Tag: etag.Version(7), Modified: changed}, nil, "PATCH", "If-Unmodified-Since: " + before,
			document(409, "Etag: \"7\"\n", fmt.Sprintf(conflict, 409, current))},
		{"409 for what is not there", layers{}, absent, nil, "PUT", `If-Match: *`,
			document(409, "", fmt.Sprintf(conflict, 409, ""))},
		{"409 for a tenant", of("acme"), etag.State{Tag: etag.Version(7)}, nil, "PUT", `If-Match: "7"`,
			document(409, "Etag: \"7.t"+digest("acme")+"\"\nVary: X-Raet-Tenant-Id, Authorization\n", fmt.Sprintf(conflict, 409, `,"currentETag":"\"7.t`+digest("acme")+`\""`))},
		{"304 for a tenant by date", of("acme"), etag.State{Tag: etag.Version(7), Modified: changed}, nil, "GET", "If-Modified-Since: " + same,
			"304\nCache-Control: private, no-cache\nEtag: \"7.t" + digest("acme") + "\"\nVary: X-Raet-Tenant-Id, Authorization\n"},
		{"409 for a tenant by date", of("acme"), etag.State{Tag: etag.Version(7), Modified: changed}, nil, "PUT", "If-Unmodified-Since: " + before,
			document(409, "Etag: \"7.t"+digest("acme")+"\"\nVary: X-Raet-Tenant-Id, Authorization\n", fmt.Sprintf(conflict, 409, `,"currentETag":"\"7.t`+digest("acme")+`\""`))},
		{"412 by option", layers{}, etag.State{Tag: etag.Version(7)}, &etag.Options{PreconditionFailed: true}, "PUT", `If-Match: "6"`,
			document(412, "Etag: \"7\"\n", fmt.Sprintf(conflict, 412, current))},
		{"409 by default", layers{}, etag.State{Tag: etag.Version(7)}, &etag.Options{}, "PUT", `If-Match: "6"`,
			document(409, "Etag: \"7\"\n", fmt.Sprintf(conflict, 409, current))},

		{"412 for If-None-Match", layers{}, etag.State{Tag: etag.Version(7)}, nil, "PUT", `If-None-Match: *`,
			document(412, "Etag: \"7\"\n", fmt.Sprintf(failed, "If-None-Match rules out what is there now."))},
		{"412 for If-Match on GET", layers{}, etag.State{Tag: etag.Version(7)}, nil, "GET", `If-Match: "6"`,
			document(412, "Etag: \"7\"\n", fmt.Sprintf(failed, "If-Match does not name what is there now."))},
		{"412 for If-Unmodified-Since on GET", layers{}, etag.State{Tag: etag.Version(7), Modified: changed}, nil, "GET", `If-Unmodified-Since: ` + before,
			document(412, "Etag: \"7\"\n", fmt.Sprintf(failed, "The resource has changed since the date in If-Unmodified-Since."))},

		{"428", layers{}, etag.State{Tag: etag.Version(7)}, &etag.Options{Required: true}, "PUT", "",
			document(428, "", `{"type":"/problems/precondition-required","title":"Precondition required","status":428,"detail":"Read the record, and repeat the request with its entity tag in If-Match; to create one that does not exist yet, send If-None-Match: *."}`)},
	} {
		var handler spy
		h := row.layers.around(etag.Guard(always(row.state), row.options)(&handler))
		if got := whole(serve(h, ask(row.method, row.fields))); got != row.want {
			t.Errorf("%s:\n%s\nwant\n%s", row.name, got, row.want)
		}
		if handler.runs != 0 {
			t.Errorf("%s: the handler ran", row.name)
		}
	}
}

// A 304 keeps what an outer layer says about caches and connections, and nothing
// that it says about a content.
func TestGuard304BelowOthers(t *testing.T) {
	s := both
	s.Header = http.Header{"Vary": {"Accept-Language"}}
	guard := etag.Guard(always(s), nil)(&spy{})
	outer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		for k, v := range map[string]string{
			"Cache-Control": "max-age=5", "Vary": "Origin", "Access-Control-Allow-Origin": "*",
			"Content-Type": "application/json", "Content-Language": "nl", "Content-Length": "7", "Last-Modified": before,
			"Content-Encoding": "gzip", "Accept-Ranges": "bytes", "Etag": `"other"`,
			"Content-Range": "bytes 0-6/7", "Content-Disposition": "inline", "Content-Md5": "x", "Digest": "x",
			"Content-Digest": "x", "Repr-Digest": "x", "Trailer": "X-Sum",
		} {
			h.Set(k, v)
		}
		guard.ServeHTTP(w, r)
	})
	want := "304\nAccess-Control-Allow-Origin: *\nCache-Control: max-age=5\nEtag: \"v1\"\nVary: Origin\nVary: Accept-Language\n"
	if got := whole(serve(outer, ask("GET", `If-None-Match: "v1"`))); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// What has no validator has none in its 304.
func TestGuard304WithoutValidator(t *testing.T) {
	if got := whole(serve(etag.Guard(always(bare), nil)(&spy{}), ask("GET", "If-None-Match: *"))); got != "304\n" {
		t.Errorf("%s", got)
	}
}

// And what has no tag gets none of the tenant's.
func TestGuardOfATenantWithoutTag(t *testing.T) {
	resp := serve(of("acme").around(etag.Guard(always(dated), nil)(&spy{})), ask("GET", "If-Modified-Since: "+same))
	want := "304\nCache-Control: private, no-cache\nLast-Modified: " + same + "\nVary: X-Raet-Tenant-Id, Authorization\n"
	if got := whole(resp); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// What the handler gets is a copy where it has to differ.
func TestGuardLeavesTheRequest(t *testing.T) {
	h := layers{}.around(handler(func(w http.ResponseWriter, r *http.Request) {
		etag.Guard(always(both), nil)(&spy{}).ServeHTTP(w, r)
		if got := r.Header.Get("If-Match"); got != `"v1"` {
			t.Errorf("If-Match is %q after the guard", got)
		}
	}))
	serve(h, ask("GET", `If-Match: "v1"`))
}

// A shared State must not be reachable through a response.
func TestGuard304CopiesHeader(t *testing.T) {
	s := etag.State{Tag: etag.Version(7), Header: http.Header{"Cache-Control": {"private"}, "Vary": {"Origin"}}}
	h := etag.Guard(always(s), nil)(&spy{})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, ask("GET", "If-None-Match: *"))
	for _, v := range w.Header() {
		v[0] = "changed"
	}
	if got := s.Header; got.Get("Cache-Control") != "private" || got.Get("Vary") != "Origin" {
		t.Errorf("the state's header became %v", got)
	}
}

// Who passes If-Match on an unsafe method (law 4 of the design).
func TestGuardIfMatch(t *testing.T) {
	const (
		yes = 204
		no  = 409
	)
	acme, other := ".t"+digest("acme"), ".t"+digest("other")
	asJSON, asOctets := ".r"+digest(json), ".r"+digest(octets)
	bytes := etag.Of([]byte("x"))
	for _, row := range []struct {
		name            string
		layers          layers
		tag             etag.Tag
		field           string
		lenient, strict int
	}{
		{"the tag", layers{}, etag.Version(7), `"7"`, yes, yes},
		{"another version", layers{}, etag.Version(7), `"8"`, no, no},
		{"a longer one", layers{}, etag.Version(7), `"77"`, no, no},
		{"weakened by nginx", layers{}, etag.Version(7), `W/"7"`, yes, no},
		{"marked by Apache", layers{}, etag.Version(7), `"7-gzip"`, yes, no},
		{"both", layers{}, etag.Version(7), `W/"7-gzip"`, yes, no},
		{"marked by Apache as Brotli", layers{}, etag.Version(7), `"7-br"`, yes, no},
		{"marked by Caddy", layers{}, etag.Version(7), `"7-zstd"`, yes, no},
		{"twice", layers{}, etag.Version(7), `"7-gzip-gzip"`, no, no},
		{"with two marks", layers{}, etag.Version(7), `"7-gzip-br"`, no, no},
		{"another mark", layers{}, etag.Version(7), `"7-zip"`, no, no},
		{"in a list", layers{}, etag.Version(7), `"6", W/"7" , "8"`, yes, no},
		{"bad neighbours", layers{}, etag.Version(7), `7, "6" "5", W/"7"`, yes, no},
		{"within quotes", layers{}, etag.Version(7), `"6,"7",8", "9"`, no, no},
		{"any", layers{}, etag.Version(7), `*`, yes, yes},
		{"a name", layers{}, etag.Strong("x"), `W/"x"`, yes, no},
		{"a name that ends as Apache's", layers{}, etag.Strong("x-gzip"), `"x-gzip."`, yes, yes},
		{"and is another's", layers{}, etag.Strong("x"), `"x-gzip."`, no, no},
		{"a name that ends as Brotli's", layers{}, etag.Strong("x-br"), `"x-br"`, no, no},

		{"issued weak", layers{}, etag.Weak("x"), `W/"x"`, no, no},
		{"issued weak, sent strong", layers{}, etag.Weak("x"), `"x"`, no, no},
		{"issued weak, any", layers{}, etag.Weak("x"), `*`, yes, yes},

		{"bytes", layers{}, bytes, bytes.String(), yes, yes},
		{"bytes, weakened", layers{}, bytes, "W/" + bytes.String(), no, no},
		{"bytes, marked", layers{}, bytes, strings.TrimSuffix(bytes.String(), `"`) + `-gzip"`, no, no},
		{"bytes, as a variant", of("acme").offering(json), bytes, strings.TrimSuffix(bytes.String(), `"`) + asJSON + `"`, no, no},
		{"bytes of a tenant", of("acme").offering(json), bytes, bytes.String(), yes, yes},

		{"a tenant's", of("acme"), etag.Version(7), `"7` + acme + `"`, yes, yes},
		{"another tenant's", of("acme"), etag.Version(7), `"7` + other + `"`, no, no},
		{"no tenant's", of("acme"), etag.Version(7), `"7"`, no, no},
		{"a tenant's where there is none", layers{}, etag.Version(7), `"7` + acme + `"`, no, no},
		{"a tenant's, weakened", of("acme"), etag.Version(7), `W/"7` + acme + `"`, yes, no},
		{"read as JSON, written as JSON", of("acme").offering(json), etag.Version(7), `"7` + acme + asJSON + `"`, yes, yes},
		{"read as octets, written as JSON", of("acme").offering(json), etag.Version(7), `"7` + acme + asOctets + `"`, yes, yes},
		{"read as JSON, written on a route with one", of("acme"), etag.Version(7), `"7` + acme + asJSON + `"`, yes, yes},
		{"read on a route with one, written as JSON", of("acme").offering(json), etag.Version(7), `"7` + acme + `"`, yes, yes},
		{"read as JSON, compressed by Apache", of("acme"), etag.Version(7), `"7` + acme + asJSON + `-gzip"`, yes, no},
		{"another version as JSON", of("acme"), etag.Version(7), `"8` + acme + asJSON + `"`, no, no},
		{"another tenant's as JSON", of("acme"), etag.Version(7), `"7` + other + asJSON + `"`, no, no},
		{"qualifiers in the wrong order", of("acme"), etag.Version(7), `"7` + asJSON + acme + `"`, no, no},
		{"two representations", of("acme"), etag.Version(7), `"7` + acme + asJSON + asJSON + `"`, no, no},
		{"a digest in capitals", layers{}, etag.Version(7), `"7` + strings.ToUpper(asJSON) + `"`, no, no},
		{"a variant of the handler's", of("acme"), etag.Version(7).WithVariant("en"), `"7` + acme + asJSON + `"`, yes, yes},
	} {
		for strict, want := range map[bool]int{false: row.lenient, true: row.strict} {
			for _, method := range []string{"PUT", "PATCH", "DELETE", "POST"} {
				var handler spy
				h := row.layers.around(etag.Guard(always(etag.State{Tag: row.tag}), &etag.Options{Strict: strict})(&handler))
				if got := serve(h, ask(method, "If-Match: "+row.field)).StatusCode; got != want || handler.runs != boolean(want == yes) {
					t.Errorf("%s: %s with If-Match: %s on %v, strict %t: %d, want %d; the handler ran %d times", row.name, method, row.field, row.tag, strict, got, want, handler.runs)
				}
			}
		}
		// On GET the whole tag counts.
		h := row.layers.around(etag.Guard(always(etag.State{Tag: row.tag}), nil)(&spy{}))
		want := 412
		if row.field == "*" || row.field == row.layers.wire(row.tag) && !isWeak(row.tag) {
			want = 204
		}
		if got := serve(h, ask("GET", "If-Match: "+row.field)).StatusCode; got != want {
			t.Errorf("%s: GET with If-Match: %s on %v: %d, want %d", row.name, row.field, row.tag, got, want)
		}
	}
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// The other conditions compare the whole tag: no client gets a 304 for another
// tenant's representation, or for another one.
func TestGuardIfNoneMatch(t *testing.T) {
	wire := map[string]string{}
	rooms := map[string]layers{
		"plain": {}, "acme": of("acme"), "other": of("other"),
		"acme as JSON": of("acme").offering(json), "acme as octets": of("acme").offering(octets), "other as JSON": of("other").offering(json),
	}
	for name, l := range rooms {
		wire[name] = l.wire(etag.Version(7))
	}
	for name, l := range rooms {
		for sent, tag := range wire {
			for method, status := range map[string]int{"GET": 304, "HEAD": 304, "PUT": 412} {
				want := 204
				if sent == name {
					want = status
				}
				h := l.around(etag.Guard(always(etag.State{Tag: etag.Version(7)}), nil)(&spy{}))
				if got := serve(h, ask(method, "If-None-Match: "+tag)).StatusCode; got != want {
					t.Errorf("%s with the tag of %s for %s: %d, want %d", method, sent, name, got, want)
				}
			}
		}
	}
}

func TestGuardRequired(t *testing.T) {
	const pass = 204
	for _, row := range []struct {
		method, fields string
		state          etag.State
		want           int
	}{
		{"PUT", "", tagged, 428},
		{"PATCH", "", tagged, 428},
		{"DELETE", "", tagged, 428},
		{"POST", "", tagged, 428},
		{"PROPPATCH", "", tagged, 428},
		{"GET", "", tagged, pass},
		{"HEAD", "", tagged, pass},
		{"OPTIONS", "", tagged, pass},
		{"TRACE", "", tagged, pass},
		{"PUT", `If-Match: "v1"`, tagged, pass},
		{"PUT", `If-Match: *`, tagged, pass},
		{"PUT", `If-Match: *`, dated, pass},
		{"PUT", `If-Match: "v0"`, tagged, 409},
		{"PUT", `If-None-Match: "x"`, tagged, 428},
		{"PUT", `If-None-Match: *`, tagged, 412},
		{"PUT", `If-None-Match: *`, absent, pass},
		{"PUT", `If-None-Match: "x"`, absent, 428},
		{"PUT", ``, absent, 428},
		{"PUT", `If-Match: *`, absent, 409},
		{"PUT", "If-Unmodified-Since: " + same, dated, pass},
		{"PUT", "If-Unmodified-Since: " + before, dated, 409},
		{"PUT", "If-Unmodified-Since: yesterday", dated, 428},
		{"PUT", "If-Unmodified-Since: " + same + "|If-Unmodified-Since: " + same, dated, 428},
		{"PUT", "If-Unmodified-Since: " + same, both, 428},
		{"PUT", "If-Unmodified-Since: " + same, tagged, 428},
		{"PUT", "If-Unmodified-Since: " + same, absent, 428},
		{"PUT", "If-Modified-Since: " + same, dated, 428},
	} {
		var handler spy
		h := etag.Guard(always(row.state), &etag.Options{Required: true})(&handler)
		resp := serve(h, ask(row.method, row.fields))
		if resp.StatusCode != row.want || handler.runs != boolean(row.want == pass) {
			t.Errorf("%s with %s on %+v: %d, want %d; the handler ran %d times", row.method, row.fields, row.state, resp.StatusCode, row.want, handler.runs)
		}
		if row.want == 428 {
			if got := slug(resp); got != "precondition-required" {
				t.Errorf("type %q", got)
			}
			if resp.Header.Get("ETag") != "" {
				t.Error("a 428 tells the tag, which invites to send it back unread")
			}
		}
	}
}

// What is not there for the client is answered as it is, whatever the conditions
// (RFC 9110 §13.2.1).
func TestGuardError(t *testing.T) {
	errs := map[error]int{
		problem.NotFound(errors.New("no rows")):                                       404,
		fmt.Errorf("store: %w", problem.Unavailable(time.Second, errors.New("gone"))): 503,
		errors.New("boom"): 500,
	}
	for err, want := range errs {
		plain := ""
		for _, method := range []string{"GET", "PUT", "DELETE"} {
			for _, lines := range []string{"", "If-Match: *", `If-Match: "7"`, "If-None-Match: *", "If-Unmodified-Since: " + before, "If-Modified-Since: " + same} {
				var handler spy
				h := etag.Guard(func(*http.Request) (etag.State, error) { return both, err }, &etag.Options{Required: true})(&handler)
				resp := serve(h, ask(method, lines))
				if resp.StatusCode != want || handler.runs != 0 {
					t.Errorf("%s with %q and %v: %d, want %d", method, lines, err, resp.StatusCode, want)
				}
				got := whole(resp)
				if plain == "" {
					plain = got
				}
				if got != plain || strings.Contains(got, "Etag") {
					t.Errorf("%s with %q: %s\nwant %s", method, lines, got, plain)
				}
			}
		}
	}
}

// A nil *problem.Error is no error.
func TestGuardNilError(t *testing.T) {
	var handler spy
	h := etag.Guard(func(*http.Request) (etag.State, error) {
		var none *problem.Error
		return both, none
	}, nil)(&handler)
	if resp := serve(h, ask("PUT", `If-Match: "8"`)); resp.StatusCode != 409 || handler.runs != 0 {
		t.Errorf("%d", resp.StatusCode)
	}
	if resp := serve(h, ask("PUT", "If-Match: *")); resp.StatusCode != 204 || handler.runs != 1 {
		t.Errorf("%d", resp.StatusCode)
	}
}

// The function is asked once, with the request that the handler gets, and not
// for methods that conditions do not apply to.
func TestGuardAsks(t *testing.T) {
	for method, want := range map[string]int{"GET": 1, "HEAD": 1, "PUT": 1, "QUERY": 1, "OPTIONS": 0, "TRACE": 0, "CONNECT": 0} {
		asked := 0
		var handler spy
		h := etag.Guard(func(r *http.Request) (etag.State, error) {
			asked++
			return tagged, nil
		}, &etag.Options{Required: false})(&handler)
		serve(h, ask(method, ""))
		if asked != want || handler.runs != 1 {
			t.Errorf("%s: asked %d times, the handler ran %d times", method, asked, handler.runs)
		}
	}
}

// What was compared is in the context, as the function returned it.
func TestFromContext(t *testing.T) {
	want := func(name string, r *http.Request, s etag.State, ok bool) {
		t.Helper()
		got, found := etag.FromContext(r.Context())
		if !reflect.DeepEqual(got, s) || found != ok {
			t.Errorf("%s: %+v, %t, want %+v", name, got, found, s)
		}
	}
	want("no Guard", ask("GET", ""), etag.State{}, false)
	var alone spy
	serve(of("acme").around(&alone), ask("GET", ""))
	want("layers without a Guard", alone.request, etag.State{}, false)

	s := etag.State{Tag: etag.Version(7), Modified: changed, Header: http.Header{"Cache-Control": {"private"}}}
	for _, method := range []string{"GET", "PUT", "QUERY"} {
		var handler spy
		serve(of("acme").offering(json).around(etag.Guard(always(s), nil)(&handler)), ask(method, "If-Match: *"))
		want(method, handler.request, s, true)
	}
	for _, method := range []string{"OPTIONS", "TRACE"} {
		var handler spy
		serve(etag.Guard(always(s), nil)(&handler), ask(method, ""))
		want(method, handler.request, etag.State{}, false)
	}
	var handler spy
	serve(etag.Guard(always(absent), nil)(&handler), ask("PUT", ""))
	want("what is not there yet", handler.request, absent, true)
	serve(etag.Guard(always(tagged), nil)(etag.Guard(always(dated), nil)(&handler)), ask("PUT", ""))
	want("two guards: the inner one counts", handler.request, dated, true)
	serve(etag.Guard(func(r *http.Request) (etag.State, error) {
		want("the guard's own function", r, etag.State{}, false)
		return tagged, nil
	}, nil)(&handler), ask("PUT", ""))

	r := ask("PUT", "")
	want("a handler's test", r.WithContext(etag.NewContext(r.Context(), s)), s, true)
	within := etag.NewContext(handler.request.Context(), s)
	want("and within a request", handler.request.WithContext(within), s, true)
	want("which keeps its own", handler.request, tagged, true)
}

// What http.ServeContent is given to evaluate again.
func TestGuardHandsOn(t *testing.T) {
	for _, row := range []struct {
		name, method, in, out string
		state                 etag.State
	}{
		{"nothing", "GET", "", "", both},
		{"If-Match", "GET", `If-Match: "v1"`, "", both},
		{"If-Match on HEAD", "HEAD", `If-Match: "v0"|If-Match: "v1"`, "", both},
		{"If-Match on PUT", "PUT", `If-Match: "v0"|If-Match: "v1"`, `If-Match: "v0"|If-Match: "v1"`, both},
		{"If-Unmodified-Since", "GET", "If-Unmodified-Since: " + same, "", both},
		{"a void If-Unmodified-Since", "GET", "If-Unmodified-Since: x", "", both},
		{"both", "GET", `If-Match: "v1"|If-Unmodified-Since: ` + before, "", both},
		{"If-None-Match", "GET", `If-None-Match: "v0"`, `If-None-Match: "v0"`, both},
		{"a list", "GET", `If-None-Match: "v0", W/"v2"`, `If-None-Match: "v0", W/"v2"`, both},
		{"two lines", "GET", `If-None-Match: "v0"|If-None-Match: "v2"`, "", both},
		{"two lines and a date", "GET", `If-None-Match: "v0"|If-None-Match: "v2"|If-Modified-Since: ` + same, "", both},
		{"an empty line and a date", "GET", `If-None-Match: |If-Modified-Since: ` + same, "", both},
		{"a line and a date", "GET", `If-None-Match: "v0"|If-Modified-Since: ` + same, `If-None-Match: "v0"|If-Modified-Since: ` + same, both},
		{"no commas", "GET", `If-None-Match: "v0" "v1"`, "", both},
		{"a star too many", "GET", `If-None-Match: **`, "", both},
		{"a star in a list", "GET", `If-None-Match: "v0", *`, "", both},
		{"no tag", "GET", `If-None-Match: v0, "v2"`, "", both},
		{"a star where nothing was", "GET", `If-None-Match: *`, "", absent},
		{"the empty tag", "GET", `If-None-Match: ""`, `If-None-Match: ""`, both},
		{"something before a tag", "GET", `If-None-Match: ~"v0"`, "", both},
		{"what holds goes alone", "GET", `If-Match: "v1"|If-None-Match: "v0"|If-Modified-Since: ` + before, `If-None-Match: "v0"|If-Modified-Since: ` + before, both},
		{"what is misread goes alone", "GET", `If-None-Match: "v0" "v2"|If-Unmodified-Since: ` + same, "If-Unmodified-Since: " + same, tagged},
		{"a date", "GET", `If-Modified-Since: ` + before, `If-Modified-Since: ` + before, both},
		{"two dates", "GET", `If-Modified-Since: ` + same + `|If-Modified-Since: ` + same, "", both},
		{"a lax date", "GET", `If-Modified-Since: sun, 06 nov 1994 08:49:37 GMT`, "", both},
		{"white space around a date", "GET", "If-Modified-Since:  " + before + "\t", "If-Modified-Since: " + before, both},
		{"and around one that it cannot compare", "GET", "If-Unmodified-Since: \t" + same + " ", "If-Unmodified-Since: " + same, tagged},
		{"around a list", "GET", `If-None-Match:  "v0", "v2" `, `If-None-Match: "v0", "v2"`, both},
		{"around a range", "GET", "Range:  bytes=1-2\t", "Range: bytes=1-2", both},
		{"around If-Range", "GET", `Range: bytes=1-2|If-Range:  "v0" `, `Range: bytes=1-2|If-Range: "v0"`, both},
		{"around a date in If-Range", "GET", "Range: bytes=1-2|If-Range: " + same + "\t", "Range: bytes=1-2|If-Range: " + same, dated},
		{"QUERY has none of them", "QUERY", `If-Match: *|If-None-Match: "v0"|If-Modified-Since: ` + before + `|If-Unmodified-Since: ` + same + `|Range: bytes=1-2|If-Range: "v1"`, "", both},
		{"QUERY without any", "QUERY", "", "", both},
		{"PUT keeps all", "PUT", `If-None-Match: v0|If-Modified-Since: x|Range: x|Range: y`, `If-None-Match: v0|If-Modified-Since: x|Range: x|Range: y`, both},

		{"a range", "GET", "Range: bytes=1-2", "Range: bytes=1-2", both},
		{"a range of another unit", "GET", "Range: rows=1-2", "", both},
		{"ranges", "GET", "Range: bytes=0-0 , ,5-,-7,\t007-7", "Range: bytes=0-0 , ,5-,-7,\t007-7", both},
		{"63 bits", "GET", "Range: bytes=0-9223372036854775807", "Range: bytes=0-9223372036854775807", both},
		{"64 bits", "GET", "Range: bytes=0-9223372036854775808", "", both},
		{"20 digits", "GET", "Range: bytes=0-00000000000000000001", "", both},
		{"a range without a unit", "GET", "Range: 1-2", "", both},
		{"a range of three digits behind two", "GET", "Range: bytes=99-100", "Range: bytes=99-100", both},
		{"a suffix of one byte", "GET", "Range: bytes=-1", "Range: bytes=-1", both},
		{"a suffix of no length", "GET", "Range: bytes=-0", "", both},
		{"a suffix of no length among others", "GET", "Range: bytes=0-1,-00", "", both},
		{"a range that ends before it begins", "GET", "Range: bytes=5-3", "", both},
		{"a range that is none", "GET", "Range: bytes=5", "", both},
		{"a range that is none", "GET", "Range: bytes=-", "", both},
		{"a range that is none", "GET", "Range: bytes=--5", "", both},
		{"a range that is none", "GET", "Range: bytes=+1-3", "", both},
		{"a range that is none", "GET", "Range: bytes=0 - 3", "", both},
		{"a range that is none", "GET", "Range: bytes=0-x", "", both},
		{"a range that is none", "GET", "Range: bytes=0-:", "", both},
		{"no range", "GET", "Range: bytes=", "", both},
		{"no range", "GET", "Range: bytes=, ,", "", both},
		{"a date that the state cannot compare", "GET", "Range: bytes=1-2|If-Unmodified-Since: " + same, "Range: bytes=1-2|If-Unmodified-Since: " + same, etag.State{Tag: etag.Strong("v1")}},
		{"a void date that it cannot compare", "GET", "If-Unmodified-Since: x", "", etag.State{Tag: etag.Strong("v1")}},
		{"a leap second, which ServeContent does not know", "GET", "If-Modified-Since: Sat, 31 Dec 1960 23:59:60 GMT", "", both},
		{"a range on HEAD", "HEAD", "Range: bytes=1-2", "", both},
		{"two ranges", "GET", "Range: bytes=1-2|Range: bytes=3-4", "", both},
		{"If-Range", "GET", `Range: bytes=1-2|If-Range: "v0"`, `Range: bytes=1-2|If-Range: "v0"`, both},
		{"two If-Range", "GET", `Range: bytes=1-2|If-Range: "v1"|If-Range: "v0"`, "", both},
		{"a list in If-Range", "GET", `Range: bytes=1-2|If-Range: "v1", "v0"`, "", both},
		{"an empty If-Range", "GET", `Range: bytes=1-2|If-Range: `, "", both},
		{"a date in If-Range, and a tag", "GET", `Range: bytes=1-2|If-Range: ` + same, "", both},
		{"a date in If-Range", "GET", `Range: bytes=1-2|If-Range: ` + same, `Range: bytes=1-2|If-Range: ` + same, dated},
		{"no date in If-Range", "GET", `Range: bytes=1-2|If-Range: x`, "", dated},
		{"If-Match becomes If-Range", "GET", `Range: bytes=1-2|If-Match: "v0"|If-Match: "v1"`, `Range: bytes=1-2|If-Range: "v1"`, both},
		{"If-Unmodified-Since does", "GET", `Range: bytes=1-2|If-Unmodified-Since: ` + after, `Range: bytes=1-2|If-Range: "v1"`, both},
		{"and by the date where there is no tag", "GET", `Range: bytes=1-2|If-Unmodified-Since: ` + after, `Range: bytes=1-2|If-Range: ` + same, dated},
		{"or only a weak one", "GET", `Range: bytes=1-2|If-Unmodified-Since: ` + after, `Range: bytes=1-2|If-Range: ` + same, etag.State{Tag: etag.Weak("v1"), Modified: changed}},
		{"a void one does not", "GET", `Range: bytes=1-2|If-Unmodified-Since: x`, `Range: bytes=1-2`, both},
		{"any does not", "GET", `Range: bytes=1-2|If-Match: *`, `Range: bytes=1-2`, both},
		{"the client's own stays", "GET", `Range: bytes=1-2|If-Match: "v1"|If-Range: "v0"`, `Range: bytes=1-2|If-Range: "v0"`, both},
	} {
		var handler spy
		r := ask(row.method, row.in)
		r.Header.Set("Accept", "x")
		sent := r.Header.Clone()
		serve(etag.Guard(always(row.state), nil)(&handler), r)
		if handler.runs != 1 {
			t.Errorf("%s: the handler ran %d times", row.name, handler.runs)
			continue
		}
		want := fields(row.out)
		want.Set("Accept", "x")
		if got := handler.request.Header; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %s with %s: %v, want %v", row.name, row.method, row.in, got, want)
		}
		if !reflect.DeepEqual(r.Header, sent) {
			t.Errorf("%s: the caller's request became %v", row.name, r.Header)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, row := range []struct {
		name, method, fields string
		state                etag.State
		set                  http.Header // by the handler before
		want                 string
		done                 bool
	}{
		{"GET", "GET", "", both, nil, "200\nEtag: \"v1\"\nLast-Modified: " + same + "\n", false},
		{"HEAD", "HEAD", "", both, nil, "200\nEtag: \"v1\"\nLast-Modified: " + same + "\n", false},
		{"a date that is set", "GET", "", both, http.Header{"Last-Modified": {before}}, "200\nEtag: \"v1\"\nLast-Modified: " + before + "\n", false},
		{"no tag", "GET", "", dated, nil, "200\nLast-Modified: " + same + "\n", false},
		{"no date", "GET", "", tagged, nil, "200\nEtag: \"v1\"\n", false},
		{"304", "GET", `If-None-Match: "v1"`, both, http.Header{"Content-Type": {"x"}}, "304\nEtag: \"v1\"\n", true},
		{"a change is not tagged with what was", "PUT", `If-Match: "v1"`, both, nil, "200\n", false},
		{"OPTIONS", "OPTIONS", `If-Match: "v0"`, both, nil, "200\n", false},
	} {
		resp := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for k, v := range row.set {
				w.Header()[k] = v
			}
			if done := etag.Check(w, r, row.state, nil); done != row.done {
				t.Errorf("%s: done %t", row.name, done)
			}
		}), ask(row.method, row.fields))
		if got := whole(resp); got != row.want {
			t.Errorf("%s:\n%s\nwant\n%s", row.name, got, row.want)
		}
	}
	for failed, want := range map[bool]int{false: 409, true: 412} {
		resp := serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !etag.Check(w, r, tagged, &etag.Options{PreconditionFailed: failed, Required: true, Strict: true}) {
				t.Error("not done")
			}
		}), ask("PUT", `If-Match: W/"v1"`))
		if got := slug(resp); resp.StatusCode != want || got != "record-changed" {
			t.Errorf("PreconditionFailed %t: %d %s", failed, resp.StatusCode, got)
		}
	}
	serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if etag.Check(w, r, tagged, &etag.Options{Required: true}) {
			t.Error("OPTIONS needs no condition")
		}
	}), ask("OPTIONS", ""))
	// The request's layers count as with Guard.
	l := of("acme").offering(json)
	resp := serve(l.around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		etag.Check(w, r, etag.State{Tag: etag.Version(7)}, nil)
	})), ask("GET", ""))
	if got, want := resp.Header.Get("ETag"), l.wire(etag.Version(7)); got != want {
		t.Errorf("ETag %s, want %s", got, want)
	}
}

// A Check behind a Guard looks at the state that it is given: the record may
// have changed in between, or turn out to have the variant that the client has.
func TestCheckBehindGuard(t *testing.T) {
	en := etag.State{Tag: etag.Version(7).WithVariant("en")}
	for _, row := range []struct {
		name, method, fields string
		guard, check         etag.State
		want                 int
	}{
		{"both pass", "PUT", `If-Match: "v1"`, tagged, tagged, 204},
		{"changed in between", "PUT", `If-Match: "v1"`, tagged, etag.State{Tag: etag.Strong("v2")}, 409},
		{"both pass on GET", "GET", `If-Match: "v0", "v1"`, tagged, tagged, 204},
		{"created in between", "PUT", `If-None-Match: *`, absent, tagged, 412},
		{"the client has this variant", "GET", "If-None-Match: " + en.Tag.String(), etag.State{Tag: etag.Version(7)}, en, 304},
		{"it has neither", "GET", `If-None-Match: "6"`, etag.State{Tag: etag.Version(7)}, en, 204},
		{"it has two others", "GET", `If-None-Match: "5"|If-None-Match: "6"`, etag.State{Tag: etag.Version(7)}, en, 204},
	} {
		h := etag.Guard(always(row.guard), &etag.Options{Required: true})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !etag.Check(w, r, row.check, &etag.Options{Required: true}) {
				w.WriteHeader(204)
			}
		}))
		if got := serve(h, ask(row.method, row.fields)).StatusCode; got != row.want {
			t.Errorf("%s: %d, want %d", row.name, got, row.want)
		}
	}
}

func TestErrConflict(t *testing.T) {
	for _, err := range []error{
		etag.ErrConflict,
		fmt.Errorf("update: %w", etag.ErrConflict),
		errors.Join(errors.New("x"), etag.ErrConflict),
	} {
		if !errors.Is(err, etag.ErrConflict) {
			t.Errorf("%v is not ErrConflict", err)
		}
		h := etag.Guard(always(etag.State{Tag: etag.Version(7)}), nil)(problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return err }))
		resp := serve(h, ask("PUT", `If-Match: "7"`))
		if got := whole(resp); !strings.HasPrefix(got, "409\n") || !strings.Contains(got, `"/problems/record-changed"`) ||
			strings.Contains(got, "currentETag") || strings.Contains(got, "Etag") {
			t.Errorf("%v: %s", err, got)
		}
	}
	e := problem.From(etag.ErrConflict)
	e.Detail, e.Extensions = "changed", map[string]any{"x": 1}
	if problem.From(etag.ErrConflict).Detail == "changed" {
		t.Error("one answer's document is another's")
	}
}

func TestGuardPanics(t *testing.T) {
	for name, build := range map[string]func(){
		"nil function": func() { etag.Guard(nil, nil) },
		"no caller":    func() { etag.Guard(always(both), &etag.Options{KeyRequired: true}) },
		"limit":        func() { etag.Computed(&etag.ComputedOptions{Limit: -1}) },
	} {
		func() {
			defer func() {
				if v, ok := recover().(string); !ok || !strings.HasPrefix(v, "etag: ") {
					t.Errorf("%s: %v", name, v)
				}
			}()
			build()
		}()
	}
}

func TestOptionsAreCopied(t *testing.T) {
	o := &etag.Options{}
	h := etag.Guard(always(tagged), o)(&spy{})
	o.PreconditionFailed, o.Required, o.Strict = true, true, true
	if got := serve(h, ask("PUT", `If-Match: "v0"`)).StatusCode; got != 409 {
		t.Errorf("%d", got)
	}
	if got := serve(h, ask("PUT", ``)).StatusCode; got != 204 {
		t.Errorf("%d", got)
	}
}

// Guard takes a Header that is shared by requests; nobody writes to it.
func TestGuardConcurrent(t *testing.T) {
	s := etag.State{Tag: etag.Version(7), Header: http.Header{"Vary": slices.Grow([]string{"Origin"}, 4)}}
	h := of("acme").around(etag.Guard(always(s), nil)(&spy{}))
	done := make(chan bool)
	for range 8 {
		go func() {
			defer func() { done <- true }()
			for range 50 {
				serve(h, ask("GET", "If-None-Match: *"))
				serve(h, ask("GET", `If-Match: "7"|Range: bytes=0-0`))
			}
		}()
	}
	for range 8 {
		<-done
	}
}

// FuzzGuardIfMatch holds If-Match on unsafe methods against the words of the
// package documentation and of law 4, over random lists and tags.
func FuzzGuardIfMatch(f *testing.F) {
	acme, asJSON := ".t"+digest("acme"), ".r"+digest(json)
	for _, field := range []string{`"7"`, `W/"7"`, `"7-gzip"`, `"7-br"`, `"7` + acme + `"`, `"7` + acme + asJSON + `-gzip"`, `"x", "7` + asJSON + `"`, `*`, `"7.h"`, `"7.h-gzip"`, `"7`, "\"6\"\n\"7\""} {
		for _, opaque := range []string{"7", "7.h", "", "7-gzip", "7-zstd", "7.t0123456789abcdef", "7."} {
			f.Add(opaque, field, true, true, false)
			f.Add(opaque, field, false, false, true)
		}
	}
	f.Fuzz(func(t *testing.T, opaque, field string, tenant, negotiated, strict bool) {
		var l layers
		if tenant {
			l = of("acme")
		}
		if negotiated {
			l = l.offering(octets)
		}
		for _, tag := range []etag.Tag{etag.Strong(opaque), etag.Weak(opaque), etag.Of([]byte(opaque))} {
			for _, field := range []string{field, strings.ReplaceAll(field, `"7`, strings.TrimSuffix(tag.String(), `"`))} {
				h := http.Header{im: strings.Split(field, "\n")}
				r := ask("PUT", "")
				r.Header = h
				got := serve(l.around(etag.Guard(always(etag.State{Tag: tag}), &etag.Options{Strict: strict})(&spy{})), r).StatusCode == 204
				want := isStar(h[im]) || anyTag(h[im], func(sent etag.Tag) bool { return sameVersion(t, parse(t, l.wire(tag)), sent, strict) })
				if got != want {
					t.Fatalf("If-Match: %q on %v of %+v, strict %t: %t, want %t", h[im], tag, l, strict, got, want)
				}
			}
		}
	})
}

func sameVersion(t *testing.T, ours, theirs etag.Tag, strict bool) bool {
	if isWeak(ours) {
		return false
	}
	if strings.HasSuffix(ours.String(), `.h"`) {
		return ours.StrongMatch(theirs)
	}
	s := theirs.String()
	if !strict {
		s = strings.TrimPrefix(s, "W/")
		s = codedEnd.ReplaceAllString(s, `"`)
	}
	return withoutVariant(s) == withoutVariant(ours.String())
}

func withoutVariant(s string) string {
	return variantEnd.ReplaceAllString(strings.TrimSuffix(s, `"`), "")
}
