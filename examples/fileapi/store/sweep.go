package store

import (
	"context"
	"database/sql"
	"errors"
)

// What one transaction removes at most.
const (
	sweepPieces = 64 // 16 MiB
	sweepRows   = 1000
)

// Sweep removes something of what expired uploads, deleted files, broken chunks and old keys have left, and
// reports whether there may be more. A call is one short transaction: other writers get their turn between two.
func (t Tenant) Sweep(ctx context.Context) (more bool, err error) {
	var file ID
	err = t.store.read.QueryRowContext(ctx, `SELECT file FROM leftovers WHERE tenant = $1 LIMIT 1`, t.id).Scan(&file)
	if err == nil {
		return true, t.sweepPieces(ctx, file)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}

	var upload ID
	expired := now().UnixNano()
	err = t.store.read.QueryRowContext(ctx, `SELECT id FROM uploads WHERE tenant = $1 AND expires < $2 AND state <> $3 LIMIT 1`,
		t.id, expired, Accepted).Scan(&upload)
	if errors.Is(err, sql.ErrNoRows) {
		return t.sweepChanges(ctx)
	}
	if err != nil {
		return false, err
	}
	return true, t.tx(ctx, func(tx *sql.Tx) error {
		var state string
		err := tx.QueryRowContext(ctx, `DELETE FROM uploads WHERE tenant = $1 AND id = $2 AND expires < $3 AND state <> $4
			RETURNING state`, t.id, upload, expired, Accepted).Scan(&state)
		switch {
		case errors.Is(err, sql.ErrNoRows), err == nil && state == Closed:
			return nil // another instance was faster, or the chunks are those of a file
		case err != nil:
			return err
		}
		return t.leave(ctx, tx, upload)
	})
}

// leave removes the chunks of a file or an upload that is removed in tx, and leaves the pieces to Sweep.
func (t Tenant) leave(ctx context.Context, tx *sql.Tx, id ID) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM chunks WHERE tenant = $1 AND file = $2`, t.id, id); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO leftovers (tenant, file) VALUES ($1, $2) ON CONFLICT DO NOTHING`, t.id, id)
	return err
}

func (t Tenant) sweepPieces(ctx context.Context, id ID) error {
	return t.tx(ctx, func(tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, `DELETE FROM pieces WHERE tenant = $1 AND file = $2 AND (blob, seq) IN
			(SELECT blob, seq FROM pieces WHERE tenant = $1 AND file = $2 AND blob NOT IN
				(SELECT blob FROM chunks WHERE tenant = $1 AND file = $2) LIMIT $3)`, t.id, id, sweepPieces)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == sweepPieces {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM leftovers WHERE tenant = $1 AND file = $2`, t.id, id)
		return err
	})
}
