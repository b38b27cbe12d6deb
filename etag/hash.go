package etag

import (
	"hash"
	"sync"

	"github.com/zeebo/xxh3"
)

// xxh3 returns the hash of [Of].
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

// hashes is a pool of hashes of one kind.
type hashes struct {
	new  func() hash.Hash
	pool sync.Pool
}

// A hasher is a hash with the buffer in which it gets copies of a body: it may be
// third-party code.
type hasher struct {
	hash.Hash
	buffer [4 << 10]byte
	sum    [64]byte
}

// sum returns the hash of b.
func (h *hashes) sum(b *body) []byte {
	in, ok := h.pool.Get().(*hasher)
	if !ok {
		in = &hasher{Hash: h.new()}
	}
	in.Reset()
	for p := b.first; p != nil; p = p.next {
		_ = write(in, p.b[:p.n], in.buffer[:]) // never fails (hash.Hash)
	}
	sum := append([]byte(nil), in.Sum(in.sum[:0])...)
	h.pool.Put(in)
	return sum
}
