//go:build unix

package main

import (
	"bufio"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/examples/fileapi/internal/testserver"
	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

// sent is a connection on which a request, or the beginning of one, has been sent.
type sent struct {
	*net.TCPConn
	response *bufio.Reader
}

// send sends the request on a connection of its own, but for its last bytes.
func (c caller) send(but int, method, path, body string, fields ...string) (*sent, error) {
	fields = append([]string{"Host: x", "Authorization: Bearer " + c.token, fmt.Sprintf("Content-Length: %d", len(body))}, fields...)
	if c.tenant != "" {
		fields = append(fields, "X-Raet-Tenant-Id: "+c.tenant)
	}
	request := fmt.Sprintf("%s %s HTTP/1.1\r\n%s\r\n\r\n%s", method, path, strings.Join(fields, "\r\n"), body)
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.base, "http://"))
	if err != nil {
		return nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, request[:len(request)-but]); err != nil {
		conn.Close()
		return nil, err
	}
	return &sent{conn.(*net.TCPConn), bufio.NewReader(conn)}, nil
}

// Points of a response.
const (
	firstByte = iota
	afterHeader
	withinBody // after the header where there is no body
)

// read reads the response up to the point.
func (s *sent) read(point int) error {
	if point == firstByte {
		_, err := s.response.ReadByte()
		return err
	}
	response, err := http.ReadResponse(s.response, nil)
	if err == nil && point == withinBody && response.ContentLength > 0 {
		_, err = io.CopyN(io.Discard, response.Body, response.ContentLength/2)
	}
	return err
}

// database is the one of the service, as the test sees it.
type database struct {
	*sql.DB
	lock  string        // keeps every other from making a change
	ended <-chan string // addresses of clients whose connections the service has closed
}

