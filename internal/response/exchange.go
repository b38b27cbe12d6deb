package response

import (
	"net/http"
	"reflect"

	"github.com/apiconventions/apiconventions/internal/request"
)

// Exchange is a request and its response as a layer has them.
type Exchange struct {
	*Writer
	W    http.ResponseWriter // to hand on; the Writer, or a wrapper in front of it
	R    *http.Request       // to hand on
	Info *request.Info       // of R

	first bool // the layer has made the Writer
}

// Enter returns the exchange of r. Its Writer is the one that w is, unwraps to, or
// shares the header map with. If there is none, the exchange has a new Writer: the layer
// is the outermost one, or w belongs to a part of a batch or to http.TimeoutHandler, and
// the outer Writer must not be changed from there.
func Enter(w http.ResponseWriter, r *http.Request) Exchange {
	rw := Of(w, r)
	if rw == nil {
		return start(w, r, nil)
	}
	r, info := rw.attach(r)
	return Exchange{Writer: rw, W: w, R: r, Info: info}
}

// attach returns r with what the layers know of the request, and notes it as the
// innermost request. Third-party middleware may have replaced the context.
func (w *Writer) attach(r *http.Request) (*http.Request, *request.Info) {
	info := request.From(r.Context())
	if !info.SameRequest(w.info) {
		r = r.WithContext(request.Attach(r.Context(), w.request.Context()))
		info = w.info
	}
	w.setInnermost(r)
	return r, info
}

// setInnermost records r as the innermost request so far.
func (w *Writer) setInnermost(r *http.Request) {
	if w.innermost.Load() != r { // usually it is, and a load is cheaper than a store
		w.innermost.Store(r)
	}
}

// EnterBehind is Enter for a handler that has to know what has been written to w. A
// third-party wrapper may keep that back, so a new Writer goes in front of it.
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

// start makes a Writer for w. outer is the Writer behind w, if w is a third-party
// wrapper, or nil.
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

// noteEntry records the success fields that were set before the first layer: an error
// response keeps them.
func (w *Writer) noteEntry() {
	for name, values := range w.header {
		// An error response drops what was set between outer and a third-party wrapper,
		// but for the coding, which may be that of the wrapper.
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
		// A third-party wrapper without Unwrap has the header map of the writer below.
		if info := request.From(r.Context()); info != nil {
			rw, _ = info.Response.(*Writer)
		}
	}
	// A writer that records a response has a map of its own, even if it unwraps.
	if rw == nil || !isSameMap(rw.header, w.Header()) {
		return nil
	}
	return rw
}

// unwrap returns the Writer that w is or unwraps to, or nil.
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

// isSameMap reports whether a and b are one map.
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

// HandOn makes r the request that the next handler gets. Its context has an Info.
func (x *Exchange) HandOn(r *http.Request) {
	if r != x.R {
		x.R, x.Info = r, request.From(r.Context())
	}
	x.setInnermost(r)
}

// Set sets a field of x.Info. If a layer of the same kind further out has set it, the
// request that is handed on gets a context with an Info of its own.
func Set[T any, F interface{ Set(T) bool }](x *Exchange, field func(*request.Info) F, v T) {
	if field(x.Info).Set(v) {
		return
	}
	ctx := request.Part(x.R.Context(), func(i *request.Info) { field(i).Set(v) })
	x.HandOn(x.R.WithContext(ctx))
}

// InfoOf returns the Info of the request that w responds to, or nil.
func InfoOf(w http.ResponseWriter, r *http.Request) *request.Info {
	if info := request.From(r.Context()); info != nil {
		return info
	}
	if rw := Of(w, r); rw != nil {
		return rw.info
	}
	return nil
}
