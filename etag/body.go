package etag

import (
	"io"
	"net/http"
	"sync"
)

// A body is the body of a response, in pieces of a pool. Third-party code never gets a
// piece: if it kept one, or used one after the request, it would see the bytes of another
// request.
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

// pieces is a pool of pieces.
type pieces struct{ pool sync.Pool }

// get returns an empty piece.
func (ps *pieces) get() *piece {
	p, ok := ps.pool.Get().(*piece)
	if !ok {
		return new(piece)
	}
	p.next, p.n = nil, 0
	return p
}

// put returns the pieces of b to the pool, and empties b.
func (ps *pieces) put(b *body) {
	for p := b.first; p != nil; {
		next := p.next
		ps.pool.Put(p)
		p = next
	}
	*b = body{}
}

// add appends p to b.
func add[T string | []byte](ps *pieces, b *body, p T) {
	b.size += len(p)
	for len(p) > 0 {
		switch {
		case b.first == nil:
			b.first = ps.get()
			b.last = b.first
		case b.last.n == len(b.last.b):
			b.last.next = ps.get()
			b.last = b.last.next
		}
		n := copy(b.last.b[b.last.n:], p)
		b.last.n += n
		p = p[n:]
	}
}

// writeTo writes at most n bytes of the body to w. copied reports whether w may only get
// copies of them.
func (b *body) writeTo(w http.ResponseWriter, n int, copied bool) error {
	const most = 2 << 10
	var buffer []byte
	if n = min(n, b.size); copied && n > 0 {
		buffer = make([]byte, min(n, most))
	}
	for p := b.first; p != nil && n > 0; p = p.next {
		out := p.b[:min(p.n, n)]
		if err := write(w, out, buffer); err != nil {
			return err
		}
		n -= len(out)
	}
	return nil
}

// write writes p to w. If buffer is not nil, w gets copies of parts of p in buffer.
func write(w io.Writer, p, buffer []byte) error {
	for len(p) > 0 {
		out := p
		if buffer != nil {
			out = buffer[:copy(buffer, p)]
		}
		if _, err := w.Write(out); err != nil {
			return err
		}
		p = p[len(out):]
	}
	return nil
}
