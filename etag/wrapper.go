package etag

import (
	"net/http"
	"reflect"
	"sync"

	"github.com/apiconventions/apiconventions/internal/response"
)

// wrappers remembers which types of writers may be third-party wrappers.
type wrappers struct{ known sync.Map } // reflect.Type to bool

// leadThrough reports whether w is a third-party wrapper, or unwraps to one.
func (ws *wrappers) leadThrough(w http.ResponseWriter) bool {
	for {
		switch ours := w.(type) {
		case *response.Writer:
			w = ours.Unwrap()
		case *tagger:
			w = ours.rw
		case interface{ Unwrap() http.ResponseWriter }:
			return true
		default:
			return ws.isWrapper(reflect.TypeOf(w))
		}
	}
}

var responseWriter = reflect.TypeFor[http.ResponseWriter]()

// isWrapper reports whether a value of type t may have another writer in it. The writers
// of net/http have one as well, but are the server's.
func (ws *wrappers) isWrapper(t reflect.Type) bool {
	if is, ok := ws.known.Load(t); ok {
		return is.(bool)
	}
	of := t
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	is := of.PkgPath() != "net/http" && mayHaveWriter(of, make(map[reflect.Type]bool))
	ws.known.Store(t, is)
	return is
}

// mayHaveWriter reports whether a value of type t leads to a writer, or to something that
// may lead to one, such as an interface or a function. seen has the types that have been
// looked at.
func mayHaveWriter(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return mayHaveWriter(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if of := t.Field(i).Type; of.Implements(responseWriter) || mayHaveWriter(of, seen) {
				return true
			}
		}
	}
	return false
}
