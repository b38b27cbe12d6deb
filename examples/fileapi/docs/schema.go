package docs

import (
	"fmt"
	"slices"
	"strings"
)

// schema is what the page shows of a JSON Schema.
type schema struct {
	Ref string `json:"$ref"`

	Type        any // a name, or a list of names
	Format      string
	Description string
	Const       any
	Enum        []any
	Default     any
	Minimum     *float64
	Maximum     *float64
	MinLength   *int
	MaxLength   *int

	Required   []string
	Properties map[string]schema
	Items      *schema
	AllOf      []schema
	AnyOf      []schema
}

// Name is the name of the schema to which this one refers, or "".
func (s schema) Name() string { return s.Ref[strings.LastIndex(s.Ref, "/")+1:] }

// Href is where that schema stands.
func (s schema) Href() string {
	if document, _, _ := strings.Cut(s.Ref, "#"); document != "" {
		return document
	}
	return "#schema-" + s.Name()
}

// Choices are the schemas of which one applies.
func (s schema) Choices() []schema {
	if len(s.AnyOf) > 0 {
		return s.AnyOf
	}
	return []schema{s}
}

// Text says in a line what values are like.
func (s schema) Text() string {
	var parts []string
	switch t := s.Type.(type) {
	case string:
		parts = append(parts, t)
	case []any:
		var names []string
		for _, name := range t {
			names = append(names, fmt.Sprint(name))
		}
		parts = append(parts, strings.Join(names, " or "))
	}
	if s.Format != "" {
		parts = append(parts, s.Format)
	}
	if s.Const != nil {
		parts = append(parts, fmt.Sprintf("always %v", s.Const))
	}
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		parts = append(parts, "one of "+strings.Join(values, ", "))
	}
	parts = append(parts, limits(s.Minimum, s.Maximum, "")...)
	parts = append(parts, limits(s.MinLength, s.MaxLength, " characters")...)
	if s.Default != nil {
		parts = append(parts, fmt.Sprintf("%v if absent", s.Default))
	}
	return strings.Join(parts, ", ")
}

func limits[N int | float64](least, most *N, unit string) []string {
	switch {
	case least != nil && most != nil:
		return []string{fmt.Sprintf("%v to %v%s", *least, *most, unit)}
	case least != nil:
		return []string{fmt.Sprintf("at least %v%s", *least, unit)}
	case most != nil:
		return []string{fmt.Sprintf("at most %v%s", *most, unit)}
	}
	return nil
}

// property is a member of an object.
type property struct {
	Name     string
	Required bool
	schema
}

// Members are the members of an object, those of the schemas that it consists of included.
func (s schema) Members() (list []property) {
	for _, part := range s.AllOf {
		list = append(list, part.Members()...)
	}
	for _, name := range sorted(s.Properties) {
		list = append(list, property{name, slices.Contains(s.Required, name), s.Properties[name]})
	}
	return list
}

// Parts are the schemas to which an object belongs beside its own members.
func (s schema) Parts() (list []schema) {
	for _, part := range s.AllOf {
		if part.Ref != "" {
			list = append(list, part)
		}
	}
	return list
}
