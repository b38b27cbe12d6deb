package store

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Unavailable reports whether err says that the database cannot be reached or cannot serve now, so that
// the same request may succeed later. Errors of the reader that PutChunk was given are not for it to judge.
func Unavailable(err error) bool {
	var (
		connect *pgconn.ConnectError
		network *net.OpError
		server  *pgconn.PgError
		file    *sqlite.Error
	)
	switch {
	case errors.Is(err, driver.ErrBadConn), errors.As(err, &connect), errors.As(err, &network), pgconn.SafeToRetry(err),
		errors.Is(err, io.ErrUnexpectedEOF): // what pgx says of a connection that breaks off
		return true
	case errors.As(err, &server):
		// PostgreSQL's error classes: connection, resources, operator intervention (shutdown, start-up).
		return strings.HasPrefix(server.Code, "08") || strings.HasPrefix(server.Code, "53") || strings.HasPrefix(server.Code, "57P")
	case errors.As(err, &file):
		switch file.Code() & 0xff { // the extended codes keep the primary one in the low byte
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
			return true
		}
	}
	return false
}
