package etag_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/problem"
)

// vault is a store in memory whose transactions are a lock. Its changes are what a
// service's table of changes has.
type vault struct {
	mu      sync.Mutex
	records map[string]record
	changes map[string]row
	made    int // records, for their ids

	beforeCommit func(r *http.Request) // before the transaction, if set
}

type record struct {
	version int64
	value   string
}

type row struct {
	etag.Change
	id string // of the record
}

var (
	errAbsent = errors.New("no such record")
	errStale  = errors.New("zero rows")
	errTaken  = errors.New("the key is there already")
)

func newVault() *vault {
	return &vault{records: map[string]record{"a": {7, "seven"}, "b": {1, "one"}}, changes: map[string]row{}}
}

// current is the guards' function.
func (v *vault) current(r *http.Request) (etag.State, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var s etag.State
	if made, ok := v.changes[etag.Key(r.Context())]; ok {
		s.Made = &made.Change
	}
	now, ok := v.records[name(r)]
	switch {
	case ok:
		s.Tag = etag.Version(now.version)
	case r.Method == "PUT" || s.Made != nil:
		s.Absent = true
	default:
		return s, problem.NotFound(errAbsent)
	}
	return s, nil
}

func name(r *http.Request) string { return r.PathValue("tenant") + r.PathValue("id") }

