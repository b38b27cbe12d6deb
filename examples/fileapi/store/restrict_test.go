//go:build unix

package store_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

// The data file and its journals are for their owner alone, also those of a file that was there before.
func TestDataFileIsPrivate(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := filepath.Join(t.TempDir(), "private.db")
	open := func() *store.Store {
		t.Helper()
		s, err := store.OpenSQLite(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Key(t.Context(), "signing"); err != nil { // so that there are journals
			t.Fatal(err)
		}
		return s
	}
	check := func() (files []string) {
		t.Helper()
		files, _ = filepath.Glob(path + "*")
		for _, file := range files {
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if mode := info.Mode().Perm(); mode != 0o600 {
				t.Errorf("%s: %o", filepath.Base(file), mode)
			}
		}
		return files
	}

	first := open()
	defer first.Close()
	files := check()
	if len(files) != 3 {
		t.Errorf("files %v", files)
	}
	for _, file := range files {
		if err := os.Chmod(file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	defer open().Close()
	check()
}
