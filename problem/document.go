package problem

import (
	"net/http"
	"slices"
)

// A document is what Write makes of an error.
type document struct {
	of       *Error
	prepared *prepared // nil = it is to be rendered
}

func newDocument(err error) document {
	if p, ok := err.(*prepared); ok {
		return document{&p.of, p}
	}
	return document{of: From(err)}
}

// append appends the body to b; base is that of the service's problem types.
func (d document) append(b []byte, base, requestID string) ([]byte, error) {
	if d.prepared != nil {
		return d.prepared.append(b, base, requestID), nil
	}
	return d.of.append(b, base, requestID)
}

// setHeader adds the error's own fields to h.
func (d document) setHeader(h http.Header, sc *scratch) {
	if d.prepared != nil {
		for _, f := range d.prepared.header {
			setField(h, f.name, f.lines, sc)
		}
		return
	}
	for name, lines := range d.of.Header {
		setField(h, http.CanonicalHeaderKey(name), lines, sc)
	}
}

// setField adds a field under its canonical name. What describes the document,
// and the connection, is not an error's to say.
func setField(h http.Header, name string, lines []string, sc *scratch) {
	switch name {
	case "Vary", "Set-Cookie":
		h[name] = append(h[name][:len(h[name]):len(h[name])], lines...)
	case "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Trailer", "Connection", "X-Request-Id":
	default:
		if len(lines) == 1 {
			h[name] = sc.line(lines[0])
		} else {
			h[name] = slices.Clone(lines)
		}
	}
}
