package store

import (
	"database/sql/driver"

	"github.com/google/uuid"
)

// ID names a file, and the upload that it comes from. Text from a client becomes one by ParseID only, so no
// database is asked about text that it cannot hold.
type ID uuid.UUID

// ParseID reads an ID in the one form in which String writes it. Any other text names nothing and is
// ErrNotFound.
func ParseID(text string) (ID, error) {
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text { // Parse takes braces, capitals and urn:uuid:, too
		return ID{}, ErrNotFound
	}
	return ID(id), nil
}

func newID() ID { return ID(uuid.New()) }

// String implements [fmt.Stringer].
func (id ID) String() string { return uuid.UUID(id).String() }

// Value implements [driver.Valuer].
func (id ID) Value() (driver.Value, error) { return id.String(), nil }

// Scan implements [sql.Scanner].
func (id *ID) Scan(value any) error { return (*uuid.UUID)(id).Scan(value) }
