// Package layer is the skeleton that all layers of a chain share, and the check of
// their order.
package layer

import (
	"net/http"
	"sync/atomic"

	"github.com/apiconventions/apiconventions/internal/response"
	"github.com/apiconventions/apiconventions/problem"
)

// Exchange is a request and its response as a layer has them.
type Exchange = response.Exchange

// Layer is a middleware of this module. It is made with the chain and safe for
// concurrent use. One of Check, Decide, Around and Transform is set.
type Layer struct {
	Name string // as its users write it: "etag.Guard"
	Kind Kind

	// Check returns the request to hand on, or an error that refuses it. It is for a
	// layer that does not need to know what the other layers know.
	Check func(w http.ResponseWriter, r *http.Request) (*http.Request, error)

	// Decide returns the request to hand on, or an error that refuses it. It returns
	// neither if it has responded itself.
	Decide func(x Exchange) (*http.Request, error)

	// Around calls next itself.
	Around func(x Exchange, next http.Handler)

	// Transform calls next itself, with another writer. It is for a layer that does
	// not need to know what the other layers know.
	Transform func(w http.ResponseWriter, r *http.Request, next http.Handler)

	// Report returns the request to hand on in report-only mode, and the error with
	// which Decide or Check would refuse it. It is nil for a layer without that mode.
	Report func(x Exchange) (*http.Request, error)

	misplaced atomic.Pointer[string] // why the layer refuses every request; nil = it does not
}

// Middleware returns the layer as middleware. It panics if a layer in the chain that
// it wraps has to stand outside this one.
func (l *Layer) Middleware(next http.Handler) http.Handler {
	mustBeInOrder(l, next)
	return &Handler{layer: l, next: next}
}

// Handler is a layer around the next handler.
type Handler struct {
	layer *Layer
	next  http.Handler
	drain response.Drain
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var refusal error
	switch {
	case h.layer.Check != nil:
		next, err := h.layer.Check(w, r)
		if err == nil {
			h.next.ServeHTTP(w, next)
			return
		}
		refusal = err
	case h.layer.Transform != nil:
		h.layer.Transform(w, r, h.next)
		return
	}
	x := response.Enter(w, r)
	defer x.End(&h.drain)
	if refusal != nil {
		problem.Write(x.W, x.R, refusal)
	} else {
		h.serve(x)
	}
	x.Returned()
}

// serve runs the layer, and the layers of this module directly behind it, which share
// its exchange.
func (h *Handler) serve(x Exchange) {
	if h.layer.Around != nil {
		h.layer.Around(x, h.next)
		return
	}
	defer h.layer.forget(x.Info) // in which checkOrder notes the layer
	r, err := h.decide(x)
	switch {
	case err != nil:
		problem.Write(x.W, x.R, err)
		return
	case r == nil:
		return // the layer has responded
	}
	x.HandOn(r)
	if next, ok := h.next.(*Handler); ok && next.layer.Transform == nil {
		next.serve(x)
	} else {
		h.next.ServeHTTP(x.W, r)
	}
}

// decide calls Check, or Decide if the order of the layers is right.
func (h *Handler) decide(x Exchange) (*http.Request, error) {
	if h.layer.Check != nil {
		return h.layer.Check(x.W, x.R)
	}
	if err := h.layer.checkOrder(x); err != nil {
		return nil, err
	}
	return h.layer.Decide(x)
}

// Failed reports whether err, which a function of the service has returned, is an
// error. A nil *problem.Error in an error is none.
func Failed(err error) bool {
	e, ok := err.(*problem.Error)
	return err != nil && (!ok || e != nil)
}
