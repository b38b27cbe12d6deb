//go:build unix

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// startPostgres starts a cluster without a password in dir, where PostgreSQL is installed. Otherwise dsn is "".
func startPostgres(dir, addr string) (dsn string, stop func(), err error) {
	bin := ""
	if path, err := exec.LookPath("initdb"); err == nil {
		bin = filepath.Dir(path)
	} else if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin"); len(found) > 0 {
		bin = found[len(found)-1]
	} else {
		return "", nil, nil
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", nil, err
	}
	var as *syscall.SysProcAttr
	if u, err := user.Lookup("postgres"); err == nil && os.Getuid() == 0 { // PostgreSQL refuses root
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		if err := os.Chown(dir, uid, gid); err != nil {
			return "", nil, err
		}
		if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil {
			return "", nil, err
		}
	}
	run := func(name string, args ...string) error {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir = dir
		cmd.SysProcAttr = as
		if err := cmd.Run(); err != nil {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			return fmt.Errorf("%s: %w\n%s", name, err, log)
		}
		return nil
	}
	if err := run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "-D", dir); err != nil {
		return "", nil, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", nil, err
	}
	if err := run("pg_ctl", "start", "-w", "-D", dir, "-l", filepath.Join(dir, "log"),
		"-o", fmt.Sprintf("-h %s -p %s -k %s -F", host, port, dir)); err != nil {
		return "", nil, err
	}
	stop = func() { _ = run("pg_ctl", "stop", "-w", "-D", dir, "-m", "immediate") }
	return fmt.Sprintf("postgres://postgres@%s/postgres?sslmode=disable", addr), stop, nil
}
