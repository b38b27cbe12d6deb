package main

import (
	"bufio"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// instance is a process of the reference service, with a proxy in front of it for HTTP/2.
type instance struct {
	door    door
	program string
	args    []string
	log     io.Writer
	proxied *http.Transport // from the proxy to the process

	process    *exec.Cmd
	heap       atomic.Int64 // bytes, after the last collection
	goroutines atomic.Int64 // in the dump
}

// newInstance starts a process that listens on addr.
func newInstance(t *target, program, addr string, args []string) (*instance, error) {
	i := &instance{
		program: program,
		args:    append([]string{"-addr", addr, "-log", "json"}, args...),
		log:     t.log,
		proxied: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
	}
	i.door.h1 = "http://" + addr
	if err := i.serveProxy(); err != nil {
		return nil, err
	}
	return i, i.start()
}

// serveProxy sets up what terminates HTTP/2, as in front of real services. When the instance does not respond, nor
// does the proxy.
func (i *instance) serveProxy() error {
	to, err := url.Parse(i.door.h1)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	silent := stdlog.New(io.Discard, "", 0) // broken connections are meant
	server := &http.Server{
		Protocols: new(http.Protocols),
		ErrorLog:  silent,
		Handler: &httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(to)
				r.Out.URL.RawQuery = r.In.URL.RawQuery // also where it is malformed
			},
			Transport:    i.proxied,
			ErrorLog:     silent,
			ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		},
	}
	server.Protocols.SetUnencryptedHTTP2(true)
	go server.Serve(listener)
	i.door.h2 = "http://" + listener.Addr().String()
	return nil
}

// start runs the process, for the first time or again, and returns when it listens.
func (i *instance) start() error {
	i.process = exec.Command(i.program, i.args...)
	i.process.Env = append(os.Environ(), "FILEAPI_POSTGRES_DSN=", "GODEBUG=gctrace=1")
	var last []byte
	i.process.Stderr = &lines{line: func(line []byte) {
		last = append(last[:0], line...)
		i.read(line)
	}}
	out, err := i.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := i.process.Start(); err != nil {
		return err
	}
	for welcome := bufio.NewScanner(out); welcome.Scan(); {
		if strings.Contains(welcome.Text(), i.door.h1) {
			go io.Copy(io.Discard, out)
			return nil
		}
	}
	err = i.process.Wait()
	return fmt.Errorf("the reference service does not start: %v: %s", err, last)
}

var (
	collection = regexp.MustCompile(`^gc \d+ @.* \d+->\d+->(\d+) MB`)
	goroutine  = regexp.MustCompile(`^goroutine \d+ .*\[`)
)

// read reads a line of what the process writes to its standard error: its log, its collections (GODEBUG=gctrace=1),
// and the goroutines that it has when it is told to quit.
func (i *instance) read(line []byte) {
	if m := collection.FindSubmatch(line); m != nil {
		n, _ := strconv.ParseInt(string(m[1]), 10, 64)
		i.heap.Store(n << 20)
		return
	}
	if goroutine.Match(line) {
		i.goroutines.Add(1)
		return
	}
	i.log.Write(line)
}

// kill ends the process with -9.
func (i *instance) kill() {
	_ = i.process.Process.Kill()
	_ = i.process.Wait()
}

// quit ends the process, some time after its last request, in such a way that it lists its goroutines.
func (i *instance) quit() (usage, error) {
	time.Sleep(2 * time.Second) // connections end in their own time
	i.goroutines.Store(0)
	if err := i.process.Process.Signal(syscall.SIGQUIT); err != nil {
		return usage{}, err
	}
	_ = i.process.Wait() // status 2
	return usage{int(i.goroutines.Load()), i.heap.Load()}, nil
}
