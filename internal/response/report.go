package response

import "github.com/apiconventions/apiconventions/internal/request"

// Observer gets the outcome of a request at its end.
type Observer interface{ End(Outcome) }

// Observe sets the observer if there is none, and reports whether there was none.
func (w *Writer) Observe(o Observer) bool {
	if !w.calls.Enter() {
		return false
	}
	defer w.calls.Leave()
	if w.observer != nil {
		return false
	}
	w.observer = o
	return true
}

// Observed reports whether the request has an observer.
func (w *Writer) Observed() bool {
	if !w.calls.Enter() {
		return false
	}
	defer w.calls.Leave()
	return w.observer != nil
}

// Deprecate records for the log that the route is deprecated.
func (w *Writer) Deprecate() {
	if outer := w.enclosing(); outer != nil && !w.Observed() {
		outer.Deprecate()
	}
	if w.calls.Enter() {
		w.makeRare().deprecated = true
		w.calls.Leave()
	}
}

// ReportRefusal records for the log that a layer in report-only mode would have refused
// the request.
func (w *Writer) ReportRefusal(refusal string) { w.ReportLater()(refusal) }

// ReportLater is ReportRefusal for a layer that decides while the handler runs. It
// reserves the layer's place in the list of refusals and returns the function that fills
// it, which may be called once, from any goroutine. Where the Writer has no observer, it
// does so for the Writer further out, too.
func (w *Writer) ReportLater() func(refusal string) {
	further := func(string) {}
	if outer := w.enclosing(); outer != nil && !w.Observed() {
		further = outer.ReportLater() // this one may still get an observer
	}
	if !w.calls.Enter() {
		return further
	}
	defer w.calls.Leave()
	rare := w.makeRare()
	at := len(rare.refusals)
	rare.refusals = append(rare.refusals, "")
	return func(refusal string) {
		further(refusal)
		if w.calls.Enter() {
			defer w.calls.Leave()
			rare.refusals[at] = refusal
		}
	}
}

// enclosing returns the next Writer further out that responds to the same request, or
// nil. http.TimeoutHandler or another third-party wrapper stands between the two.
func (w *Writer) enclosing() *Writer {
	info := request.From(w.received.Context())
	if info == nil {
		return nil
	}
	outer, ok := info.Response.(*Writer)
	if !ok || outer.request.URL != w.received.URL {
		return nil // the outer Writer responds to the request in which this one is dispatched
	}
	return outer
}
