package conformance

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"time"
)

// patience bounds every exchange.
const patience = 30 * time.Second

// target is the service as something that requests are sent to.
type target struct {
	base   *url.URL
	shown  string // the base in reports
	client *http.Client
	server *http.Server // nil if the service runs elsewhere
}

func newTarget(s Service) (*target, error) {
	t := &target{shown: s.URL}
	base := s.URL
	if s.Handler != nil {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		both := new(http.Protocols)
		both.SetHTTP1(true)
		both.SetUnencryptedHTTP2(true)
		t.server = &http.Server{Handler: s.Handler, Protocols: both, ErrorLog: log.New(io.Discard, "", 0)}
		go t.server.Serve(l)
		base, t.shown = "http://"+l.Addr().String(), "$URL"
	}
	var err error
	if t.base, err = url.Parse(base); err != nil {
		return nil, err
	}
	protocols := new(http.Protocols)
	switch {
	case !s.HTTP2:
		protocols.SetHTTP1(true)
	case t.base.Scheme == "https":
		protocols.SetHTTP2(true)
	default:
		protocols.SetUnencryptedHTTP2(true)
	}
	t.client = &http.Client{
		Timeout: patience,
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			Protocols:           protocols,
			DisableCompression:  true,
			MaxIdleConnsPerHost: 16,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return t, nil
}

func (t *target) close() {
	t.client.CloseIdleConnections()
	if t.server != nil {
		t.server.Close()
	}
}

// reachable reports why no response comes at all.
func (t *target) reachable(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, t.base.String()+"/", nil)
	if err != nil {
		return err
	}
	response, err := t.client.Do(r)
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreachable, err)
	}
	return response.Body.Close()
}

// dial opens a connection of its own, for what net/http's client cannot say.
func (t *target) dial(ctx context.Context) (net.Conn, error) {
	host, port := t.base.Hostname(), t.base.Port()
	if t.base.Scheme == "https" {
		if port == "" {
			port = "443"
		}
		return (&tls.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	}
	if port == "" {
		port = "80"
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
}
