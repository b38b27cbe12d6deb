package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"
)

// A service is one contender's server. Of those with the same kind of routes,
// one that is shown and not counted is another server than net/http's.
type service struct {
	name  string
	shown bool
	serve func(l net.Listener, s setting) error
}

// A setting is what a service is given.
type setting struct {
	log  io.Writer
	file string // the file of 10 MiB that it sends
}

// on is a service on net/http's server.
func on(name string, handler func(setting) http.Handler) service {
	return service{name: name, serve: func(l net.Listener, s setting) error {
		srv := &http.Server{Handler: handler(s), Protocols: new(http.Protocols)}
		srv.Protocols.SetHTTP1(true)
		srv.Protocols.SetUnencryptedHTTP2(true)
		return srv.Serve(l)
	}}
}

// A process is a service in a process of its own: this program with other
// arguments.
type process struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	addr    string
}

// start starts a service by its full name and waits until it listens. It
// writes a profile of the processor time if a name for that is given.
func start(name, file, profile string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{command: exec.Command(self, "-serve", name, "-file", file, "-profile", profile)}
	p.command.Stderr = os.Stderr
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	if p.addr, err = p.line(); err != nil {
		p.stop()
		return nil, fmt.Errorf("%s does not start: %w", name, err)
	}
	return p, nil
}

func (p *process) line() (string, error) {
	line, err := p.out.ReadString('\n')
	return strings.TrimSpace(line), err
}

// used is the processor time that the process has used so far.
func (p *process) used() (time.Duration, error) {
	if _, err := io.WriteString(p.in, "\n"); err != nil {
		return 0, err
	}
	line, err := p.line()
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseInt(line, 10, 64)
	return time.Duration(ns), err
}

// stop ends the process, which ends when its input does.
func (p *process) stop() error {
	p.in.Close()
	return p.command.Wait()
}

// runService is the other side: it writes its address, the processor time used
// for each line that it reads, and ends with its input.
func runService(name, file, profile string) error {
	s, ok := find(name)
	if !ok {
		return fmt.Errorf("no service %q", name)
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	failed := make(chan error, 1)
	go func() { failed <- s.serve(l, setting{nowhere{}, file}) }()
	fmt.Println(l.Addr())
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			fmt.Println(processTime().Nanoseconds())
		}
	}()
	select {
	case err := <-failed:
		return err
	case <-asked:
		return nil
	}
}