// write is the transaction. seen is 0 for a record that is not there.
func (v *vault) write(r *http.Request, seen int64, value *string, fingerprint string) (now int64, err error) {
	if v.beforeCommit != nil {
		v.beforeCommit(r)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	key, id := etag.Key(r.Context()), name(r)
	if _, ok := v.changes[key]; ok && key != "" {
		return 0, errTaken // INSERT … ON CONFLICT DO NOTHING
	}
	if v.records[id].version != seen {
		return 0, errStale // UPDATE … WHERE version = seen
	}
	change := etag.Change{Key: key, Fingerprint: fingerprint}
	if value == nil {
		delete(v.records, id)
	} else {
		now = seen + 1
		v.records[id] = record{now, *value}
		change.Tag = etag.Version(now)
	}
	if key != "" {
		v.changes[key] = row{change, id}
	}
	return now, nil
}

var keyed = &etag.Options{Caller: func(r *http.Request) string { return r.Header.Get("X-Caller") }}

// change is the handler of PUT, PATCH and DELETE.
func (v *vault) change(w http.ResponseWriter, r *http.Request) error {
	var value *string
	if r.Method != "DELETE" {
		content, err := io.ReadAll(r.Body)
		if err != nil || string(content) == "broken" {
			return problem.Wrap(http.StatusBadRequest, err)
		}
		text := string(content)
		value = &text
	}
	fingerprint, err := etag.Fingerprint(r.Context())
	if err != nil {
		return err
	}
	state, _ := etag.FromContext(r.Context())
	seen, _ := state.Tag.Version()
	now, err := v.write(r, seen, value, fingerprint)
	if err != nil { // lost against another request, or against a twin
		state, failed := v.current(r)
		switch {
		case failed != nil:
			return failed
		case etag.Check(w, r, state, keyed):
			return nil
		}
		return errors.Join(etag.ErrConflict, err)
	}
	if value != nil {
		etag.Set(w, r, etag.Version(now))
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// create is the handler of POST.
func (v *vault) create(w http.ResponseWriter, r *http.Request) error {
	content, err := io.ReadAll(r.Body)
	if err != nil || string(content) == "broken" {
		return problem.Wrap(http.StatusBadRequest, err)
	}
	fingerprint, err := etag.Fingerprint(r.Context())
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	key := etag.Key(r.Context())
	made, ok := v.changes[key]
	switch {
	case ok && made.Fingerprint != fingerprint:
		return etag.ErrKeyReused
	case !ok:
		v.made++
		made = row{etag.Change{Key: key, Fingerprint: fingerprint, Tag: etag.Version(1)}, "new" + strconv.Itoa(v.made)}
		v.records[made.id] = record{1, string(content)}
		if key != "" {
			v.changes[key] = made
		}
	}
	w.Header().Set("Location", "/records/"+made.id)
	etag.Set(w, r, made.Tag)
	w.WriteHeader(http.StatusCreated)
	return nil
}

func (v *vault) handler() http.Handler {
	guard := etag.Guard(v.current, keyed)
	mux := http.NewServeMux()
	for _, method := range []string{"PUT", "PATCH", "DELETE"} {
		mux.Handle(method+" /records/{id}", guard(problem.HandlerFunc(v.change)))
		mux.Handle(method+" /{tenant}/records/{id}", guard(problem.HandlerFunc(v.change)))
	}
	mux.Handle("GET /records/{id}", guard(handler(func(w http.ResponseWriter, r *http.Request) {
		v.mu.Lock()
		now := v.records[name(r)]
		v.mu.Unlock()
		etag.Set(w, r, etag.Version(now.version))
		_, _ = io.WriteString(w, now.value)
	})))
	mux.Handle("POST /records", etag.Guard(func(*http.Request) (etag.State, error) { return etag.State{}, nil }, keyed)(problem.HandlerFunc(v.create)))
	return mux
}

// send sends a change with the given lines, "|" between them.
func send(t *testing.T, c *http.Client, method, url, lines, content string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Caller", "ada")
	for k, v := range fields(lines) {
		r.Header[k] = v
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	resp.Body = io.NopCloser(strings.NewReader(string(body)))
	return resp
}

const (
	afterPUT = `.r0000000000000000"`
	withKey  = "Idempotency-Key: k1"
)

// Each case is a list of requests, and what becomes of each.
func TestRepeatedChanges(t *testing.T) {
	type step struct {
		method, path, fields, content string
		status                        int
		tag                           string // of the response
		slug                          string // of its problem
	}
	const a = "/records/a"
	for _, row := range []struct {
		name  string
		steps []step
		value string // of record a in the end, "" = gone
	}{
		{"a PUT", []step{
			{"PUT", a, withKey + `|If-Match: "7"`, "eight", 200, `"8` + afterPUT, ""},
			{"PUT", a, withKey + `|If-Match: "7"`, "eight", 204, `"8` + afterPUT, ""},
			{"PUT", a, withKey + `|If-Match: "7"`, "eight", 204, `"8` + afterPUT, ""},
		}, "eight"},
		{"a PATCH", []step{
			{"PATCH", a, withKey + `|If-Match: "7"`, "eight", 200, `"8"`, ""},
			{"PATCH", a, withKey + `|If-Match: "7"`, "eight", 204, `"8"`, ""},
		}, "eight"},
		{"a DELETE", []step{
			{"DELETE", a, withKey + `|If-Match: "7"`, "", 200, "", ""},
			{"DELETE", a, withKey + `|If-Match: "7"`, "", 204, "", ""},
		}, ""},
		{"without a key", []step{
			{"PUT", a, `If-Match: "7"`, "eight", 200, `"8` + afterPUT, ""},
			{"PUT", a, `If-Match: "7"`, "eight", 409, `"8"`, "record-changed"},
		}, "eight"},
		{"with another's version in between", []step{
			{"PUT", a, withKey + `|If-Match: "7"`, "eight", 200, `"8` + afterPUT, ""},
			{"PUT", a, `If-Match: "8"`, "nine", 200, `"9` + afterPUT, ""},
			{"PUT", a, withKey + `|If-Match: "7"`, "eight", 204, `"8` + afterPUT, ""},
			{"PUT", a, withKey + `|If-Match: *`, "eight", 204, `"8` + afterPUT, ""},
			{"PUT", a, withKey + `|If-Match: "7", "8"`, "eight", 204, `"8` + afterPUT, ""},
			{"PUT", a, withKey + `|If-Match: "9"`, "eight", 204, `"8` + afterPUT, ""},
			{"PUT", a, withKey, "eight", 204, `"8` + afterPUT, ""},
			{"PUT", a, withKey + `|If-None-Match: *`, "eight", 204, `"8` + afterPUT, ""},
			{"PUT", a, withKey + `|If-Match: 7`, "eight", 204, `"8` + afterPUT, ""},
			// With the tag of its own version the client does not overwrite what it has
			// not seen.
			{"PUT", a, `If-Match: "8` + afterPUT, "ten", 409, `"9"`, "record-changed"},
		}, "nine"},
		{"a DELETE, and made anew by another", []step{
			{"DELETE", a, withKey + `|If-Match: "7"`, "", 200, "", ""},
			{"PUT", a, `If-None-Match: *`, "anew", 200, `"1` + afterPUT, ""},
			{"DELETE", a, withKey + `|If-Match: "7"`, "", 204, "", ""},
			{"DELETE", a, withKey + `|If-Match: *`, "", 204, "", ""},
		}, "anew"},
		{"the key with other content", []step{
			{"PUT", a, withKey + `|If-Match: "7"`, "eight", 200, `"8` + afterPUT, ""},
			{"PUT", a, withKey + `|If-Match: "8"`, "nine", 422, "", "idempotency-key-reused"},
			{"PUT", a, withKey + `|If-Match: "7"`, "nine", 422, "", "idempotency-key-reused"},
			{"PUT", a, withKey + `|If-Match: *`, "", 422, "", "idempotency-key-reused"},
			{"PUT", a, withKey + `|If-Match: 8`, "nine", 422, "", "idempotency-key-reused"},
			{"PUT", a, withKey, "eight!", 422, "", "idempotency-key-reused"},
			{"PUT", a, withKey + "|Content-Type: application/json", "eight", 422, "", "idempotency-key-reused"},
			{"PUT", a, withKey + "|Content-Encoding: gzip", "eight", 422, "", "idempotency-key-reused"},
			{"PUT", a, withKey + "|Content-Language: nl", "eight", 422, "", "idempotency-key-reused"},
			{"PUT", a, withKey + "|Accept: text/html|X-Other: x", "eight", 204, `"8` + afterPUT, ""},
		}, "eight"},
		{"the key is another caller's", []step{
			{"PUT", a, withKey + `|If-Match: "7"`, "eight", 200, `"8` + afterPUT, ""},
			{"PUT", a, withKey + `|If-Match: "7"|X-Caller: bob`, "eight", 409, `"8"`, "record-changed"},
			{"PUT", a, withKey + `|If-Match: "8"|X-Caller: bob`, "eight", 200, `"9` + afterPUT, ""},
		}, "eight"},
		{"of another method", []step{
			{"PUT", a, withKey + `|If-Match: "7"`, "eight", 200, `"8` + afterPUT, ""},
			{"PATCH", a, withKey + `|If-Match: "7"`, "eight", 409, `"8"`, "record-changed"},
		}, "eight"},
		{"of another target", []step{
			{"PUT", a, withKey + `|If-Match: "7"`, "eight", 200, `"8` + afterPUT, ""},
			{"PUT", "/records/b", withKey + `|If-Match: "7"`, "eight", 409, `"1"`, "record-changed"},
			{"PUT", a + "?x", withKey + `|If-Match: "7"`, "eight", 409, `"8"`, "record-changed"},
			{"PUT", "/records/b", withKey + `|If-Match: "1"`, "eight", 200, `"2` + afterPUT, ""},
		}, "eight"},
		{"nobody is known", []step{
			{"PUT", a, withKey + `|If-Match: "7"|X-Caller: `, "eight", 200, `"8` + afterPUT, ""},
			{"PUT", a, withKey + `|If-Match: "7"|X-Caller: `, "eight", 409, `"8"`, "record-changed"},
			{"PUT", a, `Idempotency-Key: a b|If-Match: "8"|X-Caller: `, "nine", 200, `"9` + afterPUT, ""},
		}, "nine"},
		{"a PUT that creates", []step{
			{"PUT", "/records/c", withKey + `|If-None-Match: *`, "new", 200, `"1` + afterPUT, ""},
			{"PUT", "/records/c", withKey + `|If-None-Match: *`, "new", 204, `"1` + afterPUT, ""},
			{"PUT", "/records/c", `If-None-Match: *`, "new", 412, `"1"`, "precondition-failed"},
		}, "seven"},
		{"a refused try leaves nothing", []step{
			{"PUT", a, withKey + `|If-Match: 7`, "eight", 400, "", "invalid-request"},
			{"PUT", a, withKey + `|If-Match: "6"`, "eight", 409, `"7"`, "record-changed"},
			{"PUT", a, withKey + `|If-Match: "7"`, "eight", 200, `"8` + afterPUT, ""},
			{"PUT", a, withKey + `|If-Match: "6"`, "eight", 204, `"8` + afterPUT, ""},
		}, "eight"},
		{"nor does broken content", []step{
			{"PUT", a, withKey + `|If-Match: "7"`, "broken", 400, "", ""},
			{"PUT", a, withKey + `|If-Match: "7"`, "eight", 200, `"8` + afterPUT, ""},
		}, "eight"},
		{"quotes and parameters make no other key", []step{
			{"PUT", a, withKey + `|If-Match: "7"`, "eight", 200, `"8` + afterPUT, ""},
			{"PUT", a, `Idempotency-Key: "k1"|If-Match: "7"`, "eight", 204, `"8` + afterPUT, ""},
			{"PUT", a, `Idempotency-Key: "k1";x=1|If-Match: "7"`, "eight", 204, `"8` + afterPUT, ""},
			{"PUT", a, `Idempotency-Key: k1;x|If-Match: "7"`, "eight", 204, `"8` + afterPUT, ""},
			{"PUT", a, `Idempotency-Key: K1|If-Match: "7"`, "eight", 409, `"8"`, "record-changed"},
		}, "eight"},
		{"a GET has no key", []step{
			{"GET", a, `Idempotency-Key: a b`, "", 200, `"7"`, ""},
		}, "seven"},
		{"a POST", []step{
			{"POST", "/records", withKey, "new", 201, `"1"`, ""},
			{"POST", "/records", withKey, "new", 201, `"1"`, ""},
			{"POST", "/records", withKey, "other", 422, "", "idempotency-key-reused"},
			{"GET", "/records/new2", "", "", 404, "", ""},
			{"POST", "/records", "", "new", 201, `"1"`, ""},
			{"GET", "/records/new2", "", "", 200, `"1"`, ""},
		}, "seven"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var v *vault
			onServers(t, handler(func(w http.ResponseWriter, r *http.Request) { v.handler().ServeHTTP(w, r) }), func(t *testing.T, url string, c *http.Client) {
				v = newVault()
				location := ""
				for i, s := range row.steps {
					resp := send(t, c, s.method, url+s.path, s.fields, s.content)
					if got := slug(resp); resp.StatusCode != s.status || resp.Header.Get("ETag") != s.tag || got != s.slug && !(s.slug == "" && got == "about:blank") {
						t.Errorf("%d: %s with %s: %d %s %s, want %d %s %s", i, s.method, s.fields, resp.StatusCode, resp.Header.Get("ETag"), got, s.status, s.tag, s.slug)
					}
					if resp.StatusCode == 204 && (resp.Header.Get("Content-Type") != "" || resp.Header.Get("Content-Length") != "") {
						t.Errorf("%d: a 204 with %v", i, resp.Header)
					}
					if resp.StatusCode == 201 && s.fields == withKey {
						if now := resp.Header.Get("Location"); location != "" && now != location {
							t.Errorf("%d: Location %s and %s", i, location, now)
						}
						location = resp.Header.Get("Location")
					}
				}
				if got := v.records["a"].value; got != row.value {
					t.Errorf("in the end there is %q, want %q", got, row.value)
				}
			})
		})
	}
}

// Another tenant's key is another key.
func TestRepeatedChangeOfAnotherTenant(t *testing.T) {
	v := newVault()
	for _, row := range []struct {
		tenant string
		want   int
	}{{"acme", 200}, {"acme", 204}, {"other", 409}, {"", 409}} {
		l := layers{tenant: row.tenant}
		tag := l.wire(etag.Version(7))
		r := httptest.NewRequest("PUT", "/records/a", strings.NewReader("eight"))
		r.Header = http.Header{"If-Match": {tag}, "Idempotency-Key": {"k1"}, "X-Caller": {"ada"}}
		if got := serve(l.around(v.handler()), r).StatusCode; got != row.want {
			t.Errorf("%q: %d, want %d", row.tenant, got, row.want)
		}
	}
}

// Twins, the same request at once, are one change, and both learn that it is made;
// of rivals one does.
func TestTwinsAndRivals(t *testing.T) {
	for name, row := range map[string]struct {
		method, path, content string
		key                   func(i int) string
		winners               int
	}{
		"twins that PUT":    {"PUT", "/records/a", "eight", func(int) string { return "k" }, 2},
		"twins that PATCH":  {"PATCH", "/records/a", "eight", func(int) string { return "k" }, 2},
		"twins that DELETE": {"DELETE", "/records/a", "", func(int) string { return "k" }, 2},
		"twins that POST":   {"POST", "/records", "new", func(int) string { return "k" }, 2},
		"rivals":            {"PUT", "/records/a", "eight", func(i int) string { return fmt.Sprint(i) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var v *vault
			onServers(t, handler(func(w http.ResponseWriter, r *http.Request) { v.handler().ServeHTTP(w, r) }), func(t *testing.T, url string, c *http.Client) {
				for range 10 {
					v = newVault()
					if row.method != "POST" { // both have passed the guard
						var both sync.WaitGroup
						both.Add(2)
						v.beforeCommit = func(*http.Request) { both.Done(); both.Wait() }
					}
					var status [2]int
					var all sync.WaitGroup
					for i := range status {
						all.Go(func() {
							fields := "Idempotency-Key: " + row.key(i)
							if row.method != "POST" {
								fields += `|If-Match: "7"`
							}
							resp := send(t, c, row.method, url+row.path, fields, row.content)
							status[i] = resp.StatusCode
						})
					}
					all.Wait()
					won := boolean(status[0] < 300) + boolean(status[1] < 300)
					if won != row.winners || v.records["a"].version > 8 || v.made > 1 {
						t.Fatalf("%v, %+v", status, v.records)
					}
				}
			})
		})
	}
}

// Clients that lose every other response, and repeat, count right: nobody is told
// of a change that was its own, and none is made twice.
func TestNoChangeTwice(t *testing.T) {
	const clients, each = 4, 25
	v := newVault()
	v.records["a"] = record{1, "0"}
	onServers(t, v.handler(), func(t *testing.T, url string, c *http.Client) {
		v.mu.Lock()
		before, _ := strconv.Atoi(v.records["a"].value)
		v.mu.Unlock()
		var all sync.WaitGroup
		for client := range clients {
			all.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(client)))
				for i := range each {
					for try := 0; ; try++ {
						read, body := fetch(t, c, "GET", url+"/records/a", "")
						n, _ := strconv.Atoi(body)
						fields := fmt.Sprintf("If-Match: %s|Idempotency-Key: %s-%d-%d-%d", read.Header.Get("ETag"), url[len(url)-4:], client, i, try)
						resp := send(t, c, "PUT", url+"/records/a", fields, strconv.Itoa(n+1))
						if random.IntN(2) == 0 { // lost on the way
							if again := send(t, c, "PUT", url+"/records/a", fields, strconv.Itoa(n+1)); resp.StatusCode < 300 && again.StatusCode != 204 {
								t.Errorf("a change that was made is %d", again.StatusCode)
							} else {
								resp = again
							}
						}
						if resp.StatusCode < 300 {
							break
						}
						if resp.StatusCode != 409 {
							t.Errorf("%d", resp.StatusCode)
							return
						}
					}
				}
			})
		}
		all.Wait()
		if got := v.records["a"].value; got != strconv.Itoa(before+clients*each) {
			t.Errorf("counted to %s, from %d", got, before)
		}
	})
}

