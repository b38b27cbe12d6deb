package etag_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/problem"
)

// account is a store of one record.
type account struct {
	mu      sync.Mutex
	version int64
	balance string
}

func (a *account) read() (version int64, balance string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.version, a.balance
}

// write is UPDATE … WHERE version = ?; it reports whether that was a row.
func (a *account) write(seen int64, balance string) (version int64, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.version != seen {
		return 0, false
	}
	a.version, a.balance = a.version+1, balance
	return a.version, true
}

// show sends a request and prints what matters of the response.
func show(h http.Handler, method, path string, fields ...string) {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Add(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	line := fmt.Sprintln(method, fields, "→", w.Code, w.Header().Get("ETag"), slug(w.Result()))
	fmt.Println(strings.TrimSpace(line))
}

// The store settles the race: Guard refuses what is late already, and the
// compare-and-swap refuses what becomes late after that.
func ExampleGuard() {
	store := &account{version: 7, balance: "100"}
	guard := etag.Guard(func(r *http.Request) (etag.State, error) {
		version, _ := store.read()
		return etag.State{Tag: etag.Version(version)}, nil
	}, &etag.Options{Required: true})

	mux := http.NewServeMux()
	mux.Handle("GET /account", guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		version, balance := store.read() // in one read
		etag.Set(w, r, etag.Version(version))
		fmt.Fprint(w, balance)
	})))
	mux.Handle("PUT /account/{balance}", guard(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		state, _ := etag.FromContext(r.Context())
		seen, _ := state.Tag.Version()
		version, ok := store.write(seen, r.PathValue("balance"))
		if !ok {
			return etag.ErrConflict
		}
		etag.Set(w, r, etag.Version(version))
		return nil
	})))

	show(mux, "GET", "/account")
	show(mux, "GET", "/account", "If-None-Match", `"7"`)
	show(mux, "PUT", "/account/90", "If-Match", `"7"`)
	show(mux, "PUT", "/account/80", "If-Match", `"7"`)
	show(mux, "PUT", "/account/80")
	show(mux, "GET", "/account", "If-None-Match", `"7"`)
	// Output:
	// GET [] → 200 "7"
	// GET [If-None-Match "7"] → 304 "7"
	// PUT [If-Match "7"] → 200 "8.r0000000000000000"
	// PUT [If-Match "7"] → 409 "8" record-changed
	// PUT [] → 428  precondition-required
	// GET [If-None-Match "7"] → 200 "8"
}

// A client that repeats its change is told that it is made, and not that somebody
// else was faster.
func ExampleKey() {
	store := &account{version: 7, balance: "100"}
	changes := map[string]*etag.Change{} // a table of the service, by key
	guard := etag.Guard(func(r *http.Request) (etag.State, error) {
		version, _ := store.read()
		return etag.State{Tag: etag.Version(version), Made: changes[etag.Key(r.Context())]}, nil
	}, &etag.Options{Caller: func(*http.Request) string { return "ada" }})

	h := guard(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		fingerprint, err := etag.Fingerprint(r.Context())
		if err != nil {
			return err
		}
		state, _ := etag.FromContext(r.Context())
		seen, _ := state.Tag.Version()
		version, ok := store.write(seen, "90")
		if !ok {
			return etag.ErrConflict
		}
		if key := etag.Key(r.Context()); key != "" { // in the same transaction
			changes[key] = &etag.Change{Key: key, Fingerprint: fingerprint, Tag: etag.Version(version)}
		}
		etag.Set(w, r, etag.Version(version))
		return nil
	}))

	show(h, "PATCH", "/account", "If-Match", `"7"`, "Idempotency-Key", `"k1"`)
	show(h, "PATCH", "/account", "If-Match", `"7"`, "Idempotency-Key", `"k1"`)
	show(h, "PATCH", "/account", "If-Match", `"7"`, "Idempotency-Key", `"k2"`)
	// Output:
	// PATCH [If-Match "7" Idempotency-Key "k1"] → 200 "8"
	// PATCH [If-Match "7" Idempotency-Key "k1"] → 204 "8"
	// PATCH [If-Match "7" Idempotency-Key "k2"] → 409 "8" record-changed
}

// A handler that returns values asks for the tag as it goes out.
func ExampleFor() {
	h := etag.Guard(func(*http.Request) (etag.State, error) { return etag.State{Tag: etag.Version(7)}, nil }, nil)(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Println(r.Method, etag.For(r.Context(), etag.Version(8)))
		}))
	for _, method := range []string{"PATCH", "PUT"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/", nil))
	}
	// Output:
	// PATCH "8"
	// PUT "8.r0000000000000000"
}

// A handler that loads the record anyway need not load it twice.
func ExampleCheck() {
	store := &account{version: 7, balance: "100"}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		version, balance := store.read()
		if etag.Check(w, r, etag.State{Tag: etag.Version(version)}, nil) {
			return
		}
		fmt.Fprint(w, balance)
	})
	show(h, "GET", "/account")
	show(h, "GET", "/account", "If-None-Match", `W/"6", W/"7"`)
	// Output:
	// GET [] → 200 "7"
	// GET [If-None-Match W/"6", W/"7"] → 304 "7"
}

// Without versions, the bytes of the response make the tag.
func ExampleComputed() {
	h := etag.Computed(nil)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "Hello, world")
	}))
	show(h, "GET", "/")
	show(h, "GET", "/", "If-None-Match", etag.Of([]byte("Hello, world")).String())
	// Output:
	// GET [] → 200 "61f0632fb079b54d7386e91040cf00c3.h"
	// GET [If-None-Match "61f0632fb079b54d7386e91040cf00c3.h"] → 304 "61f0632fb079b54d7386e91040cf00c3.h"
}

// The decision alone, without a response.
func ExampleEvaluate() {
	now := etag.State{Tag: etag.Strong("v2")}
	for _, field := range []string{"If-Match", "If-None-Match"} {
		h := http.Header{field: {`"v1"`, `"v2"`}} // two lines are one list
		fmt.Println(field, "GET:", etag.Evaluate("GET", h, now), "PUT:", etag.Evaluate("PUT", h, now))
	}
	// Output:
	// If-Match GET: 0 PUT: 0
	// If-None-Match GET: 304 PUT: 412
}

// Equal versions of two representations have different tags.
func ExampleTag_WithVariant() {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		language := "en"
		if r.Header.Get("Accept-Language") == "nl" {
			language = "nl"
		}
		w.Header().Set("Vary", "Accept-Language")
		etag.Set(w, r, etag.Version(7).WithVariant(language))
	})
	show(h, "GET", "/", "Accept-Language", "en")
	show(h, "GET", "/", "Accept-Language", "nl")
	// Output:
	// GET [Accept-Language en] → 200 "7.rdbd3a49d0d906b4e"
	// GET [Accept-Language nl] → 200 "7.r1843653496800edf"
}

// The version is in the tag, as it came back from the client.
func ExampleTag_Version() {
	tag, err := etag.Parse(`W/"7"`)
	if err != nil {
		fmt.Println(err)
	}
	n, ok := tag.Version()
	fmt.Println(strconv.FormatInt(n, 10), ok, tag.StrongMatch(etag.Version(7)), tag.WeakMatch(etag.Version(7)))
	// Output:
	// 7 true false true
}
