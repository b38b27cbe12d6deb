package response

import (
	"net/http"
	"reflect"

	"github.com/apiconventions/apiconventions/internal/request"
)

// Exchange is a request and its answer as a layer sees them.
type Exchange struct {
	*Writer                     // ours: state and what has gone out
	W       http.ResponseWriter // the writer to pass on; a foreign one may stand before ours
	R       *http.Request       // the request to pass on; its context has the state

	came *http.Request // for the layer that started the Writer: what it got; nil for others
}

// Enter finds the Writer that w is, unwraps to, or shares its header with, and
// starts a new one if there is none: w then answers another request, one that
// is dispatched inside the first (a batch), or in a goroutine that may outlive
// it (http.TimeoutHandler), and nothing may reach the outer one from there.
func Enter(w http.ResponseWriter, r *http.Request) Exchange {
	rw := Of(w, r)
	if rw == nil {
		return start(w, r, nil)
	}
	if request.From(r.Context()) != &rw.State {
		r = r.WithContext(Attach(r.Context(), rw))
	}
	rw.routed = r
	return Exchange{Writer: rw, W: w, R: r}
}

// EnterBehind is for a layer that has to know what has been written to w, where
// that is a foreign writer, which may keep it back: a Writer of the layer's own
// goes before it.
func EnterBehind(w http.ResponseWriter, r *http.Request) Exchange {
	return start(w, r, Of(w, r))
}

// Route notes the request that a handler gets: a mux has written the route into
// it.
func (w *Writer) Route(r *http.Request) { w.routed = r }

// Keeper is a writer of this module: the Writer, or one before it that keeps an
// answer back, and takes it back when an error takes its place. Begun reports
// whether it is too late for that.
type Keeper interface {
	http.ResponseWriter
	Begun() bool
}

// start makes a Writer for w. outer is the one behind a foreign writer, if any.
func start(w http.ResponseWriter, r *http.Request, outer *Writer) Exchange {
	rw := &Writer{rw: w, header: w.Header(), vary: undecided}
	if outer != nil {
		rw.putAside().outer = outer
	}
	for k, v := range rw.header {
		// What was set between outer and a foreign writer goes, but for the coding,
		// which may be that writer's own.
		if ForSuccess(k) && (outer == nil || k == "Content-Encoding" || outer.hadAtEntry(k)) {
			a := rw.putAside()
			if a.entry == nil {
				a.entry = make(http.Header)
			}
			a.entry[k] = v
		}
	}
	if s := request.From(r.Context()); s != nil {
		rw.State.Inherit(s)
	}
	rw.State.Context = r.Context()
	rw.request = *r.WithContext((*scope)(rw))
	rw.watchContent()
	rw.routed = &rw.request
	if outer != nil {
		outer.routed = rw.routed
	}
	return Exchange{Writer: rw, W: rw, R: rw.routed, came: r}
}

// Of is the Writer that answers r through w, or nil.
func Of(w http.ResponseWriter, r *http.Request) *Writer {
	if rw, ok := w.(*Writer); ok {
		return rw
	}
	rw := unwrap(w)
	if rw == nil {
		// A foreign wrapper without Unwrap still hands out the header map of the
		// writer below.
		rw = from(r.Context())
	}
	// A recorder has a map of its own, whatever it unwraps to.
	if rw == nil || !sameMap(rw.header, w.Header()) {
		return nil
	}
	return rw
}

// foreign reports whether somebody else's writer stands between w and rw.
func foreign(w http.ResponseWriter, rw *Writer) bool {
	if w == http.ResponseWriter(rw) {
		return false
	}
	if _, ours := w.(Keeper); ours {
		if u, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
			return u.Unwrap() != http.ResponseWriter(rw)
		}
	}
	return true
}

func unwrap(w http.ResponseWriter) *Writer {
	for {
		switch t := w.(type) {
		case *Writer:
			return t
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		default:
			return nil
		}
	}
}

func sameMap(a, b http.Header) bool {
	return a != nil && reflect.ValueOf(a).UnsafePointer() == reflect.ValueOf(b).UnsafePointer()
}

// Serve calls the next handler, and ends the exchange.
func (x Exchange) Serve(next http.Handler) {
	x.Next(next)
	x.End()
}

// Next calls the next handler.
func (x Exchange) Next(next http.Handler) {
	x.routed = x.R
	next.ServeHTTP(x.W, x.R)
}

// End is for the layer that started the Writer, and nothing to others: it ends
// the answer, breaks off the connection if that is broken, and reads on where the
// answer came before the content of the request.
func (x Exchange) End() {
	if x.came == nil {
		return
	}
	x.Finish()
	if x.Broken() {
		x.BreakOff()
	}
	// Whoever has parsed a form further out looks after it, as net/http does after
	// that of its own request, of which this is a copy.
	if f := x.routed.MultipartForm; f != nil && f != x.came.MultipartForm {
		_ = f.RemoveAll()
	}
	x.linger()
}
