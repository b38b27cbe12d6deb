package response

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/request"
	"github.com/apiconventions/apiconventions/internal/servertest"
)

// handle is the outermost layer around f, as package layer has it.
func handle(f func(x Exchange)) http.Handler { return new(ends).around(f) }

func newEnds() *ends { return &ends{outcomes: make(chan Outcome, 100)} }

// ends keeps what became of the requests.
type ends struct {
	drain    Drain
	outcomes chan Outcome // nil = nobody asks
}

func (e *ends) around(f func(x Exchange)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := Enter(w, r)
		defer x.End(&e.drain)
		x.Observe(e)
		x.SetDocuments(plain)
		f(x)
		x.Returned()
	})
}

// End implements Observer.
func (e *ends) End(o Outcome) {
	if e.outcomes != nil {
		e.outcomes <- o
	}
}

// plain is the document of a status.
func plain(_ *http.Request, status int) Document {
	return Document{Status: status, Body: []byte("document of " + strconv.Itoa(status))}
}

// aside is a third-party wrapper without Unwrap, frank one with it.
type aside struct{ http.ResponseWriter }

type frank struct{ http.ResponseWriter }

func (f frank) Unwrap() http.ResponseWriter { return f.ResponseWriter }

// One Writer is shared by all layers of a request, and a request inside a request
// has its own.
func TestOf(t *testing.T) {
	called := false
	h := handle(func(outer Exchange) {
		called = true
		elsewhere := httptest.NewRecorder()
		for name, tt := range map[string]struct {
			w    http.ResponseWriter
			r    *http.Request
			same bool
		}{
			"as it is":                     {outer.W, outer.R, true},
			"behind a wrapper":             {aside{outer.W}, outer.R, true},
			"behind two":                   {aside{frank{outer.W}}, outer.R, true},
			"behind one that unwraps":      {frank{outer.W}, outer.R, true},
			"one that unwraps, forgotten":  {frank{outer.W}, outer.R.WithContext(context.Background()), true},
			"another context":              {outer.W, outer.R.WithContext(context.Background()), true},
			"a recorder":                   {elsewhere, outer.R, false},
			"a recorder that unwraps":      {recorder{elsewhere, outer.W}, outer.R, false},
			"a wrapper and no context":     {aside{outer.W}, outer.R.WithContext(context.Background()), false},
			"a request inside the request": {httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(outer.R.Context()), false},
		} {
			if rw := Of(tt.w, tt.r); (rw == outer.Writer) != tt.same {
				t.Errorf("Of, %s: %v", name, rw == outer.Writer)
			}
			x := Enter(tt.w, tt.r)
			if x.Writer == outer.Writer != tt.same || x.first == tt.same {
				t.Errorf("Enter, %s: the same %v, first %v", name, x.Writer == outer.Writer, x.first)
			}
			if x.Info == nil || tt.same && !x.Info.SameRequest(outer.Info) {
				t.Errorf("Enter, %s: another Info", name)
			}
		}
		outer.HandOn(outer.R)
	})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if !called {
		t.Error("the test did not test")
	}
}

type recorder struct {
	*httptest.ResponseRecorder
	below http.ResponseWriter
}

func (r recorder) Unwrap() http.ResponseWriter { return r.below }

// A layer or handler behind third-party middleware that has put another context in
// the place of the request's own knows what the layers know.
func TestForgottenContext(t *testing.T) {
	for name, enter := range map[string]func(http.ResponseWriter, *http.Request) Exchange{"Enter": Enter, "EnterBehind": EnterBehind} {
		for wrapper, wrap := range map[string]func(http.ResponseWriter) http.ResponseWriter{
			"no wrapper": func(w http.ResponseWriter) http.ResponseWriter { return w },
			"a wrapper":  func(w http.ResponseWriter) http.ResponseWriter { return frank{w} },
		} {
			e := newEnds()
			e.around(func(x Exchange) {
				x.Info.ID.Set("id-1")
				type key struct{}
				r := x.R.WithContext(context.WithValue(context.Background(), key{}, "its own"))
				inner := enter(wrap(x.W), r)
				if id := request.From(inner.R.Context()).ID.Value(); id != "id-1" || inner.R.Context().Value(key{}) != "its own" {
					t.Errorf("%s, %s: id %q, value %v", name, wrapper, id, inner.R.Context().Value(key{}))
				}
				if inner.first {
					inner.Returned()
					inner.End(nil)
				}
			}).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			if id := request.From((<-e.outcomes).Request.Context()).ID.Value(); id != "id-1" {
				t.Errorf("%s, %s: the log has %q", name, wrapper, id)
			}
		}
	}
}

