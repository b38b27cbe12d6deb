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
	r = rw.attach(r)
	return Exchange{Writer: rw, W: w, R: r, Info: request.From(r.Context())}
}

// attach returns r with what the layers know of the request, where third-party
// middleware has put another context in the place of the request's own, and notes
// it as the innermost request.
func (w *Writer) attach(r *http.Request) *http.Request {
	own := w.request.Context()
	if !request.From(r.Context()).SameRequest(request.From(own)) {
		r = r.WithContext(request.Attach(r.Context(), own))
	}
	w.innermost.Store(r)
	return r
}

// EnterBehind is Enter for a handler that has to know what has been written to w,
// also where w is a third-party wrapper, which may keep it back: a Writer of its
// own goes before that.
func EnterBehind(w http.ResponseWriter, r *http.Request) Exchange {
	rw := Of(w, r)
	if rw != nil {
		r = rw.attach(r)
	}
	if _, ours := w.(Keeper); ours {
		return Exchange{Writer: rw, W: w, R: r, Info: request.From(r.Context())}
	}
	return start(w, r, rw)
}

// start makes a Writer for w. outer is the one behind a third-party wrapper, if any.
func start(w http.ResponseWriter, r *http.Request, outer *Writer) Exchange {
	rw := &Writer{rw: w, header: w.Header(), received: r, outer: outer}
	for name, values := range rw.header {
		// What was set between outer and a third-party wrapper goes with an error, but
		// for the coding, which may be that wrapper's own.
		if ForSuccess(name) && (outer == nil || name == "Content-Encoding" || len(outer.entry[name]) > 0) {
			if rw.entry == nil {
				rw.entry = make(http.Header)
			}
			rw.entry[name] = values
		}
	}
	ctx := request.NewContext(r.Context(), func(i *request.Info) { i.Response = rw })
	next := r.WithContext(ctx)
	rw.watchContent(next)
	rw.request = next
	rw.innermost.Store(next)
	if outer != nil {
		outer.innermost.Store(next)
	}
	return Exchange{Writer: rw, W: rw, R: next, Info: request.From(ctx), first: true}
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

// HandOn notes r as the request that the next handler gets.
func (x *Exchange) HandOn(r *http.Request) {
	x.R = r
	x.innermost.Store(r)
}

// Set sets a field of what the layers know of the request. If the field is set
// already, by a layer of the same kind further out, the request that is handed on
// gets a context of its own.
func Set[T any](x *Exchange, field func(*request.Info) *request.Field[T], v T) {
	if field(x.Info).Set(v) {
		return
	}
	ctx := request.Part(x.R.Context(), func(i *request.Info) { field(i).Set(v) })
	x.HandOn(x.R.WithContext(ctx))
	x.Info = request.From(ctx)
}

// InfoOf returns what the layers know of the request that w responds to, or nil.
func InfoOf(w http.ResponseWriter, r *http.Request) *request.Info {
	if info := request.From(r.Context()); info != nil {
		return info
	}
	if rw := Of(w, r); rw != nil {
		return rw.info()
	}
	return nil
}