// changes returns the number of changes on record.
func (db database) changes(t *testing.T) (n int) {
	t.Helper()
	if err := db.QueryRow(`SELECT COUNT(*) FROM changes`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// onBothDatabases is onBoth with a look behind the service.
func onBothDatabases(t *testing.T, test func(t *testing.T, base string, db database)) {
	open := func(t *testing.T, s *store.Store, driver, dsn, lock string) {
		addresses := make(chan string, 1000)
		base := serveServer(t, s, nil, func(server *http.Server) {
			server.ConnState = func(c net.Conn, state http.ConnState) {
				if state == http.StateClosed {
					addresses <- c.RemoteAddr().String()
				}
			}
		})
		db, err := sql.Open(driver, dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		test(t, base, database{db, lock, addresses})
	}
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "fileapi.db")
		s, err := store.OpenSQLite(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		open(t, s, "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)", "UPDATE settings SET name = name")
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		dsn := testserver.Postgres(t).DSN
		s, err := store.OpenPostgres(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		open(t, s, "pgx", dsn, "LOCK TABLE changes IN EXCLUSIVE MODE")
	})
}

// request is a change that a client asks for.
type request struct {
	method, path, body string
	fields             []string
	statuses           [2]int // the first response, and the response to a repetition
	file               string // the path or the name of what is there, or not, in the end
}

// However a connection is cut, a client that sends its request again has made one change, and learns so.
func TestCutConnections(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, base string, db database) {
		me := single(t, base)
		requests := map[string]func(t *testing.T, name string) request{
			"PATCH": func(t *testing.T, name string) request {
				path := me.upload(t, "a.txt", "x")
				return request{"PATCH", path, renameToB, []string{mergePatch, me.seen(t, path), key()}, [2]int{200, 204}, path}
			},
			"DELETE": func(t *testing.T, name string) request {
				path := me.upload(t, "a.txt", "x")
				return request{"DELETE", path, "", []string{me.seen(t, path), key()}, [2]int{204, 204}, path}
			},
			"upload": func(t *testing.T, name string) request {
				return request{"POST", whole, body(name, "x"), []string{relatedB, key()}, [2]int{201, 201}, name}
			},
			"later": func(t *testing.T, name string) request {
				return request{"POST", whole, body(name, "x"), []string{relatedB, key(), async}, [2]int{202, 202}, name}
			},
			"chunks": func(t *testing.T, name string) request {
				return request{"POST", chunked, body(name, "x"), []string{relatedB, key()}, [2]int{206, 206}, name}
			},
		}
		// Each cuts the connection, and knows whether the change is made; -1 if it cannot.
		cuts := map[string]func(t *testing.T, r request) (made int){
			"before the request is whole": func(t *testing.T, r request) int {
				db.cut(t, me, 1, r, func(*sent) {})
				return 0
			},
			"before the transaction": func(t *testing.T, r request) int {
				tx, err := db.Begin()
				if err != nil {
					t.Fatal(err)
				}
				defer tx.Rollback()
				if _, err := tx.Exec(db.lock); err != nil {
					t.Fatal(err)
				}
				db.cut(t, me, 0, r, func(s *sent) {
					time.Sleep(50 * time.Millisecond) // the request comes to where it waits
					time.AfterFunc(100*time.Millisecond, func() { tx.Rollback() })
				})
				return -1 // it may come to it before it learns that nobody waits
			},
			"after the commit": func(t *testing.T, r request) int {
				before := db.changes(t)
				db.cut(t, me, 0, r, func(*sent) {
					for end := time.Now().Add(time.Minute); db.changes(t) == before && time.Now().Before(end); {
						time.Sleep(time.Millisecond)
					}
				})
				return 1
			},
			"after the first byte": func(t *testing.T, r request) int { return db.cutAfter(t, me, firstByte, r) },
			"after the header":     func(t *testing.T, r request) int { return db.cutAfter(t, me, afterHeader, r) },
			"within the response":  func(t *testing.T, r request) int { return db.cutAfter(t, me, withinBody, r) },
		}
		for what, prepare := range requests {
			for where, cut := range cuts {
				t.Run(what+" "+where, func(t *testing.T) {
					r := prepare(t, what+" "+where)
					before := db.changes(t)
					made := cut(t, r)
					after := db.changes(t) - before
					if made >= 0 && made != after {
						t.Fatalf("%d changes on record, want %d", after, made)
					}
					me.do(t, r.method, r.path, r.body, r.fields...).want(t, r.statuses[after])
					me.do(t, r.method, r.path, r.body, r.fields...).want(t, r.statuses[1])
					if n := db.changes(t) - before; n != 1 {
						t.Errorf("%d changes on record", n)
					}
					switch {
					case what == "PATCH":
						if tag := me.seen(t, r.file); !strings.Contains(tag, `"2.`) {
							t.Errorf("%s after one change", tag)
						}
					case what == "DELETE":
						me.do(t, "GET", r.file, "").want(t, http.StatusNotFound)
					case what == "chunks":
						// Another one, of which no client has been told, expires.
						var n int
						if err := db.QueryRow(`SELECT COUNT(*) FROM uploads, changes WHERE uploads.id = changes.file AND name = $1`, r.file).Scan(&n); err != nil || n != 1 {
							t.Errorf("%d uploads, %v", n, err)
						}
					default:
						for range 100 {
							if what != "later" || len(me.named(t, r.file)) > 0 {
								break
							}
							time.Sleep(50 * time.Millisecond)
						}
						if n := len(me.named(t, r.file)); n != 1 {
							t.Errorf("%d files", n)
						}
					}
				})
			}
		}
	})
}

// cut sends the request, but for its last bytes, does what comes before the cut, cuts the connection, and
// returns when the service is done with it.
func (db database) cut(t *testing.T, c caller, but int, r request, before func(*sent)) {
	t.Helper()
	s, err := c.send(but, r.method, r.path, r.body, r.fields...)
	if err != nil {
		t.Fatal(err)
	}
	address := s.LocalAddr().String()
	before(s)
	s.Close()
	for {
		select {
		case ended := <-db.ended:
			if ended == address {
				return
			}
		case <-time.After(time.Minute):
			t.Fatal("the service is not done with the request")
		}
	}
}

// cutAfter cuts it after that point of the response. The change is made then.
func (db database) cutAfter(t *testing.T, c caller, point int, r request) (made int) {
	t.Helper()
	db.cut(t, c, 0, r, func(s *sent) {
		if err := s.read(point); err != nil {
			t.Fatal(err)
		}
	})
	return 1
}
