//go:build unix

package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/apiconventions/apiconventions/examples/fileapi/filter"
	"github.com/apiconventions/apiconventions/examples/fileapi/internal/testserver"
	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

func TestStore(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		// A path that a DSN could mistake for options.
		path := filepath.Join(t.TempDir(), "a b?c=d%25.db")
		s, err := store.OpenSQLite(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		test(t, s, "sqlite", "file:"+url.PathEscape(path)+"?_pragma=busy_timeout(1000)")
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		dsn := testserver.Postgres(t).DSN
		s, err := store.OpenPostgres(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		test(t, s, "pgx", dsn)
	})
}

func test(t *testing.T, s *store.Store, driver, dsn string) {
	t.Cleanup(func() { s.Close() })
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	t.Run("key", func(t *testing.T) { testKey(t, s) })
	t.Run("chunks", func(t *testing.T) { testChunks(t, s.Tenant("chunks")) })
	t.Run("gap", func(t *testing.T) { testGap(t, s.Tenant("gap")) })
	t.Run("broken", func(t *testing.T) { testBroken(t, s.Tenant("broken")) })
	t.Run("expired", func(t *testing.T) { testExpired(t, s.Tenant("expired"), db) })
	t.Run("accepted", func(t *testing.T) { testAccepted(t, s.Tenant("accepted")) })
	t.Run("race", func(t *testing.T) { testRace(t, s.Tenant("race")) })
	t.Run("tenants", func(t *testing.T) { testTenants(t, s) })
	t.Run("twins", func(t *testing.T) { testTwins(t, s.Tenant("twins")) })
	t.Run("large", func(t *testing.T) { testLarge(t, s.Tenant("large"), db) })
	t.Run("changes", func(t *testing.T) { testChanges(t, s, db) })
	t.Run("list", func(t *testing.T) { testList(t, s.Tenant("list")) })
	t.Run("leftovers", func(t *testing.T) { testLeftovers(t, s, db) })
}

