package problem

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
)

// postLimit is the limit of http.Request.ParseForm where no other is set.
const postLimit = 10 << 20

// badForm returns the problem of a form that net/http could not parse, or nil. net/http
// has values or types for some of these errors, and only texts for the others. The texts
// are those of Go 1.26.
func badForm(err error) *Error {
	for err != nil {
		if e := badFormItself(err); e != nil {
			return e
		}
		switch u := err.(type) {
		case *url.Error:
			// From url.Parse or http.Client: it is not about this request.
			return nil
		case interface{ Unwrap() error }:
			err = u.Unwrap()
		case interface{ Unwrap() []error }:
			for _, err := range u.Unwrap() {
				if e := badForm(err); e != nil {
					return e
				}
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}

// badFormItself is badForm for err alone, whatever it wraps.
func badFormItself(err error) *Error {
	switch err {
	case http.ErrNotMultipart:
		return notMultipart()
	case http.ErrMissingBoundary:
		return malformed("A multipart Content-Type needs a boundary.")
	case http.ErrMissingFile:
		return malformed("The form lacks a file.")
	case multipart.ErrMessageTooLarge:
		return Types.ContentTooLarge.Problem()
	case mime.ErrInvalidMediaParameter:
		return malformed("The Content-Type is malformed.")
	}
	switch err := err.(type) {
	case url.EscapeError:
		return malformed("A name or a value has a malformed percent-encoding.")
	case textproto.ProtocolError:
		if strings.HasPrefix(string(err), "malformed MIME header") {
			return malformed("A part of the multipart content has a malformed header.")
		}
		return nil
	}
	return badFormText(textOf(err))
}

// badFormText is badForm for an error that has neither a value nor a type of its own.
func badFormText(text string) *Error {
	switch {
	case text == "http: POST too large":
		return TooLarge(postLimit, nil)
	case text == "missing form body":
		return malformed("The request has no content.")
	case text == "invalid semicolon separator in query":
		return malformed("Names and values must be separated by ampersands.")
	case text == "number of URL query parameters exceeded limit":
		return malformed("There are too many names and values.")
	case text == "mime: no media type",
		text == "mime: expected slash after first token",
		text == "mime: expected token after slash",
		text == "mime: unexpected content after media subtype",
		text == "mime: duplicate parameter name":
		return malformed("The Content-Type is malformed.")
	case text == "multipart: boundary is empty":
		return malformed("A multipart Content-Type needs a boundary.")
	case strings.HasPrefix(text, "multipart: NextPart: "),
		strings.HasPrefix(text, "multipart: expecting a new Part; got line "),
		strings.HasPrefix(text, "multipart: unexpected line in Next(): "),
		strings.HasPrefix(text, "quotedprintable: invalid "):
		return malformed("The multipart content is malformed.")
	}
	return nil
}

// isCutShort reports whether err means that multipart content ended within a part. The
// error of mime/multipart is then io.ErrUnexpectedEOF, which many other readers return.
// So err counts only while the form of r is being parsed or its parts are being read.
func isCutShort(r *http.Request, err error) bool {
	if problemIn(err, nil) != nil || !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	if form := r.MultipartForm; form != nil {
		return len(form.Value) == 0 && len(form.File) == 0 // as MultipartReader leaves it
	}
	mediaType, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return r.Form != nil && mediaType == "multipart/form-data"
}

// cutShort returns the problem of an isCutShort error.
func cutShort(err error) *Error {
	e := malformed("The multipart content ends before its last boundary.")
	e.Err = err
	return e
}

// textOf returns err.Error(), or "" if that panics, as it may for a nil pointer in an
// error.
func textOf(err error) (text string) {
	defer func() { _ = recover() }()
	return err.Error()
}

// malformed returns the Invalid of the request as a whole.
func malformed(detail string) *Error {
	e := Invalid()
	e.Detail = detail
	return e
}

// notMultipart returns a 415 with the accepted type (RFC 9110 §15.5.16).
func notMultipart() *Error {
	const accepted = "multipart/form-data"
	e := Types.UnsupportedMediaType.Problem()
	e.Detail = "The content must be multipart/form-data."
	e.Extensions = map[string]any{"accept": []string{accepted}}
	e.Header = http.Header{"Accept": {accepted}}
	return e
}
