package layer

import (
	"net/http"
	"strconv"

	"github.com/apiconventions/apiconventions/problem"
)

// ReportOnly returns the layer that middleware makes, in its report-only mode. It
// panics if middleware does not make exactly one layer of this module, or if the layer
// has no such mode.
func ReportOnly(middleware func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	next := new(innermost)
	h, ok := middleware(next).(*Handler)
	switch {
	case !ok:
		panic("middleware: ReportOnly takes a layer of this module")
	case h.next != next: // the layers in between, such as a Bearer, would be lost
		panic("middleware: ReportOnly takes one layer, and there is more than " + h.layer.Name)
	case h.layer.Report == nil:
		panic("middleware: ReportOnly: " + h.layer.Name + " has no report-only mode")
	}
	l := &Layer{Name: "middleware.ReportOnly(" + h.layer.Name + ")"}
	if h.layer.Kind == Accept { // it still chooses a representation
		l.Kind = Accept
	}
	l.Decide = func(x Exchange) (*http.Request, error) {
		r, err := h.layer.Report(x)
		if err != nil {
			x.ReportRefusal(Refusal(err))
		}
		return r, nil
	}
	return l.Middleware
}

// innermost is a handler that ReportOnly recognizes by its address.
type innermost struct{ http.Handler }

// Refusal returns the text of a refusal in the access log: "415 unsupported-media-type".
func Refusal(err error) string {
	e := problem.From(err)
	s := strconv.Itoa(e.Status)
	if e.Type != "" {
		s += " " + e.Type
	}
	return s
}
