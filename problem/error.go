package problem

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is an error that knows its problem document (RFC 9457 §3.1).
//
// The zero value is a 500. Nothing in this module changes an Error that it was
// given, so one value may serve any number of requests at the same time.
type Error struct {
	// Status of the answer, 400 to 599. Anything else is answered as 500.
	Status int

	// Type identifies the kind of problem. "" is about:blank: the status says
	// it all. A bare slug (letters, digits and "-") is resolved by Write under
	// the service's base, "/problems/" if it has none. Anything else is a URI
	// reference and goes out as it is.
	Type string

	// Title is the same for every problem of a Type; "" is the status's phrase.
	Title string

	// Detail is for the client of this request; Instance is a URI reference
	// that names this occurrence.
	Detail, Instance string

	// Extensions are further members. A name of the standard (type, title,
	// status, detail, instance) is a mistake: MarshalJSON returns an error, and
	// Write leaves the member out and puts the mistake on record for the log.
	// requestId is the chain's to set.
	Extensions map[string]any

	// Header has further fields of the answer; Vary and Set-Cookie are added to
	// what is there. Write sets Content-Type, Content-Length, Cache-Control,
	// X-Content-Type-Options and X-Request-Id itself, and leaves Content-Encoding,
	// Transfer-Encoding, Trailer and Connection out.
	Header http.Header

	// Err is the cause. It is for the log and never sent.
	Err error
}

// Problemer is an application's error that knows its document. The cause for
// the log is the Problemer itself. Problem may return nil for "none".
type Problemer interface {
	error
	Problem() *Error
}

// New returns an error whose detail was written for the client.
func New(status int, detail string) *Error {
	return &Error{Status: status, Detail: detail}
}

// Wrap returns an error of which the client learns the status alone; err is for
// the log.
func Wrap(status int, err error) *Error {
	return &Error{Status: status, Err: err}
}

// NotFound is the answer to what does not exist, no longer exists, or is not
// for this user to see: the same 404 for all of them, which does not say why.
// err, which may be nil, is for the log.
func NotFound(err error) *Error { return Wrap(http.StatusNotFound, err) }

// Unavailable is a 503 whose Retry-After is after, in whole seconds, rounded up
// and at least 1 (RFC 9110 §10.2.3). err, which may be nil, is for the log.
func Unavailable(after time.Duration, err error) *Error {
	seconds := int64(after / time.Second)
	if after%time.Second > 0 || seconds < 1 {
		seconds = max(0, seconds) + 1
	}
	return &Error{
		Status: http.StatusServiceUnavailable,
		Header: http.Header{"Retry-After": {strconv.FormatInt(seconds, 10)}},
		Err:    err,
	}
}

// TooLarge is a 413 "content-too-large" that names the limit in bytes. err,
// which may be nil, is for the log.
func TooLarge(limit int64, err error) *Error {
	return &Error{
		Status:     http.StatusRequestEntityTooLarge,
		Type:       "content-too-large",
		Title:      "Content too large",
		Extensions: map[string]any{"limit": limit},
		Err:        err,
	}
}

// Field is what is wrong with one part of a request.
type Field struct {
	// Pointer is a JSON Pointer as a URI fragment ("#/address/city"; RFC 6901
	// §6), or any other name of the part.
	Pointer string `json:"pointer"`
	// Detail says what is wrong, without the value that was submitted.
	Detail string `json:"detail"`
}

// Invalid is a 400 "invalid-request" with the list of what is wrong as its
// member "errors" (the form of the example in RFC 9457 §3). For what is wrong with
// the request as a whole there are no fields: set Detail.
func Invalid(fields ...Field) *Error {
	e := &Error{Status: http.StatusBadRequest, Type: "invalid-request", Title: "Invalid request"}
	if len(fields) > 0 {
		e.Extensions = map[string]any{"errors": append([]Field(nil), fields...)}
	}
	return e
}

// Error is for logs: status, detail, and the cause.
func (e *Error) Error() string {
	if e == nil {
		e = new(Error)
	}
	var b strings.Builder
	status := e.status()
	b.WriteString(strconv.Itoa(status))
	b.WriteByte(' ')
	b.WriteString(e.title(status))
	if e.Detail != "" {
		b.WriteString(": ")
		b.WriteString(e.Detail)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Problem implements Problemer: an Error is its own document.
func (e *Error) Problem() *Error { return e }

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

func (e *Error) status() int {
	if e.Status < 400 || e.Status > 599 {
		return http.StatusInternalServerError
	}
	return e.Status
}

// title is the status's phrase where there is none (RFC 9457 §4.2.1).
func (e *Error) title(status int) string {
	if e.Title != "" {
		return e.Title
	}
	switch t := http.StatusText(status); {
	case t != "":
		return t
	case status < 500:
		return "Client Error"
	default:
		return "Server Error"
	}
}
