// Package layer is the one skeleton of a layer of the chain, and the order of the
// layers.
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
// concurrent use. One of the functions is set.
type Layer struct {
	Name string // as its users write it: "etag.Guard"
	Kind Kind

	// Check returns the request to hand on, and an error if it is refused. It does
	// not need to know what the other layers know.
	Check func(w http.ResponseWriter, r *http.Request) (*http.Request, error)

	// Decide returns an error for a request that is refused, and the request to
	// hand on otherwise, or neither if it has responded itself.
	Decide func(x Exchange) (*http.Request, error)

	// Around calls next itself.
	Around func(x Exchange, next http.Handler)

	// Transform calls next itself, with another writer. It does not need to know
	// what the other layers know.
	Transform func(w http.ResponseWriter, r *http.Request, next http.Handler)

	// Report returns the error with which Decide or Check would refuse the request,
	// and the request to hand on all the same. It is nil for a layer that has no
	// report-only mode.
	Report func(x Exchange) (*http.Request, error)

	misplaced atomic.Pointer[string] // why every request is refused; see order.go
}

// Middleware returns the layer as middleware. It panics where the chain that it
// wraps has a layer that has to stand outside this one.
func (l *Layer) Middleware(next http.Handler) http.Handler {
	mustBeOutside(l, next)
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
	switch {
	case h.layer.Check != nil:
		h.check(w, r)
		return
	case h.layer.Transform != nil:
		h.layer.Transform(w, r, h.next)
		return
	}
	x := response.Enter(w, r)
	defer x.End(&h.drain)
	h.serve(x)
	x.Returned()
}

func (h *Handler) check(w http.ResponseWriter, r *http.Request) {
	next, err := h.layer.Check(w, r)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	h.next.ServeHTTP(w, next)
}

// refuse responds with err, and reads on where this is the outermost layer.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	x := response.Enter(w, r)
	defer x.End(&h.drain)
	problem.Write(x.W, x.R, err)
	x.Returned()
}

// serve runs the layer and those of this module that stand right behind it: they
// have the same exchange.
func (h *Handler) serve(x Exchange) {
	if h.layer.Around != nil {
		h.layer.Around(x, h.next)
		return
	}
	defer h.layer.forget(x.Info) // which has the note of inOrder
	r, err := h.decide(x)
	if err != nil {
		problem.Write(x.W, x.R, err)
		return
	}
	if r == nil {
		return
	}
	x.HandOn(r)
	if next, ok := h.next.(*Handler); ok && next.layer.Transform == nil {
		next.serve(x)
	} else {
		h.next.ServeHTTP(x.W, r)
	}
}

// decide returns what the layer decides about the exchange.
func (h *Handler) decide(x Exchange) (*http.Request, error) {
	if h.layer.Check != nil {
		return h.layer.Check(x.W, x.R)
	}
	if err := h.layer.inOrder(x); err != nil {
		return nil, err
	}
	return h.layer.Decide(x)
}

// Failed reports whether err, which a function of the service has returned, is an
// error. A nil *problem.Error, which is easily returned as one, is none.
func Failed(err error) bool {
	e, ok := err.(*problem.Error)
	return err != nil && (!ok || e != nil)
}
