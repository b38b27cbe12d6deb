package store

import (
	"context"
	"errors"
	"io"
	"sort"
)

// Content reads the bytes of a file and holds one piece of them at a time. It is an [io.ReadSeeker] for
// one goroutine. It holds no transaction: a file that is deleted meanwhile ends it with ErrNotFound.
type Content struct {
	ctx    context.Context
	tenant Tenant
	file   ID
	chunks []chunk
	size   int64

	offset int64
	piece  []byte // the bytes from start on
	start  int64
	err    error

	// AtEnd, where it is set, is called before Read returns the last byte; its error becomes Read's.
	AtEnd func() error
}

type chunk struct {
	blob        string
	start, size int64
}

// Content returns the bytes of the file, or ErrNotFound. They are read under ctx.
func (t Tenant) Content(ctx context.Context, f File) (*Content, error) {
	c := &Content{ctx: ctx, tenant: t, file: f.ID}
	rows, err := t.store.read.QueryContext(ctx,
		`SELECT blob, size FROM chunks WHERE tenant = $1 AND file = $2 ORDER BY position`, t.id, f.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		next := chunk{start: c.size}
		if err := rows.Scan(&next.blob, &next.size); err != nil {
			return nil, err
		}
		c.chunks = append(c.chunks, next)
		c.size += next.size
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(c.chunks) == 0 {
		return nil, ErrNotFound
	}
	return c, nil
}

// Seek implements [io.Seeker].
func (c *Content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.offset
	case io.SeekEnd:
		offset += c.size
	}
	if offset < 0 {
		return 0, errors.New("store: seek before the start")
	}
	c.offset = offset
	return offset, nil
}

// Read implements [io.Reader].
func (c *Content) Read(p []byte) (int, error) {
	if c.offset >= c.size {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	if c.offset < c.start || c.offset >= c.start+int64(len(c.piece)) {
		if c.err = c.load(); c.err != nil {
			return 0, c.err
		}
	}
	n := copy(p, c.piece[c.offset-c.start:])
	if c.offset+int64(n) == c.size && c.AtEnd != nil {
		if c.err = c.AtEnd(); c.err != nil {
			return 0, c.err
		}
	}
	c.offset += int64(n)
	return n, nil
}

// Err returns the error that ended the last Read, unless it was io.EOF.
func (c *Content) Err() error { return c.err }

// load fetches the piece that holds the byte at offset.
func (c *Content) load() error {
	in := c.chunks[sort.Search(len(c.chunks), func(i int) bool {
		return c.chunks[i].start+c.chunks[i].size > c.offset
	})]
	seq := (c.offset - in.start) / pieceSize
	c.start = in.start + seq*pieceSize
	err := c.tenant.store.read.QueryRowContext(c.ctx,
		`SELECT bytes FROM pieces WHERE tenant = $1 AND file = $2 AND blob = $3 AND seq = $4`,
		c.tenant.id, c.file, in.blob, seq).Scan(&c.piece)
	return notFound(err)
}
