//go:build unix

package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

// atEnd is a chunk that calls f before its last read.
type atEnd struct {
	content io.Reader
	f       func()
}

func (r *atEnd) Read(p []byte) (int, error) {
	n, err := r.content.Read(p)
	if err == io.EOF && r.f != nil {
		r.f()
		r.f = nil
	}
	return n, err
}

// A chunk that meets the end of its upload is ErrClosed, wherever it meets it, and leaves nothing behind. An
// upload that was there is never ErrNotFound.
func testTwins(t *testing.T, tenant store.Tenant) {
	begin := func() store.ID {
		t.Helper()
		id, err := tenant.Begin(t.Context(), store.File{Name: "twins"})
		if err == nil {
			err = tenant.PutChunk(t.Context(), id, 0, strings.NewReader("x"))
		}
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	for name, end := range map[string]func(store.ID) error{
		"Close":  func(id store.ID) error { return second(tenant.Close(t.Context(), id)) },
		"Accept": func(id store.ID) error { return tenant.Accept(t.Context(), id) },
	} {
		for _, size := range []int{0, 1, 600_000} { // before, in and after the first piece
			id := begin()
			chunk := &atEnd{bytes.NewReader(make([]byte, size)), func() {
				if err := end(id); err != nil {
					t.Error(err)
				}
			}}
			if err := tenant.PutChunk(t.Context(), id, 1, chunk); !errors.Is(err, store.ErrClosed) || errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s, %d bytes: %v", name, size, err)
			}
			if has, err := tenant.HasChunk(t.Context(), id, 1, int64(size)); has || err != nil {
				t.Errorf("%s, %d bytes: the chunk counts, %v", name, size, err)
			}
			if err := tenant.Abandon(t.Context(), id); !errors.Is(err, store.ErrClosed) {
				t.Errorf("Abandon after %s: %v", name, err)
			}
		}
	}

	for range 20 {
		id := begin()
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				err := tenant.PutChunk(t.Context(), id, 1, strings.NewReader("y"))
				if err != nil && !errors.Is(err, store.ErrClosed) {
					t.Error(err)
				}
				if _, err := tenant.Close(t.Context(), id); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		f, err := tenant.Get(t.Context(), id)
		if err != nil || f.Chunks != 2 || f.Size != 2 {
			t.Fatalf("%+v, %v", f, err)
		}
	}

	id, err := tenant.Begin(t.Context(), store.File{Name: "empty"})
	if err != nil {
		t.Fatal(err)
	}
	var missing *store.MissingError
	if _, err := tenant.Close(t.Context(), id); !errors.As(err, &missing) || len(missing.Positions) != 1 {
		t.Errorf("Close without a chunk: %v", err)
	}
	if err := tenant.Abandon(t.Context(), id); err != nil {
		t.Error(err)
	}
}

// What is large is not removed in one transaction, which would keep others waiting: not when a file is
// deleted, nor when an upload is abandoned or has expired, nor when a chunk breaks off.
func testLarge(t *testing.T, tenant store.Tenant, db *sql.DB) {
	const pieces = 200
	count := func() (n int) {
		t.Helper()
		if err := db.QueryRow(`SELECT COUNT(*) FROM pieces WHERE tenant = 'large'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	begin := func() store.ID {
		t.Helper()
		id, err := tenant.Begin(t.Context(), store.File{Name: "large"})
		if err == nil {
			err = tenant.PutChunk(t.Context(), id, 0, strings.NewReader("x"))
		}
		if err == nil { // pieces of one byte
			_, err = db.Exec(`INSERT INTO pieces (tenant, file, blob, seq, bytes)
				WITH RECURSIVE n (seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < $1)
				SELECT chunks.tenant, chunks.file, chunks.blob, n.seq, pieces.bytes FROM n, chunks, pieces
				WHERE chunks.tenant = 'large' AND chunks.file = $2 AND pieces.blob = chunks.blob AND pieces.seq = 0`, pieces-1, id)
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := count(); n != pieces {
			t.Fatalf("%d pieces", n)
		}
		return id
	}
	for name, remove := range map[string]func(store.ID) error{
		"deleted": func(id store.ID) error {
			return errors.Join(second(tenant.Close(t.Context(), id)), tenant.Delete(t.Context(), id, 0))
		},
		"abandoned": func(id store.ID) error { return tenant.Abandon(t.Context(), id) },
		"expired": func(id store.ID) error {
			return second(db.Exec(`UPDATE uploads SET expires = 1 WHERE tenant = 'large'`))
		},
		"broken off": func(id store.ID) error { // by a process that was killed
			_, err := db.Exec(`UPDATE pieces SET blob = 'unknown' WHERE tenant = 'large' AND seq > 0`)
			return errors.Join(err, second(tenant.Close(t.Context(), id)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			id := begin()
			if err := remove(id); err != nil {
				t.Fatal(err)
			}
			left := count()
			if left != pieces {
				t.Errorf("%d pieces went in the first transaction", pieces-left)
			}
			for more := true; more; {
				var err error
				if more, err = tenant.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
				now := count()
				if left-now > 64 {
					t.Errorf("%d pieces went in one transaction", left-now)
				}
				left = now
			}
			if name == "broken off" {
				left--
				if err := tenant.Delete(t.Context(), id, 0); err != nil {
					t.Error(err)
				}
				sweep(t, tenant)
			}
			if left != 0 {
				t.Errorf("%d pieces are left", left)
			}
		})
	}
}
