package etag

import (
	"hash"
	"sync"
)

const (
	// smallBuffer is the first size of a buffer: most answers of an API fit in.
	smallBuffer = 40 << 10
	// largeBuffer is the next one.
	largeBuffer = 256 << 10
	// piece is how much is copied at once. From 1 MiB on Go's memmove writes past
	// the processor's caches, from where the hash has to fetch it again. What that
	// costs depends on the machine: on an Intel Xeon nothing that can be measured.
	piece = 16 << 10
)

// A buffer holds a body, and what else hashing it needs. Nothing of a request
// but its tagger points to it, and that lets go before the buffer is given back.
type buffer struct {
	b        []byte
	declared int // Content-Length, -1 = none
	hash     hash.Hash
	sum      [64]byte // room for the hash of the largest common size
}

// buffers keeps used buffers, the small ones and the others apart, so that a
// large one is not bound by a small answer. None grows beyond the limit of its
// computer, and the garbage collector takes what is not used.
type buffers struct {
	small, large sync.Pool
}

func (p *buffers) get() *buffer {
	if b, ok := p.small.Get().(*buffer); ok {
		return b
	}
	return new(buffer)
}

func (p *buffers) put(b *buffer) {
	b.b = b.b[:0]
	if cap(b.b) <= smallBuffer {
		p.small.Put(b)
	} else {
		p.large.Put(b)
	}
}

// grow makes room for n bytes in all; limit is the most that will ever be.
func (p *buffers) grow(b *buffer, n, limit int) {
	if n <= cap(b.b) {
		return
	}
	held := b.b
	switch {
	case n <= smallBuffer:
		b.b = make([]byte, len(held), smallBuffer)
	default:
		if other, ok := p.large.Get().(*buffer); ok && n <= cap(other.b) {
			b.b, other.b = other.b[:len(held)], held
			copy(b.b, held)
			p.put(other)
			return
		}
		b.b = make([]byte, len(held), min(max(n, 2*cap(held), largeBuffer), max(n, limit)))
	}
	copy(b.b, held)
}

// add appends p in pieces. There is room for it.
func add[T string | []byte](b *buffer, p T) {
	for len(p) > 0 {
		n := min(len(p), piece)
		b.b = append(b.b, p[:n]...)
		p = p[n:]
	}
}
