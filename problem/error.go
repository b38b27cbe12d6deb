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

// Error is an error with a problem document (RFC 9457 §3.1).
//
// The zero value is a 500. Nothing in this module changes an Error that it was
// given, so one value may serve any number of requests at the same time.
type Error struct {
	// Status is the status code, 400 to 599. Anything else becomes 500.
	Status int

	// Type identifies the kind of problem. "" is about:blank, for a problem that the
	// status describes. Write resolves a slug (letters, digits and "-") under the
	// service's base, which is "/problems/" by default. Anything else is a URI
	// reference and goes out as it is.
	Type string

	// Title is the same for every problem of a Type. "" is the status's phrase.
	Title string

	// Detail is text for the client about this request. Instance is a URI reference
	// for this occurrence of the problem.
	Detail, Instance string

	// Extensions are further members. They must not have the name of a standard
	// member (type, title, status, detail, instance): MarshalJSON returns an error
	// for it, and Write omits the member and logs the mistake. The chain sets
	// requestId.
	Extensions map[string]any

	// Header has further header fields of the response. Vary and Set-Cookie are
	// added to the values already set. Write sets Content-Type, Content-Length,
	// Cache-Control, X-Content-Type-Options and X-Request-Id itself. It ignores
	// Content-Encoding, Transfer-Encoding and Trailer, and of Connection everything
	// but "close".
	Header http.Header

	// Err is the cause, for the log. It is never sent.
	Err error
}

// Problemer is an error of a service that has a problem document. The Problemer itself
// is the cause for the log. Problem returns nil if there is no document.
type Problemer interface {
	error
	Problem() *Error
}

// New returns an error with a detail for the client.
func New(status int, detail string) *Error {
	return &Error{Status: status, Detail: detail}
}

// Wrap returns an error of which the client sees only the status. The cause err is for
// the log.
func Wrap(status int, err error) *Error {
	return &Error{Status: status, Err: err}
}

// NotFound returns the 404 for a resource that does not exist, no longer exists, or is
// not visible to this client. The document does not tell which. The cause err, which
// may be nil, is for the log.
func NotFound(err error) *Error { return Wrap(http.StatusNotFound, err) }

// Unavailable returns a 503 with the Retry-After after, in whole seconds, rounded up and
// at least 1 (RFC 9110 §10.2.3). The cause err, which may be nil, is for the log.
func Unavailable(after time.Duration, err error) *Error {
	return retry(http.StatusServiceUnavailable, after, err)
}

// TooMany returns a 429 (RFC 6585 §4) with the Retry-After after, rounded as in
// [Unavailable]. The cause err, which may be nil, is for the log.
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
	// Pointer is a JSON Pointer as a URI fragment ("#/address/city", RFC 6901 §6), or
	// another name of the part.
	Pointer string `json:"pointer"`
	// Detail is what is wrong, without the value that was submitted.
	Detail string `json:"detail"`
}

// Invalid returns a 400 "invalid-request" whose member "errors" lists what is wrong, as
// in the example of RFC 9457 §3. The list is also the cause for the log. Where the
// request as a whole is wrong, give no field and set Detail.
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

// Error returns the status, the title and the detail, which the client sees too. The
// cause is in the text of the verb %+v and of LogValue.
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

// Format implements fmt.Formatter. The verb %+v prints the text of Error and the cause.
// All other verbs print the text of Error.
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

// LogValue implements slog.LogValuer. It returns the text of the verb %+v.
func (e *Error) LogValue() slog.Value { return slog.StringValue(cause.Text[*Error](e)) }

// Problem implements Problemer. It returns e.
func (e *Error) Problem() *Error { return e }

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// status returns the Status, or 500 if it is not that of an error.
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
