package problem

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apiconventions/apiconventions/internal/cause"
)

// Error is an error that knows its problem document (RFC 9457 §3.1).
//
// The zero value is a 500. Nothing in this module changes an Error that it was
// given, so one value may serve any number of requests at the same time.
type Error struct {
	// Status is the status code, 400 to 599. Anything else becomes 500.
	Status int

	// Type identifies the kind of problem. "" is about:blank: the status says
	// it all. A bare slug (letters, digits and "-") is resolved by Write under
	// the service's base, "/problems/" if it has none. Anything else is a URI
	// reference and goes out as it is.
	Type string

	// Title is the same for every problem of a Type; "" is the status's phrase.
	Title string

	// Detail is text for the client about this request. Instance is a URI
	// reference that names this occurrence.
	Detail, Instance string

	// Extensions are further members. A name of the standard (type, title,
	// status, detail, instance) is a mistake: MarshalJSON returns an error, and
	// Write leaves the member out and records the mistake for the log. The chain
	// sets requestId.
	Extensions map[string]any

	// Header has further header fields of the response. Vary and Set-Cookie are
	// added to those already set. Write sets Content-Type, Content-Length,
	// Cache-Control, X-Content-Type-Options and X-Request-Id itself, and leaves
	// Content-Encoding, Transfer-Encoding, Trailer and Connection out.
	Header http.Header

	// Err is the cause. It is for the log and never sent.
	Err error
}

// Problemer is a service's error that knows its document. The Problemer itself
// is the cause for the log. Problem may return nil for "none".
type Problemer interface {
	error
	Problem() *Error
}

// New returns an error whose detail was written for the client.
func New(status int, detail string) *Error {
	return &Error{Status: status, Detail: detail}
}

// Wrap returns an error of which the client sees the status alone. The cause err
// is for the log.
func Wrap(status int, err error) *Error {
	return &Error{Status: status, Err: err}
}

// NotFound returns the 404 for what does not exist, no longer exists, or is not
// for this client to see. The document is the same for all of them and does not
// say why. The cause err, which may be nil, is for the log.
func NotFound(err error) *Error { return Wrap(http.StatusNotFound, err) }

// Unavailable returns a 503 with a Retry-After of after, in whole seconds,
// rounded up and at least 1 (RFC 9110 §10.2.3). The cause err, which may be nil,
// is for the log.
func Unavailable(after time.Duration, err error) *Error {
	return retry(http.StatusServiceUnavailable, after, err)
}

// TooMany returns a 429 (RFC 6585 §4) with a Retry-After of after, rounded as
// [Unavailable] does. The cause err, which may be nil, is for the log.
func TooMany(after time.Duration, err error) *Error {
	return retry(http.StatusTooManyRequests, after, err)
}

func retry(status int, after time.Duration, err error) *Error {
	seconds := int64(after / time.Second)
	if after%time.Second > 0 || seconds < 1 {
		seconds = max(0, seconds) + 1
	}
	return &Error{
		Status: status,
		Header: http.Header{"Retry-After": {strconv.FormatInt(seconds, 10)}},
		Err:    err,
	}
}

// TooLarge returns a 413 "content-too-large" whose member "limit" is the limit
// in bytes. The cause err, which may be nil, is for the log.
func TooLarge(limit int64, err error) *Error {
	e := Types.ContentTooLarge.Problem()
	e.Extensions, e.Err = map[string]any{"limit": limit}, err
	return e
}

// Field is what is wrong with one part of a request.
type Field struct {
	// Pointer is a JSON Pointer as a URI fragment ("#/address/city"; RFC 6901
	// §6), or any other name of the part.
	Pointer string `json:"pointer"`
	// Detail says what is wrong, without the value that was submitted.
	Detail string `json:"detail"`
}

// Invalid returns a 400 "invalid-request" whose member "errors" lists what is
// wrong (the form of the example in RFC 9457 §3). The list is the cause for the
// log, too. Where the request as a whole is wrong, give no field and set Detail.
func Invalid(fields ...Field) *Error {
	e := Types.InvalidRequest.Problem()
	if len(fields) > 0 {
		e.Extensions = map[string]any{"errors": slices.Clone(fields)}
		var wrong []string
		for _, f := range fields {
			wrong = append(wrong, f.Pointer+" "+f.Detail)
		}
		e.Err = errors.New(strings.Join(wrong, "; "))
	}
	return e
}

// Error returns the status, the title and the detail: what the client is told
// anyway. The cause is in the text of the verb %+v and in that of LogValue.
func (e *Error) Error() string {
	if e == nil {
		e = new(Error)
	}
	status := e.status()
	code, title := strconv.Itoa(status), e.title(status)
	if e.Detail == "" {
		return code + " " + title
	}
	return code + " " + title + ": " + e.Detail
}

// Format implements fmt.Formatter. The verb %+v prints the text of Error and the
// cause behind it; all others print the text of Error alone.
func (e *Error) Format(s fmt.State, verb rune) {
	if verb == 'v' && s.Flag('+') {
		_, _ = io.WriteString(s, cause.Text[*Error](e))
		return
	}
	if verb == 'v' && s.Flag('#') {
		verb = 's' // a dump of the fields would have the cause
	}
	_, _ = fmt.Fprintf(s, fmt.FormatString(s, verb), e.Error())
}

// LogValue implements slog.LogValuer. The value is the text of the verb %+v.
func (e *Error) LogValue() slog.Value { return slog.StringValue(cause.Text[*Error](e)) }

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

// title returns the Title, or the status's phrase (RFC 9457 §4.2.1).
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

// detail returns the Detail, or a sentence for the status.
func (e *Error) detail(status int) string {
	if e.Detail != "" {
		return e.Detail
	}
	return statusDetail(status)
}
