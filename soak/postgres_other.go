//go:build !unix

package main

// startPostgres starts none: the reference service runs on SQLite.
func startPostgres(dir, addr string) (dsn string, stop func(), err error) { return "", nil, nil }
