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

// A body is in memory of its request's own until it is too large for that, and in
// pieces then, which are used again. Third-party code never gets to see a piece:
// whoever keeps what it was given, or still works with it when the request is over,
// would meet another request's bytes there.
type body struct {
	own         []byte // what third-party code gets to see
	first, last *piece
	size        int
}

// ownSize is a size in bytes that most responses of an API do not exceed.
const ownSize = 2 << 10

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
	if b.size += len(p); b.size <= ownSize {
		b.own = append(b.own, p...)
		return
	}
	if b.first == nil {
		b.first = f.get()
		b.last = b.first
		b.last.n = copy(b.last.b[:], b.own)
	}
	for len(p) > 0 {
		if b.last.n == len(b.last.b) {
			b.last.next = f.get()
			b.last = b.last.next
		}
		n := copy(b.last.b[b.last.n:], p)
		b.last.n += n
		p = p[n:]
	}
}

// sniffed is how much net/http finds out a Content-Type by.
const sniffed = 512

// beginning is the first bytes of the body, for a HEAD: net/http sends none of
// them, but finds out the Content-Type.
func (b *body) beginning() []byte {
	if b.first != nil {
		b.own = append(b.own[:0], b.first.b[:sniffed]...)
	}
	return b.own[:min(len(b.own), sniffed)]
}

// writeTo writes the body. A third-party writer gets a copy of the pieces.
func (b *body) writeTo(w http.ResponseWriter) error {
	if b.first == nil {
		return write(w, b.own, nil)
	}
	var through []byte
	if !isServer(w) {
		through = make([]byte, ownSize)
	}
	for p := b.first; p != nil; p = p.next {
		if err := write(w, p.b[:p.n], through); err != nil {
			return err
		}
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

// isServer reports whether w is net/http's own writer, or one of this module's
// before it.
func isServer(w http.ResponseWriter) bool {
	for {
		switch ours := w.(type) {
		case *response.Writer:
			w = ours.Unwrap()
		case *tagger:
			w = ours.rw
		default:
			t := reflect.TypeOf(w)
			return t.Kind() == reflect.Pointer && t.Elem().PkgPath() == "net/http"
		}
	}
}

// xxh3 is the hash of [Of].
func (b *body) xxh3() [16]byte {
	switch {
	case b.first == nil:
		return xxh3.Hash128(b.own).Bytes()
	case b.first == b.last:
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
	if b.first == nil {
		_ = write(in, b.own, in.through[:]) // never fails, as package hash has it
	}
	for p := b.first; p != nil; p = p.next {
		_ = write(in, p.b[:p.n], in.through[:])
	}
	sum := append([]byte(nil), in.Sum(in.sum[:0])...)
	h.pool.Put(in)
	return sum
}
