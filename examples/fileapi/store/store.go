// Package store keeps files, their contents and the uploads under way in SQLite or PostgreSQL.
//
// Whatever belongs to a tenant is reached through [Store.Tenant], so no statement can forget whose rows
// it may see. Contents live in rows of at most 256 KiB: neither a write nor a read holds more than one
// of them in memory, and no transaction stays open while a client is slow.
//
// All statements are written once for both databases. Their parameters are $1, $2, … .
package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/apiconventions/apiconventions/examples/fileapi/filter"
)

var (
	// ErrNotFound says that the tenant has no such file or upload.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict says that the file has another version than the one to change.
	ErrConflict = errors.New("store: changed by another")
	// ErrClosed says that the upload takes no more chunks.
	ErrClosed = errors.New("store: upload is closed")
)

// Store is safe for concurrent use, and any number of processes may share one PostgreSQL.
type Store struct {
	read, write *sql.DB // the same pool, or two where writers have to queue
	dialect     filter.Dialect
}

// OpenSQLite opens the data file at path, creates it where it is missing, and brings its schema up to date.
// Nobody but the user of the process may read the file: it holds the keys.
func OpenSQLite(ctx context.Context, path string) (*Store, error) {
	if err := restrict(path); err != nil {
		return nil, err
	}
	// WAL lets readers go on while one writes; FULL makes a commit survive a power cut.
	dsn := url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)"},
		"_txlock": {"immediate"},
	}.Encode()}
	write, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1) // SQLite lets one write at a time; the pool queues the others, first come, first served
	read, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	s := &Store{read: limited(read), write: write, dialect: filter.SQLite}
	return s, s.migrate(ctx, goose.DialectSQLite3)
}

// OpenPostgres connects to dsn and brings its schema up to date, one instance at a time.
func OpenPostgres(ctx context.Context, dsn string) (*Store, error) {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60)) // tries each second for a minute
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	s := &Store{read: limited(db), write: db, dialect: filter.Postgres}
	return s, s.migrate(ctx, goose.DialectPostgres, goose.WithSessionLocker(locker))
}

func limited(db *sql.DB) *sql.DB {
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	return db
}

//go:embed migrations/*.sql
var migrations embed.FS

// migrate closes the store if it fails.
func (s *Store) migrate(ctx context.Context, dialect goose.Dialect, o ...goose.ProviderOption) error {
	scripts, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, s.write, scripts, o...)
	if err == nil {
		_, err = p.Up(ctx)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("store: migrating: %w", err), s.Close())
	}
	return nil
}

// Close releases the connections.
func (s *Store) Close() error { return errors.Join(s.write.Close(), s.read.Close()) }

// Ping reports whether the database responds.
func (s *Store) Ping(ctx context.Context) error { return s.read.PingContext(ctx) }

// Key returns the 32 random bytes of that name. The first instance that asks makes them, the others
// and every later run get the same.
func (s *Store) Key(ctx context.Context, name string) ([]byte, error) {
	fresh := make([]byte, 32)
	rand.Read(fresh)
	if _, err := s.write.ExecContext(ctx,
		`INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, fresh); err != nil {
		return nil, err
	}
	var key []byte
	err := s.read.QueryRowContext(ctx, `SELECT value FROM settings WHERE name = $1`, name).Scan(&key)
	return key, err
}

// Tenant returns what the store holds for one tenant.
func (s *Store) Tenant(id string) Tenant { return Tenant{store: s, id: id} }

// Tenant is the store as one tenant sees it. It is a small value, safe for concurrent use.
type Tenant struct {
	store *Store
	id    string

	key, fingerprint string // of the change to record, see Keyed
}

// tx runs f in a transaction that is rolled back when f fails.
func (t Tenant) tx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := t.store.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// one turns the result of a statement on a single row into ErrNotFound when there was none.
func one(r sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrNotFound)
	}
	return nil
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// now is a point in time as the database keeps it, to the millisecond that clients are shown.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
