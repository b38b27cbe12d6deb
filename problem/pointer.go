package problem

import (
	"encoding"
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
)

// pointer returns the JSON Pointer, as a URI fragment (RFC 6901 §6), for the Field of an
// UnmarshalTypeError: names of members and embedded structs of t, separated by dots,
// which may also be part of a name. The pointer ends at a list, a map or an interface,
// so that it has only names of t and none that the client sent.
func pointer(t reflect.Type, path string) string {
	var b strings.Builder
	for path != "" {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			break
		}
		field, rest, ok := step(t, path)
		if !ok {
			break
		}
		if name, member := memberName(field); member {
			b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
		}
		t, path = field.Type, rest
	}
	return "#" + (&url.URL{Fragment: b.String()}).EscapedFragment()
}

// step returns the field of the struct t with which path begins, and the rest of the
// path. If there are several, it returns the one with the longest name.
func step(t reflect.Type, path string) (field reflect.StructField, rest string, ok bool) {
	longest := -1
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous {
			continue // encoding/json ignores it
		}
		name, member := memberName(f)
		if !member {
			name = f.Name
		}
		after, found := strings.CutPrefix(path, name)
		if found && len(name) > longest && (after == "" || after[0] == '.') {
			field, rest, ok = f, strings.TrimPrefix(after, "."), true
			longest = len(name)
		}
	}
	return field, rest, ok
}

// memberName returns the name of the member that is read into f. member is false for an
// embedded struct without a JSON name, whose fields are the members.
func memberName(f reflect.StructField) (name string, member bool) {
	name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
	if name != "" {
		return name, true
	}
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return f.Name, !f.Anonymous || t.Kind() != reflect.Struct
}

// expected describes the JSON values that can be read into a t.
func expected(t reflect.Type) string {
	switch {
	case reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()):
		return "of another type"
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return "a string"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "an integer that is not too large"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return "an integer of at least 0 that is not too large"
	case reflect.Float32, reflect.Float64:
		return "a number that is not too large"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			return "a string in base64"
		}
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "of another type"
}
