package problem

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MarshalJSON returns the document. Extensions are members of the same level, behind the
// standard ones and in the order of their names. It returns an error for an extension
// that has the name of a standard member or cannot be marshaled. Type is written as it
// is.
func (e Error) MarshalJSON() ([]byte, error) {
	b, err := e.append(nil, "", "")
	if err != nil {
		return nil, err
	}
	return b, nil
}

// append appends the document to b. A type that is a slug is resolved under base. An
// extension that cannot be sent is omitted, and the error is about the first of these.
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

// appendExtensions appends the extensions in the order of their names, and ends the
// document. hasID reports whether the document has a requestId already.
func (e *Error) appendExtensions(b []byte, hasID bool) ([]byte, error) {
	type member struct {
		name  string
		value any
	}
	var room [4]member
	members := room[:0]
	for name, value := range e.Extensions {
		if name != "requestId" || !hasID {
			members = append(members, member{name, value})
		}
	}
	slices.SortFunc(members, func(m, n member) int { return strings.Compare(m.name, n.name) })
	var mistake error
	for _, m := range members {
		whole, err := appendMember(b, m.name, m.value)
		if err == nil {
			b = whole
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

// appendString appends s as a JSON string (RFC 8259 §7). encoding/json, which is slower
// than the rest of the document, is asked only for what is not printable ASCII.
func appendString(b []byte, s string) []byte {
	begin, copied := len(b), 0 // copied is an offset in s
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ' || c >= utf8.RuneSelf:
			escaped, _ := encode(s) // never fails for a string
			return append(b[:begin], escaped...)
		case c == '"' || c == '\\':
			b = append(append(b, s[copied:i]...), '\\')
			copied = i
		}
	}
	return append(append(b, s[copied:]...), '"')
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

// encode is json.Marshal, but does not escape "<", ">" and "&", and returns a panic of a
// MarshalJSON method as an error.
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

// UnmarshalJSON reads a document. A standard member of the wrong type is ignored (RFC
// 9457 §3.1). All other members become Extensions, with the types of encoding/json. It
// returns an error for anything but a JSON object or null.
func (e *Error) UnmarshalJSON(b []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil {
		return err
	}
	*e = Error{}
	if members == nil {
		return nil // null
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
