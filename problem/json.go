package problem

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// MarshalJSON returns the document with its extensions as members of the same
// level, in a fixed order: the standard ones first, then by name. It returns an
// error for an extension that has the name of a standard member or that cannot
// be marshalled. Type is written as it is.
func (e Error) MarshalJSON() ([]byte, error) {
	b, err := e.append(nil, "", "")
	if err != nil {
		return nil, err
	}
	return b, nil
}

// append appends the document to b. A type that is a slug is resolved under
// base. What cannot be sent is left out and named in the error; the document is
// whole all the same.
func (e *Error) append(b []byte, base, requestID string) ([]byte, error) {
	b = appendType(b, base, e.Type)
	b = e.appendStandard(b)
	b = appendID(b, requestID)
	return e.appendExtensions(b, requestID != "")
}

func appendType(b []byte, base, typ string) []byte {
	b = append(b, `{"type":`...)
	switch {
	case typ == "":
		return appendString(b, "about:blank")
	case isSlug(typ):
		b = appendString(b, base)
		return append(append(b[:len(b)-1], typ...), '"')
	default:
		return appendString(b, typ)
	}
}

// appendStandard appends the standard members but for the type.
func (e *Error) appendStandard(b []byte) []byte {
	status := e.status()
	b = appendString(append(b, `,"title":`...), e.title(status))
	b = strconv.AppendInt(append(b, `,"status":`...), int64(status), 10)
	b = appendString(append(b, `,"detail":`...), e.detail(status))
	if e.Instance != "" {
		b = appendString(append(b, `,"instance":`...), e.Instance)
	}
	return b
}

func appendID(b []byte, id string) []byte {
	if id == "" {
		return b
	}
	return appendString(append(b, `,"requestId":`...), id)
}

// appendExtensions appends the extensions by name and ends the document. An
// extension named requestId gives way to the request's id.
func (e *Error) appendExtensions(b []byte, identified bool) ([]byte, error) {
	var room [8]string
	names := room[:0]
	for name := range e.Extensions {
		names = append(names, name)
	}
	slices.Sort(names)
	var mistake error
	for _, name := range names {
		if name == "requestId" && identified {
			continue
		}
		member, err := appendMember(b, name, e.Extensions[name])
		if err == nil {
			b = member
		} else if mistake == nil {
			mistake = err
		}
	}
	return append(b, '}'), mistake
}

func appendMember(b []byte, name string, value any) ([]byte, error) {
	switch name {
	case "type", "title", "status", "detail", "instance":
		return nil, fmt.Errorf("problem: extension %q has the name of a standard member", name)
	}
	if !utf8.ValidString(name) {
		return nil, fmt.Errorf("problem: the name of extension %q is not UTF-8", name)
	}
	b = append(appendString(append(b, ','), name), ':')
	switch v := value.(type) {
	case string:
		return appendString(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case []string:
		if v != nil {
			return appendStrings(b, v), nil
		}
	}
	v, err := encode(value)
	return append(b, v...), err
}

// appendString appends s as a JSON string (RFC 8259 §7). Most strings of a document
// are ASCII, and to ask encoding/json for each costs more than the rest of the
// document.
func appendString(b []byte, s string) []byte {
	begin, from := len(b), 0
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ' || c >= utf8.RuneSelf:
			escaped, _ := encode(s) // a string has an encoding
			return append(b[:begin], escaped...)
		case c == '"' || c == '\\':
			b = append(append(b, s[from:i]...), '\\')
			from = i
		}
	}
	return append(append(b, s[from:]...), '"')
}

func appendStrings(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, s)
	}
	return append(b, ']')
}

// encode is json.Marshal, but leaves "<", ">" and "&" as they are and turns a
// panic of a MarshalJSON method into an error.
func encode(v any) (value []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("problem: marshalling %T: panic: %v", v, p)
		}
	}()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// UnmarshalJSON reads a document. A standard member of the wrong type is
// ignored (RFC 9457 §3.1). All other members become Extensions, with the types
// of encoding/json. It returns an error for what is not a JSON object.
func (e *Error) UnmarshalJSON(b []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	*e = Error{}
	if members == nil {
		return nil // null, by convention
	}
	for name, raw := range members {
		switch name {
		case "type":
			e.Type = decode[string](raw)
			if e.Type == "about:blank" {
				e.Type = ""
			}
		case "title":
			e.Title = decode[string](raw)
		case "status":
			if n := decode[float64](raw); n >= 100 && n <= 599 && n == math.Trunc(n) {
				e.Status = int(n)
			}
		case "detail":
			e.Detail = decode[string](raw)
		case "instance":
			e.Instance = decode[string](raw)
		default:
			if e.Extensions == nil {
				e.Extensions = make(map[string]any)
			}
			e.Extensions[name] = decode[any](raw)
		}
	}
	return nil
}

// decode returns raw as a T, or the zero value if raw is of another type.
func decode[T any](raw json.RawMessage) (v T) {
	if json.Unmarshal(raw, &v) != nil {
		return *new(T)
	}
	return v
}
