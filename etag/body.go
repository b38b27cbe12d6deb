package etag

import (
	"hash"
	"io"
	"net/http"
	"reflect"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/apiconventions/apiconventions/internal/response"
)

// A body is held in pieces that are used again. Third-party code never gets to see
// one: whoever keeps what it was given, or still works with it when the request is
// over, would meet another request's bytes there.
type body struct {
	first, last *piece
	size        int
}

// A piece is a part of a body. All but the last of a body are full.
type piece struct {
	next *piece
	n    int
	b    [32 << 10]byte
}

// pieces are used again.
type pieces struct{ pool sync.Pool }

func (f *pieces) get() *piece {
	p, ok := f.pool.Get().(*piece)
	if !ok {
		return new(piece)
	}
	p.next, p.n = nil, 0
	return p
}

// put takes the pieces of b back.
func (f *pieces) put(b *body) {
	for p := b.first; p != nil; {
		next := p.next
		f.pool.Put(p)
		p = next
	}
	*b = body{}
}

// add appends p to b.
func add[T string | []byte](f *pieces, b *body, p T) {
	b.size += len(p)
	for len(p) > 0 {
		switch {
		case b.first == nil:
			b.first = f.get()
			b.last = b.first
		case b.last.n == len(b.last.b):
			b.last.next = f.get()
			b.last = b.last.next
		}
		n := copy(b.last.b[b.last.n:], p)
		b.last.n += n
		p = p[n:]
	}
}

// writeTo writes at most n bytes of the body. A third-party wrapper gets copies.
func (b *body) writeTo(w http.ResponseWriter, n int, isWrapper bool) error {
	const most = 2 << 10
	var through []byte
	if n = min(n, b.size); isWrapper && n > 0 {
		through = make([]byte, min(n, most))
	}
	for p := b.first; p != nil && n > 0; p = p.next {
		out := p.b[:min(p.n, n)]
		if err := write(w, out, through); err != nil {
			return err
		}
		n -= len(out)
	}
	return nil
}

// write writes p through the given memory, or as it is without.
func write(w io.Writer, p, through []byte) error {
	for len(p) > 0 {
		out := p
		if through != nil {
			out = through[:copy(through, p)]
		}
		if _, err := w.Write(out); err != nil {
			return err
		}
		p = p[len(out):]
	}
	return nil
}

// wrappers knows which types of writers stand before another writer.
type wrappers struct{ known sync.Map } // reflect.Type to bool

// leadThrough reports whether w is a third-party wrapper, or leads through one.
// What stands before no other writer is the server's.
func (f *wrappers) leadThrough(w http.ResponseWriter) bool {
	for {
		switch ours := w.(type) {
		case *response.Writer:
			w = ours.Unwrap()
		case *tagger:
			w = ours.rw
		case interface{ Unwrap() http.ResponseWriter }:
			return true
		default:
			return f.isWrapper(reflect.TypeOf(w))
		}
	}
}

var responseWriter = reflect.TypeFor[http.ResponseWriter]()

// isWrapper reports whether a value of type t may have another writer in it. Those of
// net/http have some, too: they are the server's.
func (f *wrappers) isWrapper(t reflect.Type) bool {
	if is, ok := f.known.Load(t); ok {
		return is.(bool)
	}
	of := t
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	is := of.PkgPath() != "net/http" && mayHaveWriter(of, make(map[reflect.Type]bool))
	f.known.Store(t, is)
	return is
}

// mayHaveWriter reports whether a value of type t leads to a writer, or to what may be
// one: an interface or a function. seen are the types that have been looked at.
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

// xxh3 is the hash of [Of].
func (b *body) xxh3() [16]byte {
	switch b.first {
	case nil:
		return xxh3.Hash128(nil).Bytes()
	case b.last:
		return xxh3.Hash128(b.first.b[:b.first.n]).Bytes()
	}
	var h xxh3.Hasher
	for p := b.first; p != nil; p = p.next {
		_, _ = h.Write(p.b[:p.n])
	}
	return h.Sum128().Bytes()
}

// hashes are used again.
type hashes struct {
	new  func() hash.Hash
	pool sync.Pool
}

// A hasher has the memory through which its hash is fed, and no other sees.
type hasher struct {
	hash.Hash
	through [4 << 10]byte
	sum     [64]byte
}

// sum is the hash of body.
func (h *hashes) sum(b *body) []byte {
	in, ok := h.pool.Get().(*hasher)
	if !ok {
		in = &hasher{Hash: h.new()}
	}
	in.Reset()
	for p := b.first; p != nil; p = p.next {
		_ = write(in, p.b[:p.n], in.through[:]) // never fails, as package hash has it
	}
	sum := append([]byte(nil), in.Sum(in.sum[:0])...)
	h.pool.Put(in)
	return sum
}
