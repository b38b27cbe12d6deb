package request

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

type key struct{}

// dispatched returns a copy of ctx for a request that is dispatched inside that of
// ctx, if there is one.
func dispatched(ctx context.Context, set func(*Info)) context.Context {
	c := new(Context)
	set(c.Init(ctx, nil))
	return c
}

// decided is the request that all layers have decided about.
var decided = &http.Request{Method: "GET", URL: &url.URL{Path: "/"}}

// all sets all fields of i to values that begin with name.
func all(i *Info, name string) {
	text := func(suffix string) *string { s := name + suffix; return &s }
	i.ID.Set(name + "-id")
	i.TraceID.Set(text("-trace"))
	i.Tenant.Set(name + "-tenant")
	i.Representation.Set(&Representation{MediaType: name + "/type"})
	i.Precondition.Set(name + "-state")
	i.Challenge.Set(text("-challenge"))
	i.Problems.Set(&Problems{Types: name})
	i.Logger.Set(logger{name})
	for k := range i.Decided {
		i.Decided[k].Note(decided, name)
	}
}

// texts are the values of all fields.
func texts(i *Info) [8]any {
	return [...]any{i.ID.Value(), *i.TraceID.Get(), i.Tenant.Value(), i.Representation.Get().MediaType, i.Precondition.Value(),
		*i.Challenge.Get(), i.Problems.Get().Types, i.Logger.Value()}
}

type logger struct{ name string }

func (l logger) Names(id string) bool { return id == l.name }
func (l logger) WithTenant(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, "log of "+From(ctx).Tenant.Value())
}
func (logger) Fail(context.Context, int, error) {}

func TestFromNowhere(t *testing.T) {
	if i := From(context.Background()); i != nil {
		t.Errorf("%v", i)
	}
}

// An Info has the values of the one outside, but for those of its own.
func TestContext(t *testing.T) {
	outer := dispatched(context.WithValue(t.Context(), key{}, "value"), func(i *Info) { all(i, "outer"); i.Response = "writer" })
	for name, tt := range map[string]struct {
		derive func(context.Context, func(*Info)) context.Context
		same   bool
	}{"another request": {dispatched, false}, "a part of the request": {Part, true}} {
		whole := From(tt.derive(outer, func(*Info) {}))
		if got, want := texts(whole), texts(From(outer)); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if whole.Decided[1].Layer(decided) != "outer" {
			t.Errorf("%s: what has decided is forgotten", name)
		}
		if whole.SameRequest(From(outer)) != tt.same || (whole.Response == From(outer).Response) != tt.same {
			t.Errorf("%s: the same request: %v, response %v", name, whole.SameRequest(From(outer)), whole.Response)
		}
		if ctx := tt.derive(outer, func(*Info) {}); ctx.Value(key{}) != "value" {
			t.Errorf("%s: another context's values are lost", name)
		}
	}
	own := new(Info)
	all(own, "inner")
	if got, want := texts(From(Part(outer, func(i *Info) { all(i, "inner") }))), texts(own); got != want {
		t.Errorf("a part with values of its own: %v, want %v", got, want)
	}
	if From(outer).SameRequest(nil) || (*Info)(nil).SameRequest(From(outer)) {
		t.Error("nothing is a request")
	}
	alone := From(Part(t.Context(), func(i *Info) { i.ID.Set("a") }))
	if alone.ID.Value() != "a" || !alone.SameRequest(alone) {
		t.Error("a part of nothing")
	}
}

// The values that a layer adds are there for those further in, without a copy of
// the request where there is room.
func TestExtend(t *testing.T) {
	with := func(v any) func(context.Context) context.Context {
		return func(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, v) }
	}
	r := httptest.NewRequest("GET", "/", nil)
	if got := Extend(r, with(0)); got == r || got.Context().Value(key{}) != 0 {
		t.Error("a request without an Info is changed in place")
	}
	r = r.WithContext(Part(r.Context(), func(i *Info) { i.ID.Set("id-1") }))
	if got := Extend(r, with(1)); got != r || r.Context().Value(key{}) != 1 {
		t.Errorf("%v", r.Context().Value(key{}))
	}
	second := Extend(r, with(2))
	if second == r || second.Context().Value(key{}) != 2 || r.Context().Value(key{}) != 1 {
		t.Errorf("%v, and outside %v", second.Context().Value(key{}), r.Context().Value(key{}))
	}
	if From(second.Context()).ID.Value() != "id-1" {
		t.Error("the Info is lost")
	}
}

