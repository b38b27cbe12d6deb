package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/apiconventions/apiconventions/examples/fileapi/filter"
)

// File is what is known of a file beside its contents.
type File struct {
	ID           ID
	Version      int64
	Name         string
	BusinessType int64
	Publisher    string
	Size         int64
	Chunks       int
	Uploaded     time.Time
}

const fileColumns = `id, version, name, business_type, publisher, size, chunks, uploaded`

// scan reads fileColumns, and whatever follows them into more.
func (f *File) scan(row interface{ Scan(...any) error }, more ...any) error {
	var uploaded int64
	err := row.Scan(append([]any{&f.ID, &f.Version, &f.Name, &f.BusinessType, &f.Publisher, &f.Size, &f.Chunks, &uploaded}, more...)...)
	f.Uploaded = time.Unix(0, uploaded).UTC()
	return notFound(err)
}

// Get returns the file, or ErrNotFound.
func (t Tenant) Get(ctx context.Context, id ID) (File, error) {
	var f File
	err := f.scan(t.store.read.QueryRowContext(ctx,
		`SELECT `+fileColumns+` FROM files WHERE tenant = $1 AND id = $2`, t.id, id))
	return f, err
}

// Change is what an update changes; nil is left as it is.
type Change struct {
	Name         *string
	BusinessType *int64
}

// Update changes the file if it still has that version, and returns it with the next. It returns
// ErrConflict where another update was faster.
func (t Tenant) Update(ctx context.Context, id ID, version int64, c Change) (File, error) {
	var f File
	update := func(db interface {
		QueryRowContext(context.Context, string, ...any) *sql.Row
	}) error {
		return f.scan(db.QueryRowContext(ctx,
			`UPDATE files SET name = COALESCE($1, name), business_type = COALESCE($2, business_type), version = version + 1
			 WHERE tenant = $3 AND id = $4 AND version = $5 RETURNING `+fileColumns,
			c.Name, c.BusinessType, t.id, id, version))
	}
	var err error
	if t.key == "" { // one statement is a transaction of its own
		err = update(t.store.write)
	} else {
		err = t.tx(ctx, func(tx *sql.Tx) error {
			if err := t.record(ctx, tx, id, version+1); err != nil {
				return err
			}
			return update(tx)
		})
	}
	if errors.Is(err, ErrNotFound) {
		return File{}, t.lost(ctx, id)
	}
	return f, err
}

// Delete removes the file and its contents if it still has that version; 0 is any version.
func (t Tenant) Delete(ctx context.Context, id ID, version int64) error {
	err := t.tx(ctx, func(tx *sql.Tx) error {
		if err := t.record(ctx, tx, id, 0); err != nil {
			return err
		}
		if err := one(tx.ExecContext(ctx,
			`DELETE FROM files WHERE tenant = $1 AND id = $2 AND (version = $3 OR $3 = 0)`, t.id, id, version)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM downloads WHERE tenant = $1 AND file = $2`, t.id, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM uploads WHERE tenant = $1 AND id = $2`, t.id, id); err != nil {
			return err
		}
		return t.leave(ctx, tx, id)
	})
	if errors.Is(err, ErrNotFound) {
		return t.lost(ctx, id)
	}
	return err
}

// lost says why a compare-and-swap found no row: the file is gone, or it has another version.
func (t Tenant) lost(ctx context.Context, id ID) error {
	if _, err := t.Get(ctx, id); err != nil {
		return err
	}
	return ErrConflict
}

// Downloaded notes that the subscriber has the file. It leaves the version alone: the note is a state
// of the subscriber's list, not of the file.
func (t Tenant) Downloaded(ctx context.Context, id ID, subscriber string) error {
	_, err := t.store.write.ExecContext(ctx,
		`INSERT INTO downloads (tenant, file, subscriber)
		 SELECT tenant, id, $3 FROM files WHERE tenant = $1 AND id = $2 ON CONFLICT DO NOTHING`, t.id, id, subscriber)
	return err
}

// Query says which part of a tenant's list a client asks for.
type Query struct {
	Client    string
	Publisher bool // the files that Client has published, not those that it may download
	Filter    filter.Filter
	Order     filter.Order
	Limit     int
	Offset    int
}

// Entry is a file in a list.
type Entry struct {
	File
	Downloaded bool // by the client; in a publisher's list, by anyone
}

// List returns one page of the matching files and the number of all of them, both from one snapshot.
func (t Tenant) List(ctx context.Context, q Query) (page []Entry, count int, err error) {
	files := `SELECT ` + fileColumns + `, EXISTS (SELECT 1 FROM downloads d
		WHERE d.tenant = files.tenant AND d.file = files.id AND d.subscriber = $2) AS downloaded
		FROM files WHERE tenant = $1`
	if q.Publisher {
		files = `SELECT ` + fileColumns + `, EXISTS (SELECT 1 FROM downloads d
		WHERE d.tenant = files.tenant AND d.file = files.id) AS downloaded
		FROM files WHERE tenant = $1 AND publisher = $2`
	}
	args := []any{t.id, q.Client}
	where, args := q.Filter.SQL(t.store.dialect, args)
	matches := ` FROM (` + files + `) AS listed WHERE ` + where

	tx, err := t.store.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return nil, 0, err
	}
	defer tx.Rollback()
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*)`+matches, args...).Scan(&count); err != nil {
		return nil, 0, err
	}
	rows, err := tx.QueryContext(ctx, fmt.Sprintf(`SELECT %s, downloaded %s ORDER BY %s, id LIMIT $%d OFFSET $%d`,
		fileColumns, matches, q.Order.SQL(), len(args)+1, len(args)+2), append(args, q.Limit, q.Offset)...)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var e Entry
		if err := e.scan(rows, &e.Downloaded); err != nil {
			return nil, 0, err
		}
		page = append(page, e)
	}
	return page, count, rows.Err()
}