// No chunk that broke off, was sent twice, expired or was deleted has left a piece behind.
func testLeftovers(t *testing.T, s *store.Store, db *sql.DB) {
	rows, err := db.Query(`SELECT DISTINCT tenant FROM leftovers`)
	if err != nil {
		t.Fatal(err)
	}
	var tenants []string
	for rows.Next() {
		var tenant string
		if err := rows.Scan(&tenant); err != nil {
			t.Fatal(err)
		}
		tenants = append(tenants, tenant)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, tenant := range tenants {
		sweep(t, s.Tenant(tenant))
	}
	var pieces int
	if err := db.QueryRow(`SELECT COUNT(*) FROM pieces WHERE blob NOT IN (SELECT blob FROM chunks)
		OR file NOT IN (SELECT id FROM files UNION SELECT id FROM uploads)`).Scan(&pieces); err != nil || pieces > 0 {
		t.Errorf("%d pieces belong to nothing, %v", pieces, err)
	}
}

// An upload that has expired takes nothing more, and is swept away; but what was accepted
// stays until it is done.
func testExpired(t *testing.T, tenant store.Tenant, db *sql.DB) {
	var ids []store.ID
	for range 2 {
		id, err := tenant.Begin(t.Context(), store.File{Name: "late"})
		if err == nil {
			err = tenant.PutChunk(t.Context(), id, 0, strings.NewReader("x"))
		}
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := tenant.Accept(t.Context(), ids[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE uploads SET expires = 1 WHERE tenant = 'expired'`); err != nil {
		t.Fatal(err)
	}
	if err := tenant.PutChunk(t.Context(), ids[0], 1, strings.NewReader("y")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("PutChunk: %v", err)
	}
	if _, err := tenant.Close(t.Context(), ids[0]); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Close: %v", err)
	}
	put(t, tenant, "next", "z")
	sweep(t, tenant)
	var pieces int
	if err := db.QueryRow(`SELECT COUNT(*) FROM pieces WHERE tenant = 'expired'`).Scan(&pieces); err != nil || pieces != 2 {
		t.Errorf("%d pieces, want those of the accepted upload and of the next, %v", pieces, err)
	}
	if _, err := tenant.Close(t.Context(), ids[1]); err != nil {
		t.Error(err)
	}
}

// sweep calls Sweep until nothing is left to do.
func sweep(t *testing.T, tenant store.Tenant) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = tenant.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func testKey(t *testing.T, s *store.Store) {
	first, err := s.Key(t.Context(), "signing")
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Key(t.Context(), "signing")
	if err != nil || len(first) != 32 || !bytes.Equal(first, second) {
		t.Fatalf("Key: %x, then %x, %v", first, second, err)
	}
}

func put(t *testing.T, tenant store.Tenant, name, content string) store.File {
	t.Helper()
	id, err := tenant.Begin(t.Context(), store.File{Name: name, BusinessType: 7100, Publisher: "p"})
	if err == nil {
		err = tenant.PutChunk(t.Context(), id, 0, strings.NewReader(content))
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := tenant.Close(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func read(t *testing.T, tenant store.Tenant, f store.File) []byte {
	t.Helper()
	c, err := tenant.Content(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Chunks come in parallel, out of order and twice, and have sizes that no piece divides.
func testChunks(t *testing.T, tenant store.Tenant) {
	content := make([]byte, 5*300_000+17)
	rand.NewChaCha8([32]byte{}).Read(content)
	id, err := tenant.Begin(t.Context(), store.File{Name: "big", BusinessType: 1, Publisher: "p"})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, position := range []int{5, 1, 1, 0, 3, 2, 4, 0} {
		all.Go(func() {
			chunk := content[position*300_000 : min((position+1)*300_000, len(content))]
			if err := tenant.PutChunk(t.Context(), id, position, bytes.NewReader(chunk)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if _, err := tenant.Get(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("visible before it was closed: %v", err)
	}
	f, err := tenant.Close(t.Context(), id)
	if err != nil || f.Size != int64(len(content)) || f.Chunks != 6 || f.Version != 1 {
		t.Fatalf("Close: %+v, %v", f, err)
	}
	if again, err := tenant.Close(t.Context(), id); err != nil || again != f {
		t.Fatalf("Close again: %+v, %v", again, err)
	}
	if err := tenant.PutChunk(t.Context(), id, 1, bytes.NewReader(nil)); !errors.Is(err, store.ErrClosed) {
		t.Fatalf("a chunk after Close: %v", err)
	}
	c, err := tenant.Content(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(c, content); err != nil {
		t.Fatal(err)
	}
}

func testGap(t *testing.T, tenant store.Tenant) {
	id, err := tenant.Begin(t.Context(), store.File{Name: "gap"})
	if err != nil {
		t.Fatal(err)
	}
	for _, position := range []int{1, 4} {
		if err := tenant.PutChunk(t.Context(), id, position, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	_, err = tenant.Close(t.Context(), id)
	var missing *store.MissingError
	if !errors.As(err, &missing) || !reflect.DeepEqual(missing.Positions, []int{0, 2, 3}) {
		t.Fatalf("Close: %v", err)
	}
}

// A chunk that breaks off does not replace the one that is there.
func testBroken(t *testing.T, tenant store.Tenant) {
	id, err := tenant.Begin(t.Context(), store.File{Name: "broken"})
	if err != nil {
		t.Fatal(err)
	}
	if err := tenant.PutChunk(t.Context(), id, 0, strings.NewReader("good")); err != nil {
		t.Fatal(err)
	}
	cut := io.MultiReader(strings.NewReader("ba"), iotest.ErrReader(io.ErrUnexpectedEOF))
	if err := tenant.PutChunk(t.Context(), id, 0, cut); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("PutChunk: %v", err)
	}
	f, err := tenant.Close(t.Context(), id)
	if err != nil || string(read(t, tenant, f)) != "good" {
		t.Fatalf("Close: %v", err)
	}

	gone, err := tenant.Begin(t.Context(), store.File{Name: "gone"})
	if err != nil {
		t.Fatal(err)
	}
	if err := tenant.Abandon(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	if err := tenant.PutChunk(t.Context(), gone, 0, cut); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("a chunk after Abandon: %v", err)
	}
}

func testAccepted(t *testing.T, tenant store.Tenant) {
	id, err := tenant.Begin(t.Context(), store.File{Name: "later"})
	if err != nil {
		t.Fatal(err)
	}
	if err := tenant.PutChunk(t.Context(), id, 0, strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	if err := tenant.Accept(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	ids, err := tenant.Unfinished(t.Context())
	if err != nil || !reflect.DeepEqual(ids, []store.ID{id}) {
		t.Fatalf("Unfinished: %v, %v", ids, err)
	}
	if _, err := tenant.Close(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if state, err := tenant.State(t.Context(), id); err != nil || state != store.Closed {
		t.Fatalf("State: %q, %v", state, err)
	}
}

// Of many updates that saw the same version one wins.
func testRace(t *testing.T, tenant store.Tenant) {
	f := put(t, tenant, "0", "x")
	var won, lost int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			_, err := tenant.Update(t.Context(), f.ID, f.Version, store.Change{})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case errors.Is(err, store.ErrConflict):
				lost++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won != 1 || lost != 19 {
		t.Fatalf("%d won, %d lost", won, lost)
	}
	if err := tenant.Delete(t.Context(), f.ID, f.Version); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("Delete of the old version: %v", err)
	}
	if err := tenant.Delete(t.Context(), f.ID, f.Version+1); err != nil {
		t.Fatal(err)
	}
	if _, err := tenant.Content(t.Context(), f); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("Content after Delete: %v", err)
	}
}

// Whatever one tenant does with the id of another's file ends as if there were none.
func testTenants(t *testing.T, s *store.Store) {
	mine, theirs := s.Tenant("mine"), s.Tenant("theirs")
	f := put(t, mine, "secret", "x")
	open, err := mine.Begin(t.Context(), store.File{Name: "open"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for name, err := range map[string]error{
		"Get":      second(theirs.Get(ctx, f.ID)),
		"Content":  second(theirs.Content(ctx, f)),
		"Update":   second(theirs.Update(ctx, f.ID, f.Version, store.Change{})),
		"Delete":   theirs.Delete(ctx, f.ID, 0),
		"State":    second(theirs.State(ctx, open)),
		"PutChunk": theirs.PutChunk(ctx, open, 0, bytes.NewReader(nil)),
		"Accept":   theirs.Accept(ctx, open),
		"Close":    second(theirs.Close(ctx, open)),
		"Abandon":  theirs.Abandon(ctx, open),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
	if err := theirs.Downloaded(ctx, f.ID, "c"); err != nil {
		t.Error(err)
	}
	all, _ := filter.Parse("status eq 'all'")
	if _, count, err := theirs.List(ctx, store.Query{Client: "c", Filter: all, Limit: 10}); err != nil || count != 0 {
		t.Errorf("List: %d files, %v", count, err)
	}
}

func second[T any](_ T, err error) error { return err }

func testList(t *testing.T, tenant store.Tenant) {
	for _, name := range []string{"a'b.txt", "A_profile.txt", "employee_profile.csv", "ü.csv"} {
		put(t, tenant, name, name)
	}
	read := put(t, tenant, "read.txt", "")
	if err := tenant.Downloaded(t.Context(), read.ID, "me"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		client, filter, order string
		want                  []string
	}{
		{"me", "", "fileName", []string{"A_profile.txt", "a'b.txt", "employee_profile.csv", "ü.csv"}},
		{"you", "", "fileSize desc", []string{"employee_profile.csv", "A_profile.txt", "a'b.txt", "ü.csv", "read.txt"}},
		{"me", "status eq 'downloaded'", "", []string{"read.txt"}},
		{"me", "status ne 'downloaded' and endsWith(fileName,'csv')", "fileName", []string{"employee_profile.csv", "ü.csv"}},
		{"me", "startsWith(FileName, 'a''b')", "", []string{"a'b.txt"}},
		{"me", "startsWith(FileName, 'ü')", "", []string{"ü.csv"}},
		{"me", "startsWith(FileName, 'employee_profile.csv and more')", "", nil},
		{"me", "endsWith(FileName, 'and more ü.csv')", "", nil},
		{"me", "contains(FileName, '_profile') eq true", "fileName desc", []string{"employee_profile.csv", "A_profile.txt"}},
		{"me", "contains(FileName, '%')", "", nil},
		{"me", "status eq 'all' and (businessType eq 7100 or businessType eq 1) and fileName gt 'r'", "fileName",
			[]string{"read.txt", "ü.csv"}},
		{"me", "uploadDate gt 2022-02-15T16:42:30.000Z and uploadDate lt 2022-06-10T00:00:00.000Z", "", nil},
		{"me", "status eq 'all' and not (fileSize ge 1)", "", []string{"read.txt"}},
		{"me", "publisherId eq 'p' and startsWith(fileName, 'A') eq false", "fileName", []string{"a'b.txt", "employee_profile.csv", "ü.csv"}},
	} {
		f, err := filter.Parse(test.filter)
		if err != nil {
			t.Fatal(err)
		}
		o, err := filter.ParseOrder(test.order)
		if err != nil {
			t.Fatal(err)
		}
		page, count, err := tenant.List(t.Context(), store.Query{Client: test.client, Filter: f, Order: o, Limit: 10})
		if err != nil {
			t.Errorf("%s: %v", test.filter, err)
		}
		var got []string
		for _, e := range page {
			got = append(got, e.Name)
		}
		if !reflect.DeepEqual(got, test.want) || count != len(test.want) {
			t.Errorf("%s %s: %q, %d in all, want %q", test.filter, test.order, got, count, test.want)
		}
	}
	page, count, err := tenant.List(t.Context(), store.Query{Client: "p", Publisher: true, Limit: 1, Offset: 9})
	if err != nil || len(page) != 0 || count != 4 {
		t.Errorf("past the end: %d of %d, %v", len(page), count, err)
	}
}
