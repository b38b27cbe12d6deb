package store

import (
	"errors"
	"io/fs"
	"os"
)

const ownerOnly fs.FileMode = 0o600

// restrict takes the data file and its journals away from everyone but their owner, and creates the data file
// where it is missing. SQLite gives a journal that it creates the permissions of the data file.
func restrict(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, ownerOnly)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Chmod(path+suffix, ownerOnly); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
