package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

// A download behind the whole chain goes from the file to the connection
// without a copy, as it does with nothing around the handler: all but the first
// bytes, of which net/http looks at the type, reach the connection's ReadFrom with
// the file behind them, which is what the kernel's sendfile needs.
func TestDownloadKeepsSendfile(t *testing.T) {
	for _, s := range []service{bare, chains[1]} {
		t.Run(s.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			var sent atomic.Int64
			go s.serve(watched{l, &sent}, setting{io.Discard, contentFile})

			for _, r := range wireRows() {
				if r.name != "10 MiB down" {
					continue
				}
				got := r.once(l.Addr().String())
				if got.status != http.StatusOK || len(got.body) != contentSize || strings.Trim(got.body, "abcdefgh") != "" {
					t.Errorf("status %d, %d bytes", got.status, len(got.body))
				}
			}
			if n := sent.Load(); n < contentSize-1024 || n > contentSize {
				t.Errorf("%d of %d bytes went from the file to the connection", n, contentSize)
			}
		})
	}
}

// watched is a listener whose connections count what they read from files.
type watched struct {
	net.Listener
	sent *atomic.Int64
}

func (l watched) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return watchedConn{c.(*net.TCPConn), l.sent}, nil
}

type watchedConn struct {
	*net.TCPConn
	sent *atomic.Int64
}

func (c watchedConn) ReadFrom(src io.Reader) (int64, error) {
	n, err := c.TCPConn.ReadFrom(src)
	if limited, ok := src.(*io.LimitedReader); ok {
		src = limited.R
	}
	if _, ok := src.(*os.File); ok {
		c.sent.Add(n)
	}
	return n, err
}
