package problem

import (
	"maps"
	"net/http"
	"slices"
)

// Prepare returns an error that [Write] answers with the document of e, with
// much less work: all of it is rendered here, but for the request's id and the
// base of the problem types. It is for a refusal that is made once and given to
// many requests, also at the same time.
//
// What becomes of e afterwards does not matter, and nobody can change what was
// prepared: [From], errors.As and a service's Map get a copy of e.
//
// An extension named requestId is left out: that is the chain's to say. It panics
// if a member of the document cannot be rendered.
func Prepare(e *Error) error {
	p := &prepared{of: *e.copied()}
	p.based = slug(e.Type)
	p.front = p.of.appendStandard(appendType(nil, "", e.Type)[len(typeMember):])
	var err error
	if p.back, err = p.of.appendExtensions(nil, true); err != nil {
		panic(err)
	}
	for name, lines := range p.of.Header {
		p.header = append(p.header, field{http.CanonicalHeaderKey(name), lines})
	}
	return p
}

type prepared struct {
	of     Error
	based  bool   // the type goes under a base
	front  []byte // of the document: from there to the id
	back   []byte // what comes after the id
	header []field
}

type field struct {
	name  string // canonical
	lines []string
}

// Error implements error.
func (p *prepared) Error() string { return p.of.Error() }

// Problem implements Problemer.
func (p *prepared) Problem() *Error { return p.of.copied() }

// Unwrap is for errors.As, which finds the Error, and errors.Is.
func (p *prepared) Unwrap() error { return p.of.copied() }

// append is Error.append, of which most is done.
func (p *prepared) append(b []byte, base, requestID string) []byte {
	b = append(b, typeMember...)
	if p.based {
		b = appendEscaped(b, base)
	}
	b = appendID(append(b, p.front...), requestID)
	return append(b, p.back...)
}

// copied is e with maps of its own.
func (e *Error) copied() *Error {
	c := *e
	c.Extensions = maps.Clone(e.Extensions)
	c.Header = maps.Clone(e.Header)
	for name, lines := range c.Header {
		c.Header[name] = slices.Clone(lines)
	}
	return &c
}
