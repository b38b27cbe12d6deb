package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
)

// UploadLife is how long an upload may take, and how long its status can be asked for.
const UploadLife = time.Hour

const pieceSize = 256 << 10

const firstVersion = 1 // of a file

// The states of an upload.
const (
	Open     = "open"     // takes chunks
	Accepted = "accepted" // complete; will become a file even if this process ends now
	Closed   = "closed"   // is a file
)

// MissingError says which positions below the highest one an upload still lacks.
type MissingError struct{ Positions []int }

func (e *MissingError) Error() string { return fmt.Sprint("store: chunks missing: ", e.Positions) }

// Begin starts the upload of a file with the name, business type and publisher of f, and returns its id,
// which is the token of the upload and will be the id of the file. Until Close nothing of it can be seen.
func (t Tenant) Begin(ctx context.Context, f File) (id ID, err error) {
	id = newID()
	_, err = t.store.write.ExecContext(ctx, `INSERT INTO uploads (tenant, id, name, business_type, publisher, state, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		t.id, id, f.Name, f.BusinessType, f.Publisher, Open, now().Add(UploadLife).UnixNano())
	return id, err
}

// PutChunk stores what r has as the chunk at position, in place of an earlier one. Until it is stored
// whole it does not count, so a chunk may be sent again after a failure, or twice at once. It returns
// ErrNotFound for an upload that does not exist or has expired, ErrClosed after Accept and Close, and
// r's error as it is.
func (t Tenant) PutChunk(ctx context.Context, id ID, position int, r io.Reader) error {
	if err := t.open(ctx, id); err != nil {
		return err
	}
	blob := uuid.NewString()
	size, err := t.putPieces(ctx, id, blob, r)
	if err == nil {
		err = t.tx(ctx, func(tx *sql.Tx) error { return t.count(ctx, tx, id, position, blob, size) })
	}
	if err != nil {
		t.discard(context.WithoutCancel(ctx), id, blob, size) // the request may be gone already
	}
	return err
}

// discard removes the pieces of a chunk that broke off, a few in each transaction. What cannot be removed
// goes when the upload is closed or has expired.
func (t Tenant) discard(ctx context.Context, id ID, blob string, size int64) {
	for seq := int64(0); seq*pieceSize <= size; seq += sweepPieces {
		if _, err := t.store.write.ExecContext(ctx, `DELETE FROM pieces WHERE tenant = $1 AND file = $2 AND blob = $3
			AND seq >= $4 AND seq < $5`, t.id, id, blob, seq, seq+sweepPieces); err != nil {
			return
		}
	}
}

// HasChunk reports whether the upload, or the file that it became, has a chunk of that size at position.
func (t Tenant) HasChunk(ctx context.Context, id ID, position int, size int64) (has bool, err error) {
	err = t.store.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM chunks
		WHERE tenant = $1 AND file = $2 AND position = $3 AND size = $4)`, t.id, id, position, size).Scan(&has)
	return has, err
}

// open returns nil, ErrNotFound or ErrClosed.
func (t Tenant) open(ctx context.Context, id ID) error {
	state, err := t.State(ctx, id)
	if err == nil && state != Open {
		return ErrClosed
	}
	return err
}

// putPieces returns how many bytes it has stored, also when it fails.
func (t Tenant) putPieces(ctx context.Context, id ID, blob string, r io.Reader) (size int64, err error) {
	buffer := make([]byte, pieceSize)
	for seq := 0; ; seq++ {
		n, end := fill(r, buffer)
		if end != nil && end != io.EOF {
			return size, end
		}
		if n > 0 {
			err := one(t.store.write.ExecContext(ctx, `INSERT INTO pieces (tenant, file, blob, seq, bytes)
				SELECT tenant, id, $3, $4, $5 FROM uploads WHERE tenant = $1 AND id = $2 AND state = $6`,
				t.id, id, blob, seq, buffer[:n], Open))
			if errors.Is(err, ErrNotFound) { // not there, or not open
				err = cmp.Or(t.open(ctx, id), err)
			}
			if err != nil {
				return size, err
			}
			size += int64(n)
		}
		if end != nil {
			return size, nil
		}
	}
}

// fill reads until p is full or r ends. Unlike [io.ReadFull] it tells r's end from a body cut short, which
// is io.ErrUnexpectedEOF.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}

// count makes blob the one that counts at the position.
func (t Tenant) count(ctx context.Context, tx *sql.Tx, id ID, position int, blob string, size int64) error {
	if u, err := t.lock(ctx, tx, id); err != nil {
		return err
	} else if u.state != Open {
		return ErrClosed
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM pieces WHERE tenant = $1 AND file = $2 AND blob =
		(SELECT blob FROM chunks WHERE tenant = $1 AND file = $2 AND position = $3)`, t.id, id, position); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO chunks (tenant, file, position, blob, size) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, file, position) DO UPDATE SET blob = excluded.blob, size = excluded.size`,
		t.id, id, position, blob, size)
	return err
}

type upload struct {
	File
	state string
}