// A field that is set is set anew for a part of the way alone.
func TestSet(t *testing.T) {
	handle(func(x Exchange) {
		outer, field := x, func(i *request.Info) *request.Field[string] { return &i.Tenant }
		Set(&x, field, "a")
		if x.R != outer.R || x.Info != outer.Info {
			t.Error("the first value makes a copy of the request")
		}
		Set(&x, field, "b")
		if got, was := x.Info.Tenant.Value(), outer.Info.Tenant.Value(); got != "b" || was != "a" || !x.Info.SameRequest(outer.Info) {
			t.Errorf("%q inside, %q outside", got, was)
		}
		if request.From(x.R.Context()) != x.Info || x.innermost.Load() != x.R {
			t.Error("the request that is handed on has another Info")
		}
	}).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}

// What the Writer has of net/http's writer, on each protocol.
func TestWriterHasWhatTheServersWriterHas(t *testing.T) {
	type (
		stringWriter interface{ WriteString(string) (int, error) }
		flushError   interface{ FlushError() error }
		unwrapper    interface{ Unwrap() http.ResponseWriter }
	)
	servertest.Both(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := Enter(w, r)
		defer x.End(nil)
		for name, has := range map[string]func(any) bool{
			"Flusher":         func(w any) bool { _, ok := w.(http.Flusher); return ok },
			"FlushError":      func(w any) bool { _, ok := w.(flushError); return ok },
			"Hijacker":        func(w any) bool { _, ok := w.(http.Hijacker); return ok },
			"Pusher":          func(w any) bool { _, ok := w.(http.Pusher); return ok },
			"ReaderFrom":      func(w any) bool { _, ok := w.(io.ReaderFrom); return ok },
			"StringWriter":    func(w any) bool { _, ok := w.(stringWriter); return ok },
			"CloseNotifier":   func(w any) bool { _, ok := w.(interface{ CloseNotify() <-chan bool }); return ok },
			"deadlines":       func(w any) bool { _, ok := w.(deadliner); return ok },
			"full duplex":     func(w any) bool { _, ok := w.(interface{ EnableFullDuplex() error }); return ok },
			"http.Controller": func(w any) bool { _, ok := w.(unwrapper); return ok || w != any(x.W) },
		} {
			if has(w) && !has(x.W) {
				t.Errorf("%s: net/http's writer is one, and the Writer is none", name)
			}
		}
		x.Returned()
	}), func(t *testing.T, s *httptest.Server) { servertest.Do(t, s, "GET", "/", "") })
}

// A writer that is CloseNotifier is told of a client that hangs up.
func TestCloseNotify(t *testing.T) {
	told := make(chan bool, 1)
	servertest.Both(t, handle(func(x Exchange) {
		x.WriteHeader(200)
		x.Flush()
		told <- <-x.CloseNotify()
	}), func(t *testing.T, s *httptest.Server) {
		ctx, cancel := context.WithCancel(t.Context())
		r, _ := http.NewRequestWithContext(ctx, "GET", s.URL, nil)
		resp, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if !<-told {
			t.Error("not told")
		}
		resp.Body.Close()
	})
	ctx, cancel := context.WithCancel(t.Context())
	handle(func(x Exchange) {
		cancel()
		if !<-x.CloseNotify() { // a recorder has none; the context stands in
			t.Error("not told by the context")
		}
	}).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/", nil))
}

// lines is h as text, one field line a line, sorted.
func lines(h http.Header) string {
	var l []string
	for name, values := range h {
		for _, v := range values {
			l = append(l, name+": "+v)
		}
	}
	slices.Sort(l)
	return strings.Join(l, "\n")
}
