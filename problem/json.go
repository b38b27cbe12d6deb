package problem

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
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

// append appends the document to b, with the base under which a slug is
// resolved. What cannot be sent is left out and named in the error; the document
// is whole all the same.
func (e *Error) append(b []byte, base, requestID string) ([]byte, error) {
	b = appendType(b, base, e.Type)
	b = e.appendStandard(b)
	b = appendID(b, requestID)
	return e.appendExtensions(b, requestID != "")
}

const typeMember = `{"type":"`

func appendType(b []byte, base, typ string) []byte {
	b = append(b, typeMember...)
	switch {
	case typ == "":
		b = append(b, "about:blank"...)
	case isSlug(typ):
		b = append(appendEscaped(b, base), typ...)
	default:
		b = appendEscaped(b, typ)
	}
	return append(b, '"')
}

// appendStandard appends the standard members but for the type.
func (e *Error) appendStandard(b []byte) []byte {
	status := e.status()
	b = appendString(append(b, `,"title":`...), e.title(status))
	b = append(append(b, `,"status":`...), strconv.Itoa(status)...)
	if e.Detail != "" {
		b = appendString(append(b, `,"detail":`...), e.Detail)
	}
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

// appendExtensions appends the extensions and ends the document.
func (e *Error) appendExtensions(b []byte, identified bool) ([]byte, error) {
	if len(e.Extensions) == 0 {
		return append(b, '}'), nil
	}
	var room [8]member
	var mistake error
	for _, m := range e.members(room[:0]) {
		if m.name == "requestId" && identified {
			continue
		}
		whole := len(b)
		b = append(appendString(append(b, ','), m.name), ':')
		var err error
		if standard(m.name) {
			err = fmt.Errorf("problem: extension %q has the name of a standard member", m.name)
		} else if !verbatim(m.name) && !utf8.ValidString(m.name) {
			err = fmt.Errorf("problem: extension %q has a name that is no UTF-8", m.name)
		} else {
			b, err = appendValue(b, m.value)
		}
		if err != nil {
			b = b[:whole]
			if mistake == nil {
				mistake = err
			}
		}
	}
	return append(b, '}'), mistake
}

type member struct {
	name  string
	value any
}

// members appends the extensions to list, by name.
func (e *Error) members(list []member) []member {
	for name, value := range e.Extensions {
		list = append(list, member{name, value})
	}
	slices.SortFunc(list, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return list
}

func standard(name string) bool {
	switch name {
	case "type", "title", "status", "detail", "instance":
		return true
	}
	return false
}

// appendValue writes the types that problems usually carry by itself and leaves
// the others to encoding/json.
func appendValue(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case string:
		return appendString(b, v), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case []string:
		return appendList(b, v, appendString), nil
	case []Field:
		return appendList(b, v, appendField), nil
	}
	value, err := marshal(v)
	return append(b, value...), err
}

// marshal survives a MarshalJSON method that panics: the answer does not depend
// on it.
func marshal(v any) (value []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("problem: marshalling %T: panic: %v", v, p)
		}
	}()
	return json.Marshal(v)
}

func appendField(b []byte, f Field) []byte {
	b = appendString(append(b, `{"pointer":`...), f.Pointer)
	b = appendString(append(b, `,"detail":`...), f.Detail)
	return append(b, '}')
}

func appendList[T any](b []byte, list []T, element func([]byte, T) []byte) []byte {
	if list == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = element(b, v)
	}
	return append(b, ']')
}

// UnmarshalJSON reads a document. A standard member of the wrong type is
// ignored, as RFC 9457 §3.1 has it; all other members become Extensions, with
// the types of encoding/json. It returns an error for what is no JSON object.
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

// decode returns the zero value for what is of another type.
func decode[T any](raw json.RawMessage) (v T) {
	if json.Unmarshal(raw, &v) != nil {
		return *new(T)
	}
	return v
}
