package request

import (
	"context"
	"net/http/httptest"
	"testing"
)

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

// extension is a value of key{}.
type extension struct {
	value any
	made  bool
}

func (e *extension) Extend(ctx context.Context) context.Context {
	e.made = true
	return context.WithValue(ctx, key{}, e.value)
}

// The values that a layer adds are there for those further in, without a copy of
// the request where there is room.
func TestExtend(t *testing.T) {
	with := func(v any) *extension { return &extension{value: v} }
	r := httptest.NewRequest("GET", "/", nil)
	if got := Extend(r, with(0)); got == r || got.Context().Value(key{}) != 0 {
		t.Error("a request without an Info is changed in place")
	}
	r = r.WithContext(Part(r.Context(), func(i *Info) { i.ID.Set("id-1") }))
	one := with(1)
	if got := Extend(r, one); got != r || r.Context().Value(Key("own")) != nil || one.made {
		t.Error("values are made that nobody has asked for")
	}
	if r.Context().Value(key{}) != 1 {
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