// A part of a batch names its own change, or none.
func TestKeyOfAPart(t *testing.T) {
	keys := map[string]string{}
	note := func(name string) handler {
		return func(w http.ResponseWriter, r *http.Request) {
			keys[name] = etag.Key(r.Context())
			f, err := etag.Fingerprint(r.Context())
			if (f == "") != (keys[name] == "") || err != nil {
				t.Errorf("%s: key %q, fingerprint %q, %v", name, keys[name], f, err)
			}
		}
	}
	guard := etag.Guard(always(tagged), keyed)
	part := func(r *http.Request, h http.Handler, key string) {
		inner, err := http.NewRequestWithContext(r.Context(), "PUT", "/part", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		inner.Header = http.Header{"X-Caller": {"ada"}, "Idempotency-Key": {key}}
		h.ServeHTTP(httptest.NewRecorder(), inner)
	}
	r := ask("POST", withKey+"|X-Caller: ada")
	serve(guard(handler(func(w http.ResponseWriter, r *http.Request) {
		part(r, guard(note("first")), "k2")
		part(r, guard(note("second")), "k3")
		part(r, layers{}.around(note("third")), "k4")
		note("whole")(w, r)
	})), r)
	if keys["whole"] == "" || keys["first"] == "" || keys["second"] == "" || keys["third"] != "" ||
		keys["first"] == keys["whole"] || keys["first"] == keys["second"] {
		t.Errorf("%v", keys)
	}
}

// Resources that a router serves under one path are still two.
func TestKeyBehindStripPrefix(t *testing.T) {
	var keys []string
	guarded := etag.Guard(always(etag.State{}), keyed)(handler(func(_ http.ResponseWriter, r *http.Request) { keys = append(keys, etag.Key(r.Context())) }))
	mux := http.NewServeMux()
	for _, prefix := range []string{"/customers", "/suppliers"} {
		mux.Handle(prefix+"/", http.StripPrefix(prefix, guarded))
	}
	mux.Handle("/", guarded)
	onServers(t, mux, func(t *testing.T, url string, c *http.Client) {
		keys = nil
		for _, path := range []string{"/customers/7", "/suppliers/7", "/7", "/customers/7", "/7", "/7?"} {
			send(t, c, "PUT", url+path, withKey, "x")
		}
		if len(keys) != 6 || keys[0] == keys[1] || keys[1] == keys[2] || keys[2] == keys[0] || keys[3] != keys[0] || keys[4] != keys[2] || keys[5] != keys[2] {
			t.Errorf("%q", keys)
		}
	})
}

// A change is not looked up, and not asked for, without a key.
func TestMadeOfAnother(t *testing.T) {
	var handler spy
	for _, key := range []string{"", "other", strings.Repeat("0", 32)} {
		made := &etag.Change{Key: key, Tag: etag.Version(9)}
		for _, fields := range []string{"X-Caller: ada|" + withKey, "X-Caller: ada", ""} {
			h := etag.Guard(always(etag.State{Tag: etag.Version(7), Made: made}), keyed)(&handler)
			if got := serve(h, ask("PUT", fields+`|If-Match: "7"`)).StatusCode; got != 204 || handler.runs != 1 {
				t.Errorf("%q with %s: %d; the handler ran %d times", key, fields, got, handler.runs)
			}
			handler.runs = 0
			h = etag.Guard(always(etag.State{Tag: etag.Version(7), Made: made}), nil)(&handler)
			if got := serve(h, ask("PUT", fields+`|If-Match: "6"`)).StatusCode; got != 409 || handler.runs != 0 {
				t.Errorf("%q with %s: %d; the handler ran %d times", key, fields, got, handler.runs)
			}
		}
	}
}

// draft-ietf-httpapi-idempotency-key-header-06 §2.1, and bare keys.
func TestIdempotencyKey(t *testing.T) {
	long := strings.Repeat("x", 255)
	same := map[string]string{ // as it is sent: the key
		"k1": "k1", `"k1"`: "k1", "  k1\t": "k1", "\"k1\" ": "k1", "k1;a": "k1", "k1; a=1;b": "k1", `k1;a="x,\"y;"`: "k1", `"k1";a=?1;b=:aGk=:`: "k1", `"k1";*a`: "k1", "k1;a-b.c_d*=x": "k1",
		"8e03978e-40d5-43e8-bc93-6894a57f9324":   "8e03978e-40d5-43e8-bc93-6894a57f9324",
		`"8e03978e-40d5-43e8-bc93-6894a57f9324"`: "8e03978e-40d5-43e8-bc93-6894a57f9324",
		`"a\"b\\c"`:                              `a"b\c`,
		`",;"`:                                   ",;",
		"!#$%&'()*+-./:<=>?@[]^_`{|}~":           "!#$%&'()*+-./:<=>?@[]^_`{|}~",
		long:                                     long, `"` + long + `"`: long,
	}
	bad := []string{"", " ", `""`, `"`, `"k`, `k"`, `"k"x`, `"k" ;a`, "a b", "a,b", `"a", "b"`, "a, b", `a\b`, `"a\b"`, `"a\`, `"a b"`, "\"a\tb\"", "é", `"é"`, "k\x7f", "\"k\x00\"",
		long + "x", `"` + long + `x"`, "k;", "k; ", "k;A", "k;1a", "k;a=", "k;a b", `k;a="x`, `k;a="x"y`, "k;a;", "k;a,b", ";a", `"k";a,"l"`, "k1|Idempotency-Key: k1", strings.Repeat("k", 1<<20), `"` + strings.Repeat(`\\`, 1<<19)}
	ask := func(field string) (status int, key string) {
		guard := etag.Guard(always(tagged), keyed)
		r := httptest.NewRequest("POST", "/", strings.NewReader("x"))
		r.Header["X-Caller"] = []string{"ada"}
		r.Header["Idempotency-Key"] = strings.Split(field, "|Idempotency-Key: ")
		resp := serve(guard(handler(func(w http.ResponseWriter, r *http.Request) { key = etag.Key(r.Context()) })), r)
		if resp.StatusCode == 400 && slug(resp) != "invalid-request" {
			t.Errorf("%q: %s", field, slug(resp))
		}
		return resp.StatusCode, key
	}
	keys := map[string]string{}
	for sent, want := range same {
		status, key := ask(sent)
		if before, ok := keys[want]; status != 200 || len(key) != 32 || strings.Trim(key, "0123456789abcdef") != "" || ok && key != before {
			t.Errorf("%.40q: %d %s, want 200 %s", sent, status, key, before)
		}
		keys[want] = key
	}
	seen := map[string]bool{}
	for _, key := range keys {
		seen[key] = true
	}
	if len(seen) != len(keys) {
		t.Errorf("%d names of %d keys", len(seen), len(keys))
	}
	for _, sent := range bad {
		if status, key := ask(sent); status != 400 || key != "" {
			t.Errorf("%.40q: %d %s", sent, status, key)
		}
	}
}

func TestKeyRequired(t *testing.T) {
	o := &etag.Options{Caller: keyed.Caller, KeyRequired: true}
	for _, row := range []struct {
		method, fields string
		want           int
		slug           string
	}{
		{"POST", "X-Caller: ada", 400, "idempotency-key-required"},
		{"PUT", "X-Caller: ada|If-Match: *", 400, "idempotency-key-required"},
		{"DELETE", "X-Caller: ada", 400, "idempotency-key-required"},
		{"POST", "X-Caller: ada|" + withKey, 204, ""},
		{"POST", "X-Caller: ada|Idempotency-Key: ", 400, "invalid-request"},
		{"POST", withKey, 500, "about:blank"},
		{"POST", "", 500, "about:blank"},
		{"GET", "", 204, ""},
		{"QUERY", "", 204, ""},
		{"OPTIONS", "", 204, ""},
	} {
		asked := 0
		h := etag.Guard(func(*http.Request) (etag.State, error) { asked++; return tagged, nil }, o)(&spy{})
		resp := serve(h, ask(row.method, row.fields))
		if got := slug(resp); resp.StatusCode != row.want || got != row.slug || asked != boolean(row.want == 204 && row.method != "OPTIONS") {
			t.Errorf("%s with %s: %d %s, want %d %s; asked %d times", row.method, row.fields, resp.StatusCode, got, row.want, row.slug, asked)
		}
	}
}

// The content is hashed as it is read, in whatever order Fingerprint is asked for,
// and the handler gets all of it.
func TestFingerprint(t *testing.T) {
	fingerprint := func(content string, h func(w http.ResponseWriter, r *http.Request) error) (prints []string, status int) {
		guard := etag.Guard(always(tagged), keyed)
		onServers(t, guard(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
			if err := h(w, r); err != nil {
				return err
			}
			f, err := etag.Fingerprint(r.Context())
			if err != nil {
				return err
			}
			w.Header().Set("X-Fingerprint", f)
			return nil
		})), func(t *testing.T, url string, c *http.Client) {
			resp := send(t, c, "POST", url, withKey, content)
			prints, status = append(prints, resp.Header.Get("X-Fingerprint")), resp.StatusCode
		})
		return prints, status
	}
	all := func(r *http.Request, want string) error {
		got, err := io.ReadAll(r.Body)
		if string(got) != want {
			t.Errorf("the handler read %d bytes of %d, %v", len(got), len(want), err)
		}
		return err
	}
	large := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	for _, content := range []string{"", "x", "0123456789", large} {
		var want string
		for name, h := range map[string]func(w http.ResponseWriter, r *http.Request) error{
			"read, then asked": func(w http.ResponseWriter, r *http.Request) error { return all(r, content) },
			"asked":            func(w http.ResponseWriter, r *http.Request) error { return nil },
			"asked, then read": func(w http.ResponseWriter, r *http.Request) error {
				_, err := etag.Fingerprint(r.Context())
				return errors.Join(err, all(r, content))
			},
			"asked twice": func(w http.ResponseWriter, r *http.Request) error {
				a, err := etag.Fingerprint(r.Context())
				b, _ := etag.Fingerprint(r.Context())
				if a != b {
					t.Errorf("%s and %s", a, b)
				}
				return errors.Join(err, all(r, content))
			},
			"asked in between": func(w http.ResponseWriter, r *http.Request) error {
				half := make([]byte, len(content)/2)
				if _, err := io.ReadFull(r.Body, half); err != nil {
					return err
				}
				_, err := etag.Fingerprint(r.Context())
				return errors.Join(err, all(r, content[len(half):]))
			},
		} {
			prints, status := fingerprint(content, h)
			for _, f := range prints {
				if want == "" {
					want = f
				}
				if f != want || len(f) != 64 || status != 200 {
					t.Errorf("%d bytes, %s: %d %q, want %q", len(content), name, status, f, want)
				}
			}
		}
	}
	// More than 1 MiB is for the handler to read first.
	content := large + "x"
	if prints, status := fingerprint(content, func(w http.ResponseWriter, r *http.Request) error { return all(r, content) }); prints[0] == "" || status != 200 {
		t.Errorf("read first: %d", status)
	}
	prints, status := fingerprint(content, func(w http.ResponseWriter, r *http.Request) error {
		if _, err := etag.Fingerprint(r.Context()); err == nil {
			t.Error("more than 1 MiB is kept")
		}
		return all(r, content)
	})
	if prints[0] == "" || status != 200 {
		t.Errorf("asked first: %d", status)
	}
}

// The limits of the layers around count, also while Guard reads.
func TestFingerprintWithinLimits(t *testing.T) {
	var v *vault
	limited := func(next http.Handler) http.Handler {
		return handler(func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, 20<<20)
			next.ServeHTTP(w, r)
		})
	}
	onServers(t, limited(handler(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/form" {
			v.handler().ServeHTTP(w, r)
			return
		}
		etag.Guard(always(tagged), keyed)(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
			// http.Request lifts its own limit of 10 MB for the body that
			// http.MaxBytesReader returns alone.
			return r.ParseForm()
		})).ServeHTTP(w, r)
	})), func(t *testing.T, server string, c *http.Client) {
		v = newVault()
		form := url.Values{"a": {strings.Repeat("x", 11<<20)}}.Encode()
		if resp := send(t, c, "POST", server+"/form", withKey+"|Content-Type: application/x-www-form-urlencoded", form); resp.StatusCode != 200 {
			t.Errorf("a form of 11 MiB: %d", resp.StatusCode)
		}
		if resp := send(t, c, "PUT", server+"/records/a", withKey+`|If-Match: "7"`, "eight"); resp.StatusCode != 200 {
			t.Errorf("%d", resp.StatusCode)
		}
		if resp := send(t, c, "PUT", server+"/records/a", withKey+`|If-Match: "7"`, strings.Repeat("x", 21<<20)); resp.StatusCode != 413 || slug(resp) != "content-too-large" {
			t.Errorf("21 MiB: %d", resp.StatusCode)
		}
	})
	// Content that is broken off is the client's fault.
	v = newVault()
	r := httptest.NewRequest("PUT", "/records/a", strings.NewReader("eight"))
	r.Header = http.Header{"If-Match": {`"7"`}, "Idempotency-Key": {"k1"}, "X-Caller": {"ada"}}
	serve(v.handler(), r)
	again := httptest.NewRequest("PUT", "/records/a", io.MultiReader(strings.NewReader("eig"), failing{io.ErrUnexpectedEOF}))
	again.Header = r.Header
	if resp := serve(v.handler(), again); resp.StatusCode != 400 || slug(resp) != "invalid-request" {
		t.Errorf("broken off: %d", resp.StatusCode)
	}
}

// Equal names are of equal requests only, however the bytes are shared out among
// the parts.
func TestKeysOfPairs(t *testing.T) {
	type parts struct{ tenant, caller, key, method, path, query string }
	random := rand.New(rand.NewPCG(3, 4))
	text := func(letters string, least, most int) string {
		b := make([]byte, least+random.IntN(most-least+1))
		for i := range b {
			b[i] = letters[random.IntN(len(letters))]
		}
		return string(b)
	}
	draw := func() parts {
		return parts{text("a/", 0, 2), text("a/", 1, 2), text("a/", 1, 2), text("A", 1, 2), "/" + text("a/", 0, 2), text("a/", 0, 2)}
	}
	// shift moves a byte from one part to the next.
	shift := func(p parts) parts {
		switch random.IntN(4) {
		case 0:
			if len(p.tenant) > 0 {
				p.caller, p.tenant = p.tenant[len(p.tenant)-1:]+p.caller, p.tenant[:len(p.tenant)-1]
			}
		case 1:
			if len(p.caller) > 1 {
				p.key, p.caller = p.caller[len(p.caller)-1:]+p.key, p.caller[:len(p.caller)-1]
			}
		case 2:
			if len(p.path) > 1 {
				p.query, p.path = p.path[len(p.path)-1:]+p.query, p.path[:len(p.path)-1]
			}
		case 3:
			if len(p.key) > 1 {
				p.caller, p.key = p.caller+p.key[:1], p.key[1:]
			}
		}
		return p
	}
	var key string
	guarded := etag.Guard(always(etag.State{}), keyed)(handler(func(w http.ResponseWriter, r *http.Request) { key = etag.Key(r.Context()) }))
	keyOf := func(p parts) string {
		r := &http.Request{Method: p.method, URL: &url.URL{Path: p.path, RawQuery: p.query}, Header: http.Header{"X-Caller": {p.caller}, "Idempotency-Key": {p.key}}}
		key = ""
		layers{tenant: p.tenant}.around(guarded).ServeHTTP(discard{http.Header{}}, r.WithContext(t.Context()))
		return key
	}
	known := map[string]parts{}
	equal := 0
	for range 50_000 {
		a := draw()
		for _, p := range []parts{a, shift(a)} {
			k := keyOf(p)
			if k == "" {
				t.Fatalf("no key for %+v", p)
			}
			if before, ok := known[k]; ok {
				if before != p {
					t.Fatalf("%+v and %+v have the same key", before, p)
				}
				equal++
			}
			known[k] = p
		}
	}
	if equal < 1000 || len(known) < 1000 {
		t.Errorf("%d requests of %d names", equal, len(known))
	}
}
