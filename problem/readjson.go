package problem

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/apiconventions/apiconventions/internal/response"
)

// jsonLimit is the limit of ReadJSON where no other one is set.
const jsonLimit = 10 << 20

// ReadJSON reads the content of r as JSON into v, which is a pointer, as encoding/json
// does. It is strict. The content must be one value in UTF-8 with nothing behind it, and
// an object must not have members that v does not have. The content null is refused if v
// points to a struct, string, number or Boolean: encoding/json would ignore it.
//
// A [HandlerFunc] can return its error as it is:
//
//	a value of the wrong type        400 invalid-request, with the pointer of v's member
//	an unknown member, bad syntax,   400 invalid-request, with the pointer "#"
//	no value, a second value
//	content past a limit             413 content-too-large
//	content that does not arrive     400 invalid-request; 408 past a deadline
//
// A pointer has only names of v's type ("#/address/city"), and ends at a list or a map. A
// name that the client sent is in the cause, for the log, and never in the document. The
// error of an UnmarshalJSON or UnmarshalText method is returned as it is if [From] finds
// a document in it, and is a 400 with the pointer "#" otherwise.
//
// As with encoding/json, names of members match in any case, of two members of the same
// name the last counts, and v keeps what it had for a member that is missing or null. So
// v should be a new value, and the handler has to check for what is required.
//
// The limit of the content is that of http.MaxBytesReader, which BodyLimit of package
// middleware uses, or 10 MiB. ReadJSON ignores Content-Type. After an error v may be
// changed.
func ReadJSON(r *http.Request, v any) error {
	content, err := readContent(r)
	if err != nil {
		return err
	}
	if len(bytes.TrimLeft(content, " \t\r\n")) == 0 {
		return invalidJSON("must be one JSON value, and there is none", io.EOF)
	}
	if !utf8.Valid(content) {
		// RFC 8259 §8.1; encoding/json would replace it with U+FFFD.
		return invalidJSON("must be encoded as UTF-8", errors.New("the content is not UTF-8"))
	}
	if null := bytes.Trim(content, " \t\r\n"); string(null) == "null" && ignoresNull(v) {
		return invalidJSON("must be "+expected(reflect.TypeOf(v).Elem()), errors.New("the content is null"))
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return refusedJSON(err, v)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return invalidJSON("must be one JSON value, with nothing behind it", errors.New("there is something behind the value"))
	}
	return nil
}

// ignoresNull reports whether encoding/json does not change what v points to when it
// reads null.
func ignoresNull(v any) bool {
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Pointer || t.Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return false
	}
	switch t.Elem().Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		return false
	}
	return true
}

// readContent reads the content of r to its end.
func readContent(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	body := r.Body
	if !response.IsMaxBytesReader(body) {
		body = http.MaxBytesReader(nil, body, jsonLimit)
	}
	content, err := io.ReadAll(body)
	var past *http.MaxBytesError
	switch {
	case err == nil:
		return content, nil
	case problemIn(err, nil) != nil, errors.As(err, &past), errors.Is(err, http.ErrBodyReadAfterClose):
		return nil, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, Wrap(http.StatusRequestTimeout, err)
	}
	e := malformed("The content of the request did not arrive whole.")
	e.Err = err
	return nil, e
}

// refusedJSON returns the problem of content for which encoding/json returned err. It
// looks at err alone, and not at what it wraps: an error that an UnmarshalJSON method has
// wrapped has a path that does not begin at v.
func refusedJSON(err error, v any) error {
	if problemIn(err, nil) != nil || isMistake(err) {
		return err
	}
	switch typed := err.(type) {
	case *json.SyntaxError:
		return invalidJSON("must be well-formed JSON", err)
	case *json.UnmarshalTypeError:
		e := Invalid(Field{Pointer: pointer(reflect.TypeOf(v), typed.Field), Detail: "must be " + expected(typed.Type)})
		e.Err = err
		return e
	}
	switch {
	case err == io.ErrUnexpectedEOF:
		return invalidJSON("must be well-formed JSON", err)
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		return invalidJSON("has a member that is not known here", err)
	}
	return invalidJSON("has a value that is not valid", err)
}

// isMistake reports whether v is at fault, whatever the client sends. For an embedded
// pointer to an unexported struct encoding/json has no type of error, only a text.
func isMistake(err error) bool {
	return errors.As(err, new(*json.InvalidUnmarshalError)) || strings.HasPrefix(err.Error(), "json: cannot set embedded pointer to unexported struct")
}

func invalidJSON(detail string, err error) *Error {
	e := Invalid(Field{Pointer: "#", Detail: detail})
	e.Err = err
	return e
}
