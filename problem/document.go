package problem

import "net/http"

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
func (d document) setHeader(h http.Header, fresh *values) {
	if d.prepared != nil {
		for _, f := range d.prepared.header {
			setField(h, f.name, f.lines, fresh)
		}
		return
	}
	for name, lines := range d.of.Header {
		setField(h, http.CanonicalHeaderKey(name), lines, fresh)
	}
}

// setField adds a field under its canonical name. What describes the document,
// and the connection, is not an error's to say.
func setField(h http.Header, name string, lines []string, fresh *values) {
	switch name {
	case "Vary", "Set-Cookie":
		h[name] = append(h[name][:len(h[name]):len(h[name])], lines...)
	case "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Trailer", "Connection", "X-Request-Id":
	default:
		h[name] = fresh.add(lines...)
	}
}

// values hands out lines of header fields from one allocation: no other answer
// shares them, and none can grow into the next.
type values []string

func (v *values) add(lines ...string) []string {
	start := len(*v)
	for _, line := range lines {
		*v = append(*v, line)
	}
	return (*v)[start:len(*v):len(*v)]
}
