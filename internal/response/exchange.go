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

	created bool
}

// Enter finds the Writer that w is, unwraps to, or shares its header with, and
// starts a new one if there is none: w then answers another request, one that
// is dispatched inside the first (a batch), or in a goroutine that may outlive
// it (http.TimeoutHandler), and nothing may reach the outer one from there.
func Enter(w http.ResponseWriter, r *http.Request) Exchange {
	rw := Of(w, r)
	if rw == nil {
		rw, r = start(w, r)
		return Exchange{Writer: rw, W: rw, R: r, created: true}
	}
	if request.From(r.Context()) != &rw.State {
		r = r.WithContext(request.Attach(r.Context(), &rw.State))
	}
	rw.routed = r
	return Exchange{Writer: rw, W: w, R: r}
}

func start(w http.ResponseWriter, r *http.Request) (*Writer, *http.Request) {
	rw := &Writer{rw: w, header: w.Header()}
	for k, v := range rw.header {
		if forSuccess(k) {
			if rw.entry == nil {
				rw.entry = make(http.Header)
			}
			rw.entry[k] = v
		}
	}
	if outer := request.From(r.Context()); outer != nil {
		rw.State.Inherit(outer)
	}
	rw.State.Context, rw.State.Owner = r.Context(), rw
	rw.request = r.WithContext(&rw.State)
	rw.routed = rw.request
	return rw, rw.request
}

// Of is the Writer that answers r through w, or nil.
func Of(w http.ResponseWriter, r *http.Request) *Writer {
	for v := w; v != nil; {
		switch t := v.(type) {
		case *Writer:
			return t
		case interface{ Unwrap() http.ResponseWriter }:
			v = t.Unwrap()
			continue
		}
		break
	}
	// A foreign wrapper without Unwrap still hands out the header map of the
	// writer below. A recorder has a map of its own.
	if s := request.From(r.Context()); s != nil {
		if rw, ok := s.Owner.(*Writer); ok && sameMap(rw.header, w.Header()) {
			return rw
		}
	}
	return nil
}

func sameMap(a, b http.Header) bool {
	return a != nil && reflect.ValueOf(a).UnsafePointer() == reflect.ValueOf(b).UnsafePointer()
}

// Foreign reports whether somebody else's writer stands between the layer and
// ours.
func (x Exchange) Foreign() bool { return x.W != http.ResponseWriter(x.Writer) }

// Serve calls the next handler. The layer that started the Writer ends it.
func (x Exchange) Serve(next http.Handler) {
	x.routed = x.R
	next.ServeHTTP(x.W, x.R)
	if x.created {
		x.Finish()
	}
}

// Server is the innermost writer: net/http's own, which http.MaxBytesReader
// has to see to be able to close the connection.
func (x Exchange) Server() http.ResponseWriter {
	for v := x.rw; ; {
		u, ok := v.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return v
		}
		v = u.Unwrap()
	}
}
