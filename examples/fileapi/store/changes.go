package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// KeyLife is how long a change can be repeated by its key.
const KeyLife = 24 * time.Hour

// ErrMade says that a change with this key has been made already. Nothing was changed again.
var ErrMade = errors.New("store: change was made already")

// Made is a change that was made under a key.
type Made struct {
	Fingerprint string // of what the client sent
	File        ID     // or the upload that it will come from
	Version     int64  // that the change has made; 0 = the file is removed, or not there yet
}

// Made returns the change that was made under the key, or ErrNotFound. The file may have changed since, or be
// gone.
func (t Tenant) Made(ctx context.Context, key string) (Made, error) {
	var m Made
	err := t.store.read.QueryRowContext(ctx, `SELECT fingerprint, file, version FROM changes WHERE tenant = $1 AND key = $2`,
		t.id, key).Scan(&m.Fingerprint, &m.File, &m.Version)
	return m, notFound(err)
}

// Keyed returns t for one change, which is recorded under the key: what Update, Delete, Accept, Close and
// Begun change, they record in the same transaction, and they return ErrMade where the key has a change
// already. Of two at once the second waits for the first, and takes its place if that fails. A change that is
// refused leaves no record. The empty key records nothing.
func (t Tenant) Keyed(key, fingerprint string) Tenant {
	t.key, t.fingerprint = key, fingerprint
	return t
}

// Begun records the start of an upload, whose id its client is about to be told. Without a key it does
// nothing.
func (t Tenant) Begun(ctx context.Context, id ID) error {
	if t.key == "" {
		return nil
	}
	return t.tx(ctx, func(tx *sql.Tx) error {
		if u, err := t.lock(ctx, tx, id); err != nil {
			return err
		} else if u.state != Open {
			return ErrClosed
		}
		return t.record(ctx, tx, id, 0)
	})
}

// record notes in tx that t's change makes the version of the file. It comes before the change, so that a
// second one with the same key waits here, and does not find the file changed by another.
func (t Tenant) record(ctx context.Context, tx *sql.Tx, id ID, version int64) error {
	if t.key == "" {
		return nil
	}
	err := one(tx.ExecContext(ctx, `INSERT INTO changes (tenant, key, fingerprint, file, version, made)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, key) DO NOTHING`,
		t.id, t.key, t.fingerprint, id, version, now().UnixNano()))
	if errors.Is(err, ErrNotFound) {
		return ErrMade
	}
	return err
}

// sweepChanges removes some of the changes whose keys cannot be repeated any longer.
func (t Tenant) sweepChanges(ctx context.Context) (more bool, err error) {
	result, err := t.store.write.ExecContext(ctx, `DELETE FROM changes WHERE tenant = $1 AND key IN
		(SELECT key FROM changes WHERE tenant = $1 AND made < $2 LIMIT $3)`,
		t.id, now().Add(-KeyLife).UnixNano(), sweepRows)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == sweepRows, err
}
