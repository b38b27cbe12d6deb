//go:build unix

package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

// complete returns an upload that can be closed.
func complete(t *testing.T, tenant store.Tenant) store.ID {
	t.Helper()
	id, err := tenant.Begin(t.Context(), store.File{Name: "new"})
	if err == nil {
		err = tenant.PutChunk(t.Context(), id, 0, strings.NewReader("x"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// made fails the test unless the key has made that change; the zero Made is none.
func made(t *testing.T, tenant store.Tenant, key string, want store.Made) {
	t.Helper()
	got, err := tenant.Made(t.Context(), key)
	if got != want || (err == nil) != (want != store.Made{}) || err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("Made(%q): %+v, %v; want %+v", key, got, err, want)
	}
}

func testChanges(t *testing.T, s *store.Store, db *sql.DB) {
	ctx := context.Background()
	tenant := s.Tenant("changes")
	name := func(n string) store.Change { return store.Change{Name: &n} }

	// each makes a change of its own with every call, and returns the file and the version that it makes.
	each := map[string]func(t *testing.T) (change func(store.Tenant) error, id store.ID, version int64){
		"Update": func(t *testing.T) (func(store.Tenant) error, store.ID, int64) {
			f := put(t, tenant, "update", "x")
			return func(as store.Tenant) error {
				_, err := as.Update(ctx, f.ID, 1, name("updated"))
				return err
			}, f.ID, 2
		},
		"Delete": func(t *testing.T) (func(store.Tenant) error, store.ID, int64) {
			f := put(t, tenant, "delete", "x")
			return func(as store.Tenant) error { return as.Delete(ctx, f.ID, 1) }, f.ID, 0
		},
		"Delete of any version": func(t *testing.T) (func(store.Tenant) error, store.ID, int64) {
			f := put(t, tenant, "delete", "x")
			return func(as store.Tenant) error { return as.Delete(ctx, f.ID, 0) }, f.ID, 0
		},
		"Close": func(t *testing.T) (func(store.Tenant) error, store.ID, int64) {
			id := complete(t, tenant)
			return func(as store.Tenant) error { return second(as.Close(ctx, id)) }, id, 1
		},
		"Accept": func(t *testing.T) (func(store.Tenant) error, store.ID, int64) {
			id := complete(t, tenant)
			return func(as store.Tenant) error { return as.Accept(ctx, id) }, id, 1
		},
		"Begun": func(t *testing.T) (func(store.Tenant) error, store.ID, int64) {
			id := complete(t, tenant)
			return func(as store.Tenant) error { return as.Begun(ctx, id) }, id, 0
		},
	}
	for what, prepare := range each {
		t.Run(what, func(t *testing.T) {
			change, id, version := prepare(t)
			key := tenant.Keyed("key of "+what, "sent")
			made(t, tenant, "key of "+what, store.Made{})
			if err := change(key); err != nil {
				t.Fatal(err)
			}
			want := store.Made{Fingerprint: "sent", File: id, Version: version}
			made(t, tenant, "key of "+what, want)
			made(t, s.Tenant("other"), "key of "+what, store.Made{})

			// The same key for another record, or with other content, changes nothing.
			again, other, _ := prepare(t)
			if err := again(tenant.Keyed("key of "+what, "sent later")); !errors.Is(err, store.ErrMade) {
				t.Fatalf("again: %v", err)
			}
			made(t, tenant, "key of "+what, want)
			if err := again(tenant.Keyed("another key of "+what, "sent later")); err != nil {
				t.Fatalf("with a key of its own, after a try that changed nothing: %v", err)
			}
			made(t, tenant, "another key of "+what, store.Made{Fingerprint: "sent later", File: other, Version: version})

			without, _, _ := prepare(t)
			if err := without(tenant.Keyed("", "sent")); err != nil {
				t.Fatal(err)
			}
			made(t, tenant, "", store.Made{})
		})
	}

	t.Run("refused", func(t *testing.T) {
		f := put(t, tenant, "refused", "x")
		gap, err := tenant.Begin(ctx, store.File{Name: "gap"})
		if err != nil {
			t.Fatal(err)
		}
		closed := put(t, tenant, "closed", "x")
		key := tenant.Keyed("refused", "sent")
		for what, test := range map[string]struct{ got, want error }{
			"old version":    {second(key.Update(ctx, f.ID, 7, name("no"))), store.ErrConflict},
			"delete of old":  {key.Delete(ctx, f.ID, 7), store.ErrConflict},
			"not there":      {second(key.Update(ctx, gap, 1, name("no"))), store.ErrNotFound},
			"nothing there":  {key.Delete(ctx, gap, 0), store.ErrNotFound},
			"another tenant": {second(s.Tenant("other").Keyed("refused", "sent").Update(ctx, f.ID, 1, name("no"))), store.ErrNotFound},
			"closed":         {key.Begun(ctx, closed.ID), store.ErrClosed},
		} {
			if !errors.Is(test.got, test.want) {
				t.Errorf("%s: %v", what, test.got)
			}
		}
		for what, err := range map[string]error{"Close": second(key.Close(ctx, gap)), "Accept": key.Accept(ctx, gap)} {
			if !errors.As(err, new(*store.MissingError)) {
				t.Errorf("%s: %v", what, err)
			}
		}
		made(t, tenant, "refused", store.Made{})
		made(t, s.Tenant("other"), "refused", store.Made{})
		if _, err := key.Update(ctx, f.ID, 1, name("yes")); err != nil {
			t.Errorf("a try after one that was refused: %v", err)
		}
	})

	t.Run("another's version in between", func(t *testing.T) {
		f := put(t, tenant, "between", "x")
		if _, err := tenant.Keyed("between", "sent").Update(ctx, f.ID, 1, name("mine")); err != nil {
			t.Fatal(err)
		}
		if _, err := tenant.Update(ctx, f.ID, 2, name("another's")); err != nil {
			t.Fatal(err)
		}
		if _, err := tenant.Keyed("between", "sent").Update(ctx, f.ID, 3, name("mine")); !errors.Is(err, store.ErrMade) {
			t.Errorf("again: %v", err)
		}
		want := store.Made{Fingerprint: "sent", File: f.ID, Version: 2}
		made(t, tenant, "between", want)
		if now, err := tenant.Get(ctx, f.ID); err != nil || now.Name != "another's" || now.Version != 3 {
			t.Errorf("%+v, %v", now, err)
		}
		if err := tenant.Delete(ctx, f.ID, 0); err != nil {
			t.Fatal(err)
		}
		made(t, tenant, "between", want) // though the file is gone
	})

	// The same request comes several times at once: one makes the change, the others are told so, and none
	// that somebody else was faster.
	t.Run("twins", func(t *testing.T) {
		for what, prepare := range each {
			for round := range 5 {
				key := tenant.Keyed(fmt.Sprintf("twins of %s %d", what, round), "sent")
				change, id, version := prepare(t)
				var first, others atomic.Int64
				var all sync.WaitGroup
				for range 6 {
					all.Go(func() {
						// A new file has an upload, and so an id, for each try.
						change := change
						if what == "Close" || what == "Accept" || what == "Begun" {
							change, _, _ = prepare(t)
						}
						switch err := change(key); {
						case err == nil:
							first.Add(1)
						case errors.Is(err, store.ErrMade):
							others.Add(1)
						default:
							t.Errorf("%s: %v", what, err)
						}
					})
				}
				all.Wait()
				if first.Load() != 1 || others.Load() != 5 {
					t.Fatalf("%s: %d made the change, %d were told so", what, first.Load(), others.Load())
				}
				got, err := tenant.Made(ctx, fmt.Sprintf("twins of %s %d", what, round))
				if err != nil || got.Version != version || what == "Update" && got.File != id {
					t.Fatalf("%s: %+v, %v", what, got, err)
				}
			}
		}
	})

	// Changes of one version under different keys: one wins, and the others leave nothing.
	t.Run("rivals", func(t *testing.T) {
		f := put(t, tenant, "rivals", "x")
		errs := make([]error, 6)
		var all sync.WaitGroup
		for i := range errs {
			all.Go(func() {
				_, errs[i] = tenant.Keyed(fmt.Sprint("rival ", i), "sent").Update(ctx, f.ID, 1, name(fmt.Sprint(i)))
			})
		}
		all.Wait()
		won := 0
		for i, err := range errs {
			switch {
			case err == nil:
				won++
				made(t, tenant, fmt.Sprint("rival ", i), store.Made{Fingerprint: "sent", File: f.ID, Version: 2})
			case errors.Is(err, store.ErrConflict):
				made(t, tenant, fmt.Sprint("rival ", i), store.Made{})
			default:
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d won", won)
		}
	})

	// A twin waits until it is known what becomes of the first.
	t.Run("waiting", func(t *testing.T) {
		for _, commits := range []bool{true, false} {
			f := put(t, tenant, "waiting", "x")
			key := fmt.Sprint("waiting ", commits)
			first, err := db.BeginTx(ctx, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer first.Rollback()
			if _, err := first.Exec(`INSERT INTO changes (tenant, key, fingerprint, file, version, made)
				VALUES ('changes', $1, 'sent', $2, 2, $3)`, key, f.ID, time.Now().UnixNano()); err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() {
				_, err := tenant.Keyed(key, "sent").Update(ctx, f.ID, 1, name("second"))
				done <- err
			}()
			select {
			case err := <-done:
				t.Fatalf("the second did not wait: %v", err)
			case <-time.After(100 * time.Millisecond):
			}
			if commits {
				err = first.Commit()
			} else {
				err = first.Rollback()
			}
			if err != nil {
				t.Fatal(err)
			}
			err = <-done
			now, _ := tenant.Get(ctx, f.ID)
			if commits && (!errors.Is(err, store.ErrMade) || now.Version != 1) ||
				!commits && (err != nil || now.Name != "second" || now.Version != 2) {
				t.Errorf("the first committed: %t; the second: %v; then %+v", commits, err, now)
			}
		}
	})

	t.Run("sweep", func(t *testing.T) {
		old := s.Tenant("old keys")
		f := put(t, old, "old", "x")
		for version := range int64(3) {
			if _, err := old.Keyed(fmt.Sprint("key ", version), "sent").Update(ctx, f.ID, version+1, store.Change{}); err != nil {
				t.Fatal(err)
			}
		}
		for key, age := range map[string]time.Duration{"key 0": store.KeyLife + time.Minute, "key 1": store.KeyLife - time.Minute} {
			if _, err := db.Exec(`UPDATE changes SET made = $1 WHERE tenant = 'old keys' AND key = $2`, time.Now().Add(-age).UnixNano(), key); err != nil {
				t.Fatal(err)
			}
		}
		sweep(t, old)
		made(t, old, "key 0", store.Made{})
		made(t, old, "key 1", store.Made{Fingerprint: "sent", File: f.ID, Version: 3})
		made(t, old, "key 2", store.Made{Fingerprint: "sent", File: f.ID, Version: 4})
	})
}
