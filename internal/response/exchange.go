package response

import (
	"net/http"
	"reflect"

	"github.com/apiconventions/apiconventions/internal/request"
)

// Exchange is a request and its response as a layer has them.
type Exchange struct {
	*Writer
	W    http.ResponseWriter // to hand on; a third-party wrapper may stand before the Writer
	R    *http.Request       // to hand on
	Info *request.Info       // of R

	first bool // the layer made the Writer
}

// Enter returns the exchange of r. Its Writer is the one that w is, unwraps to, or
// shares its header map with. If there is none, w responds to another request, one
// that is dispatched inside the first (a batch), or in a goroutine that may outlive
// it (http.TimeoutHandler): the exchange then has a new Writer, and nothing reaches
// the outer one from there.
func Enter(w http.ResponseWriter, r *http.Request) Exchange {
	rw := Of(w, r)
	if rw == nil {
		return start(w, r, nil)
	}
	r, info := rw.attach(r)
	return Exchange{Writer: rw, W: w, R: r, Info: info}
}

// attach returns r with what the layers know of the request, where third-party
// middleware has put another context in the place of the request's own, and notes
// it as the innermost request.
func (w *Writer) attach(r *http.Request) (*http.Request, *request.Info) {
	info := request.From(r.Context())
	if !info.SameRequest(w.info) {
		r = r.WithContext(request.Attach(r.Context(), w.request.Context()))
		info = w.info
	}
	w.setInnermost(r)
	return r, info
}

// setInnermost notes r as the request that the last layer so far hands on.
func (w *Writer) setInnermost(r *http.Request) {
	if w.innermost.Load() != r { // it usually is, and to load costs less than to store
		w.innermost.Store(r)
	}
}

// EnterBehind is Enter for a handler that has to know what has been written to w,
// also where w is a third-party wrapper, which may keep it back: a Writer of its
// own goes before that.
func EnterBehind(w http.ResponseWriter, r *http.Request) Exchange {
	rw := Of(w, r)
	info := request.From(r.Context())
	if rw != nil {
		r, info = rw.attach(r)
	}
	if _, ours := w.(Keeper); ours {
		return Exchange{Writer: rw, W: w, R: r, Info: info}
	}
	return start(w, r, rw)
}

// start makes a Writer for w. outer is the one behind a third-party wrapper, if any.
func start(w http.ResponseWriter, r *http.Request, outer *Writer) Exchange {
	rw, c := new(Writer), new(request.Context)
	rw.rw, rw.header, rw.received, rw.outer = w, w.Header(), r, outer
	rw.noteEntry()
	rw.info = c.Init(r.Context(), rw)
	next := r.WithContext(c)
	rw.watchContent(next)
	rw.request = next
	rw.innermost.Store(next)
	if outer != nil {
		outer.innermost.Store(next)
	}
	return Exchange{Writer: rw, W: rw, R: next, Info: rw.info, first: true}
}

// noteEntry notes the fields of a success that were set before the first layer.
func (w *Writer) noteEntry() {
	for name, values := range w.header {
		// What was set between outer and a third-party wrapper goes with an error, but
		// for the coding, which may be that wrapper's own.
		if ForSuccess(name) && (w.outer == nil || name == "Content-Encoding" || len(w.outer.entry[name]) > 0) {
			if w.entry == nil {
				w.entry = make(http.Header)
			}
			w.entry[name] = values
		}
	}
}

// Of returns the Writer that responds to r through w, or nil.
func Of(w http.ResponseWriter, r *http.Request) *Writer {
	if rw, ok := w.(*Writer); ok {
		return rw
	}
	rw := unwrap(w)
	if rw == nil {
		// A third-party wrapper without Unwrap still has the header map of the writer
		// below.
		if info := request.From(r.Context()); info != nil {
			rw, _ = info.Response.(*Writer)
		}
	}
	// A recorder has a map of its own, whatever it unwraps to.
	if rw == nil || !isSameMap(rw.header, w.Header()) {
		return nil
	}
	return rw
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

func isSameMap(a, b http.Header) bool {
	return a != nil && reflect.ValueOf(a).UnsafePointer() == reflect.ValueOf(b).UnsafePointer()
}

// isThirdParty reports whether a third-party wrapper stands between w and rw.
func isThirdParty(w http.ResponseWriter, rw *Writer) bool {
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

// HandOn notes r, whose context has what the layers know of the request, as the
// request that the next handler gets.
func (x *Exchange) HandOn(r *http.Request) {
	if r != x.R {
		x.R, x.Info = r, request.From(r.Context())
	}
	x.setInnermost(r)
}

// Set sets a field of what the layers know of the request. If the field is set
// already, by a layer of the same kind further out, the request that is handed on
// gets a context of its own.
func Set[T any, F interface{ Set(T) bool }](x *Exchange, field func(*request.Info) F, v T) {
	if field(x.Info).Set(v) {
		return
	}
	ctx := request.Part(x.R.Context(), func(i *request.Info) { field(i).Set(v) })
	x.HandOn(x.R.WithContext(ctx))
}

// InfoOf returns what the layers know of the request that w responds to, or nil.
func InfoOf(w http.ResponseWriter, r *http.Request) *request.Info {
	if info := request.From(r.Context()); info != nil {
		return info
	}
	if rw := Of(w, r); rw != nil {
		return rw.info
	}
	return nil
}
