// Command fileapi is the reference service of apiconventions: a File API as real clients call it, on
// SQLite or, for any number of instances, on PostgreSQL.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

type config struct {
	addr     string
	data     string
	postgres string
	log      string
	drain    time.Duration
}

func main() {
	var c config
	flag.StringVar(&c.addr, "addr", env("FILEAPI_ADDR", "127.0.0.1:8080"), "address to listen on (FILEAPI_ADDR)")
	flag.StringVar(&c.data, "data", env("FILEAPI_DATA", "fileapi.db"), "SQLite data file (FILEAPI_DATA)")
	// Its default is not shown by -h: it may hold a password.
	flag.StringVar(&c.postgres, "postgres", "", "PostgreSQL to use instead of the data file (FILEAPI_POSTGRES_DSN)")
	flag.StringVar(&c.log, "log", env("FILEAPI_LOG", "people"), "log for people, or json (FILEAPI_LOG)")
	flag.DurationVar(&c.drain, "drain", 2*time.Second, "how long to answer 503 before the listener closes")
	flag.Parse()
	if c.postgres == "" {
		c.postgres = env("FILEAPI_POSTGRES_DSN", "")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	log, err := newLogger(c.log)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err := run(ctx, c, log); err != nil {
		log.Fatal().Err(err).Msg("fileapi")
	}
}

func env(name, otherwise string) string {
	if v, ok := os.LookupEnv(name); ok {
		return v
	}
	return otherwise
}

func newLogger(format string) (zerolog.Logger, error) {
	var out io.Writer
	switch format {
	case "json":
		out = os.Stderr
	case "people":
		out = zerolog.ConsoleWriter{Out: os.Stderr}
	default:
		return zerolog.Logger{}, errors.New("fileapi: -log must be people or json")
	}
	return zerolog.New(out).With().Timestamp().Logger(), nil
}

// place says where the data are.
func (c config) place() string {
	if c.postgres != "" {
		return "PostgreSQL"
	}
	if path, err := filepath.Abs(c.data); err == nil {
		return path
	}
	return c.data
}

func openStore(ctx context.Context, c config) (*store.Store, error) {
	if c.postgres != "" {
		return store.OpenPostgres(ctx, c.postgres)
	}
	return store.OpenSQLite(ctx, c.data)
}

// run serves until ctx ends, then answers 503 for a while, so that whoever balances the load notices, and
// waits for the requests that are under way.
func run(ctx context.Context, c config, log zerolog.Logger) error {
	listener, err := net.Listen("tcp", c.addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	fmt.Println("Opening", c.place())
	db, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close()
	s, err := newService(ctx, db, log)
	if err != nil {
		return err
	}
	s.start()
	defer s.stop()

	server := s.newServer()
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	fmt.Print(welcome("http://"+listener.Addr().String(), c.place()))

	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	log.Info().Dur("for", c.drain).Msg("draining")
	s.drain(c.drain)
	last, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return errors.Join(server.Shutdown(last), server.Close())
}
