package problem

import (
	"reflect"
	"strconv"
	"strings"
)

// Type is a kind of problem: what its documents have in common, and how [Pages]
// documents it. A service defines its own types next to those in [Types]:
//
//	var outOfCredit = &problem.Type{
//		Slug: "out-of-credit", Status: http.StatusForbidden, Title: "Out of credit",
//		Detail: "The account has too little credit.",
//	}
//
// A Type is an error. A handler returns the Type itself, or the *Error of its method
// Problem with more in it. errors.Is(err, outOfCredit) reports whether an *Error or an
// error of [FromResponse] is of the type, whatever the base of its URI.
//
// A Type must not be changed once it is in use.
type Type struct {
	// Slug is the last segment of the type's URI: letters, digits and "-".
	Slug string

	// Status is the status code, 400 to 599.
	Status int

	// Title names the type in a few words.
	Title string

	// Detail is a sentence for the client. An Error of the type may have another.
	Detail string

	// Meaning tells when a response has the type, and Action what a client does then.
	Meaning, Action string

	// Members are the extension members of the documents, and Header the header
	// fields of the responses.
	Members, Header []Member
}

// Member describes an extension member of a document, or a header field of its
// response.
type Member struct {
	Name    string
	Meaning string
	// Example is a value as in Error.Extensions. The schema of the member is made
	// from it. For a header field it is a string.
	Example any
}

// Error implements error.
func (t *Type) Error() string { return strconv.Itoa(t.Status) + " " + t.Title }

// Problem returns a new Error of the type. It implements [Problemer].
func (t *Type) Problem() *Error {
	return &Error{Status: t.Status, Type: t.Slug, Title: t.Title, Detail: t.Detail}
}

// Is reports whether target is the [Type] of e, for errors.Is. The base of the
// type's URI does not matter.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Type)
	if !ok || t == nil || e == nil {
		return false
	}
	base, ok := strings.CutSuffix(e.Type, t.Slug)
	if !ok || t.Slug == "" || base == "" {
		return ok && t.Slug != ""
	}
	last := base[len(base)-1:] // an unreserved character (RFC 3986 §2.3) is part of another name
	return !isSlug(last) && !strings.Contains("._~", last)
}

// moduleTypes returns the types of the module in the order of [Types].
func moduleTypes() []*Type {
	fields := reflect.ValueOf(Types)
	list := make([]*Type, fields.NumField())
	for i := range list {
		list[i] = fields.Field(i).Interface().(*Type)
	}
	return list
}

// isSlug reports whether s is a slug, which is resolved under the service's base.
func isSlug(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
		default:
			return false
		}
	}
	return s != ""
}
