// Package servertest runs tests against real servers, because the behavior of a writer
// shows only on the wire, and differs between HTTP/1.1 and HTTP/2.
package servertest

import (
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// Both runs test against h served over HTTP/1.1 and over HTTP/2.
func Both(t *testing.T, h http.Handler, test func(t *testing.T, s *httptest.Server)) {
	t.Helper()
	for _, proto := range []string{"HTTP/1.1", "HTTP/2"} {
		t.Run(proto, func(t *testing.T) {
			s := httptest.NewUnstartedServer(h)
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			if proto == "HTTP/2" {
				s.EnableHTTP2 = true
				s.StartTLS()
			} else {
				s.Start()
			}
			t.Cleanup(s.Close)
			s.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			test(t, s)
		})
	}
}

// Do sends a request, and returns the response and its body. Each header line is
// "Name: value".
func Do(t *testing.T, s *httptest.Server, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	resp, got, err := Try(s, method, path, body, header...)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp, got
}

// Try is Do for a response that may be broken off.
func Try(s *httptest.Server, method, path, body string, header ...string) (*http.Response, string, error) {
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r, err := http.NewRequest(method, s.URL+path, content)
	if err != nil {
		return nil, "", err
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	resp, err := s.Client().Do(r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp, string(got), err
}

// Header returns the header of a response, sorted, with a line "Name: value" for each
// value. It leaves out the fields of the given names, and Date.
func Header(resp *http.Response, without ...string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		if name == "Date" || slices.Contains(without, name) {
			continue
		}
		for _, v := range resp.Header[name] {
			b.WriteString(name + ": " + v + "\n")
		}
	}
	return b.String()
}