// lock reads the upload and keeps its row until the transaction ends: an update that changes nothing is
// what both databases understand.
func (t Tenant) lock(ctx context.Context, tx *sql.Tx, id ID) (u upload, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE uploads SET state = state
		WHERE tenant = $1 AND id = $2 AND (expires >= $3 OR state <> $4)
		RETURNING id, name, business_type, publisher, state`, t.id, id, now().UnixNano(), Open).
		Scan(&u.ID, &u.Name, &u.BusinessType, &u.Publisher, &u.state)
	return u, notFound(err)
}

// State returns the state of the upload, or ErrNotFound.
func (t Tenant) State(ctx context.Context, id ID) (state string, err error) {
	err = t.store.read.QueryRowContext(ctx, `SELECT state FROM uploads
		WHERE tenant = $1 AND id = $2 AND (expires >= $3 OR state = $4)`, t.id, id, now().UnixNano(), Accepted).Scan(&state)
	return state, notFound(err)
}

// Accept promises that the upload will become a file: it takes no more chunks, never expires, and is
// found by Unfinished until Close. Accepting it again changes nothing.
func (t Tenant) Accept(ctx context.Context, id ID) error {
	return t.tx(ctx, func(tx *sql.Tx) error {
		u, err := t.lock(ctx, tx, id)
		if err != nil || u.state != Open {
			return err
		}
		if _, _, err := t.measure(ctx, tx, id); err != nil {
			return err
		}
		if err := t.record(ctx, tx, id, firstVersion); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE uploads SET state = $3 WHERE tenant = $1 AND id = $2`, t.id, id, Accepted)
		return err
	})
}

// Unfinished returns the uploads that were accepted and are not closed yet.
func (t Tenant) Unfinished(ctx context.Context) (ids []ID, err error) {
	rows, err := t.store.read.QueryContext(ctx, `SELECT id FROM uploads WHERE tenant = $1 AND state = $2`, t.id, Accepted)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// Close makes the upload a file, and returns it. Closing it again returns the same file. A gap between
// its chunks is a *[MissingError].
func (t Tenant) Close(ctx context.Context, id ID) (f File, err error) {
	err = t.tx(ctx, func(tx *sql.Tx) error {
		u, err := t.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if u.state == Closed {
			return f.scan(tx.QueryRowContext(ctx, `SELECT `+fileColumns+` FROM files WHERE tenant = $1 AND id = $2`, t.id, id))
		}
		size, chunks, err := t.measure(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := t.record(ctx, tx, id, firstVersion); err != nil {
			return err
		}
		if err := f.scan(tx.QueryRowContext(ctx, `INSERT INTO files (tenant, `+fileColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING `+fileColumns,
			t.id, id, firstVersion, u.Name, u.BusinessType, u.Publisher, size, chunks, now().UnixNano())); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO leftovers (tenant, file)
			SELECT DISTINCT tenant, file FROM pieces WHERE tenant = $1 AND file = $2 AND blob NOT IN
				(SELECT blob FROM chunks WHERE tenant = $1 AND file = $2)`, t.id, id); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE uploads SET state = $3 WHERE tenant = $1 AND id = $2`, t.id, id, Closed)
		return err
	})
	return f, err
}

// measure returns the size and the number of the upload's chunks, or a *MissingError.
func (t Tenant) measure(ctx context.Context, tx *sql.Tx, id ID) (size, chunks int64, err error) {
	var last int64
	if err := tx.QueryRowContext(ctx, `SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT), COUNT(*), COALESCE(MAX(position), 0)
		FROM chunks WHERE tenant = $1 AND file = $2`, t.id, id).Scan(&size, &chunks, &last); err != nil {
		return 0, 0, err
	}
	if chunks == last+1 {
		return size, chunks, nil
	}
	return 0, 0, t.missing(ctx, tx, id)
}

// missing returns a *MissingError with the first of the gaps.
func (t Tenant) missing(ctx context.Context, tx *sql.Tx, id ID) error {
	rows, err := tx.QueryContext(ctx, `SELECT position FROM chunks WHERE tenant = $1 AND file = $2 ORDER BY position`, t.id, id)
	if err != nil {
		return err
	}
	defer rows.Close()
	var gaps []int
	for next := 0; rows.Next() && len(gaps) < 20; next++ {
		var position int
		if err := rows.Scan(&position); err != nil {
			return err
		}
		for ; next < position && len(gaps) < 20; next++ {
			gaps = append(gaps, next)
		}
	}
	if len(gaps) == 0 { // no chunk at all
		gaps = []int{0}
	}
	return cmp.Or(rows.Err(), error(&MissingError{gaps}))
}

// Abandon removes an open upload. It returns ErrNotFound where there is none, and ErrClosed after Accept and
// Close.
func (t Tenant) Abandon(ctx context.Context, id ID) error {
	return t.tx(ctx, func(tx *sql.Tx) error {
		if u, err := t.lock(ctx, tx, id); err != nil {
			return err
		} else if u.state != Open {
			return ErrClosed
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM uploads WHERE tenant = $1 AND id = $2`, t.id, id); err != nil {
			return err
		}
		return t.leave(ctx, tx, id)
	})
}