// A request acts for a tenant from where it is known on, and its logger names it.
func TestWithTenant(t *testing.T) {
	for name, tt := range map[string]struct {
		known  string // before
		logs   string // the tenant that the logger names, if there is a logger
		copied bool
		log    any // of the context
	}{
		"no logger":              {"", "-", false, nil},
		"a logger that names it": {"", "a", false, nil},
		"a logger":               {"", "b", true, "log of a"},
		"known, no logger":       {"a", "-", false, nil},
		"another, no logger":     {"b", "-", true, nil},
		"another, and a logger":  {"b", "b", true, "log of a"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r = r.WithContext(Part(r.Context(), func(i *Info) {
			if tt.known != "" {
				i.Tenant.Set(tt.known)
			}
			if tt.logs != "-" {
				i.Logger.Set(logger{tt.logs})
			}
		}))
		got := WithTenant(r, "a")
		if (got != r) != tt.copied || From(got.Context()).Tenant.Value() != "a" || got.Context().Value(key{}) != tt.log {
			t.Errorf("%s: copied %v, tenant %q, log %v", name, got != r, From(got.Context()).Tenant.Value(), got.Context().Value(key{}))
		}
		if outside := From(r.Context()).Tenant.Value(); tt.known == "b" && outside != "b" {
			t.Errorf("%s: %q outside", name, outside)
		}
		if !From(got.Context()).SameRequest(From(r.Context())) {
			t.Errorf("%s: another request", name)
		}
	}
}

// A context that third-party middleware has put in the place of the request's own
// keeps its values and gets the others.
func TestAttach(t *testing.T) {
	type other struct{}
	own := Part(context.WithValue(context.WithValue(t.Context(), key{}, "own"), other{}, "own"), func(i *Info) { i.ID.Set("own") })
	theirs := Part(context.WithValue(context.Background(), key{}, "theirs"), func(i *Info) { i.ID.Set("theirs") })
	canceled, cancel := context.WithCancel(theirs)
	ctx := Attach(canceled, own)
	if ctx.Value(key{}) != "theirs" || ctx.Value(other{}) != "own" || From(ctx) != From(own) {
		t.Errorf("%v, %v, %q", ctx.Value(key{}), ctx.Value(other{}), From(ctx).ID.Value())
	}
	if cancel(); ctx.Err() == nil {
		t.Error("the end of their context is lost")
	}
}

// A note is about one request: the address of its URL tells, and what it is for.
func TestDecision(t *testing.T) {
	var d Decision
	r := &http.Request{Method: "GET", URL: &url.URL{Path: "/a", RawQuery: "b=c"}}
	if d.Layer(r) != nil || d.Layer(new(http.Request)) != nil {
		t.Error("a layer has decided before any has")
	}
	d.Note(r, "layer")
	if d.Layer(r) != "layer" || d.Layer(r.WithContext(t.Context())) != "layer" {
		t.Error("a shallow copy is not the same request")
	}
	if d.Layer(r.Clone(t.Context())) != nil || d.Layer(new(http.Request)) != nil {
		t.Error("a clone is the same request")
	}
	if d.Forget(); d.Layer(r) != nil {
		t.Error("what is forgotten is known")
	}
	for name, change := range map[string]func(*http.Request){
		"method": func(r *http.Request) { r.Method = "PUT" },
		"path":   func(r *http.Request) { r.URL.Path = "/c" },
		"query":  func(r *http.Request) { r.URL.RawQuery = "" },
	} {
		u := *r.URL
		r := &http.Request{Method: r.Method, URL: &u}
		d.Note(r, "layer")
		if change(r); d.Layer(r) != nil {
			t.Errorf("with another %s it is the same request", name)
		}
	}
}

func TestDigest(t *testing.T) {
	const want = "ba7816bf8f01cfea" // FIPS 180-2, appendix B.1
	if got := Digest("abc"); got != want || len(got) != DigestSize {
		t.Errorf("%q, want %q", got, want)
	}
}
