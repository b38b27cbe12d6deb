//go:build unix

package testserver

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Cluster is a private PostgreSQL without a password.
type Cluster struct {
	DSN  string
	addr string
	dir  string
	bin  string
}

// Postgres starts a cluster. Where FILEAPI_POSTGRES_DSN is the URL of one of yours, it makes a database there.
func Postgres(t *testing.T) *Cluster {
	t.Helper()
	if dsn := os.Getenv("FILEAPI_POSTGRES_DSN"); dsn != "" {
		return &Cluster{DSN: database(t, dsn)}
	}
	c := &Cluster{
		addr: Addr(t),
		bin:  filepath.Dir(find(t, "postgres", "/usr/lib/postgresql/*/bin/postgres")),
		dir:  dir(t, "postgres"),
	}
	c.DSN = fmt.Sprintf("postgres://postgres@%s/postgres?sslmode=disable", c.addr)
	c.run(t, "initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "-D", c.dir)
	c.Start(t)
	t.Cleanup(func() { c.command("pg_ctl", "stop", "-D", c.dir, "-m", "immediate").Run() })
	return c
}

// database makes a database that lives as long as the test, and returns its URL.
func database(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal("FILEAPI_POSTGRES_DSN is no URL")
	}
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	name := "fileapi_" + strings.ToLower(rand.Text())
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		db.Exec("DROP DATABASE " + name + " WITH (FORCE)")
		db.Close()
	})
	u.Path = "/" + name
	return u.String()
}

// Start runs the cluster, for the first time or after Stop.
func (c *Cluster) Start(t *testing.T) {
	t.Helper()
	host, port, _ := net.SplitHostPort(c.addr)
	c.run(t, "pg_ctl", "start", "-w", "-D", c.dir, "-l", filepath.Join(c.dir, "log"),
		"-o", fmt.Sprintf("-h %s -p %s -k %s -F", host, port, c.dir))
}

// Stop ends the cluster and every connection to it.
func (c *Cluster) Stop(t *testing.T) {
	t.Helper()
	if c.dir == "" {
		t.Skip("the PostgreSQL of FILEAPI_POSTGRES_DSN is not ours to stop")
	}
	c.run(t, "pg_ctl", "stop", "-w", "-D", c.dir, "-m", "immediate")
}

func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = as("postgres")
	return cmd
}

func (c *Cluster) run(t *testing.T, name string, args ...string) {
	t.Helper()
	// Not CombinedOutput: the server inherits the pipe and keeps it open.
	if err := c.command(name, args...).Run(); err != nil {
		log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
		t.Fatalf("%s: %v\n%s", name, err, log)
	}
}
