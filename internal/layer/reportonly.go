package layer

import (
	"net/http"
	"strconv"

	"github.com/apiconventions/apiconventions/problem"
)

// ReportOnly returns the layer that middleware makes, in its report-only mode. It
// panics if middleware makes no layer of this module, more than that layer, or one
// that has no such mode.
func ReportOnly(middleware func(http.Handler) http.Handler) func(http.Handler) http.Handler {
	next := new(innermost)
	h, ok := middleware(next).(*Handler)
	switch {
	case !ok:
		panic("middleware: ReportOnly takes a layer of this module")
	case h.next != next: // the layers in between would be lost, Bearer perhaps
		panic("middleware: ReportOnly takes one layer, and there is more than " + h.layer.Name)
	case h.layer.Report == nil:
		panic("middleware: ReportOnly: " + h.layer.Name + " has no report-only mode")
	}
	l := &Layer{Name: "middleware.ReportOnly(" + h.layer.Name + ")"}
	if h.layer.Kind == Accept { // which still chooses a representation
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

// innermost is a handler by whose address ReportOnly knows it again.
type innermost struct{ http.Handler }

// Refusal returns a refusal as the access log has it: "415 unsupported-media-type".
func Refusal(err error) string {
	e := problem.From(err)
	s := strconv.Itoa(e.Status)
	if e.Type != "" {
		s += " " + e.Type
	}
	return s
}
