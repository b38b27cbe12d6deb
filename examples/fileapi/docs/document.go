package docs

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// document is what the page shows of an OpenAPI document. References are resolved, but for those to schemas.
type document struct {
	Info struct{ Title, Version, Summary, Description string }
	Tags []struct{ Name, Description string }

	Paths    map[string]map[string]json.RawMessage
	Security []map[string][]string

	Components struct{ Schemas map[string]schema }
}

type operation struct {
	Method, Path string `json:"-"`

	Tags                 []string
	Summary, Description string
	Deprecated           bool
	Security             *[]map[string][]string
	Parameters           []parameter
	RequestBody          *struct {
		Description string
		Content     map[string]media
	}
	Responses map[string]response
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                schema
	Example               any
}

type response struct {
	Description string
	Headers     map[string]parameter
	Content     map[string]media
}

type media struct{ Schema *schema }

// section is a tag and its operations.
type section struct {
	Name, Description string
	Operations        []operation
}

// read resolves the references of the document.
func read(text []byte, resolve func(uri string) ([]byte, error)) (*document, error) {
	r := &resolver{resolve: resolve, documents: map[string]any{}}
	root, err := r.document(text)
	if err != nil {
		return nil, err
	}
	r.documents[""] = root
	resolved, err := r.value(root, "")
	if err != nil {
		return nil, err
	}
	text, err = json.Marshal(resolved)
	if err != nil {
		return nil, err
	}
	d := new(document)
	return d, json.Unmarshal(text, d)
}

// resolver puts what a reference names in its place.
type resolver struct {
	resolve   func(uri string) ([]byte, error)
	documents map[string]any
}

func (r *resolver) document(text []byte) (root any, err error) {
	return root, json.Unmarshal(text, &root)
}

// value returns v, which stands in the document of that URI, without references.
func (r *resolver) value(v any, in string) (any, error) {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var err error
			if list[i], err = r.value(v[i], in); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			if strings.Contains(ref, "#/components/schemas/") {
				return v, nil // the page links to it
			}
			uri, pointer, _ := strings.Cut(ref, "#")
			if uri == "" {
				uri = in
			}
			target, err := r.lookUp(uri, pointer)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", ref, err)
			}
			return r.value(target, uri)
		}
		object := make(map[string]any, len(v))
		for name, value := range v {
			var err error
			if object[name], err = r.value(value, in); err != nil {
				return nil, err
			}
		}
		return object, nil
	}
	return v, nil
}

// lookUp returns what the JSON Pointer names in the document of that URI.
func (r *resolver) lookUp(uri, pointer string) (any, error) {
	if r.documents[uri] == nil {
		text, err := r.resolve(uri)
		if err != nil {
			return nil, err
		}
		if r.documents[uri], err = r.document(text); err != nil {
			return nil, err
		}
	}
	v := r.documents[uri]
	for name := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		object, _ := v.(map[string]any)
		v = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(name)]
	}
	if v == nil {
		return nil, fmt.Errorf("there is nothing at %s", pointer)
	}
	return v, nil
}

var methods = []string{"get", "head", "post", "put", "patch", "delete"}

// sections are the operations by their tags, in the order of the tags and the paths.
func (d *document) sections() (list []section) {
	for _, tag := range d.Tags {
		s := section{Name: tag.Name, Description: tag.Description}
		for _, path := range sorted(d.Paths) {
			for _, method := range methods {
				if o := d.operation(path, method); o != nil && slices.Contains(o.Tags, tag.Name) {
					s.Operations = append(s.Operations, *o)
				}
			}
		}
		list = append(list, s)
	}
	return list
}

func (d *document) operation(path, method string) *operation {
	text, ok := d.Paths[path][method]
	if !ok {
		return nil
	}
	o := &operation{Method: strings.ToUpper(method), Path: path}
	var shared []parameter
	_ = json.Unmarshal(text, o) // it was marshalled by read
	_ = json.Unmarshal(d.Paths[path]["parameters"], &shared)
	o.Parameters = append(shared, o.Parameters...)
	if o.Security == nil {
		o.Security = &d.Security
	}
	return o
}

// ID is where the operation stands in the page.
func (o operation) ID() string {
	return strings.ToLower(o.Method) + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(o.Path)
}

// Needs says with what a client shows who it is.
func (o operation) Needs() string {
	var schemes []string
	for _, s := range *o.Security {
		schemes = append(schemes, sorted(s)...)
	}
	return strings.Join(schemes, " or ")
}

// An outcome is a response under its status.
type outcome struct {
	Status, Phrase string
	response
}

// Successes are the responses that have what a client asked for.
func (o operation) Successes() []outcome {
	return o.outcomes(func(status int) bool { return status < 400 })
}

// Failures are the others.
func (o operation) Failures() []outcome {
	return o.outcomes(func(status int) bool { return status >= 400 })
}

func (o operation) outcomes(is func(status int) bool) (list []outcome) {
	for _, status := range sorted(o.Responses) {
		if n, err := strconv.Atoi(status); err == nil && is(n) {
			list = append(list, outcome{status, http.StatusText(n), o.Responses[status]})
		}
	}
	return list
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
