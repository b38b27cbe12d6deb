package etag_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// onServers runs a test against a real server on HTTP/1.1 and on HTTP/2.
func onServers(t *testing.T, h http.Handler, test func(t *testing.T, url string, c *http.Client)) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Proto != protocol {
					t.Errorf("the request came on %s", r.Proto)
				}
				h.ServeHTTP(w, r)
			}))
			s.EnableHTTP2 = protocol == "HTTP/2.0"
			s.StartTLS()
			t.Cleanup(s.Close)
			test(t, s.URL, s.Client())
		})
	}
}

// fetch sends a request with the given lines and reads the response.
func fetch(t *testing.T, c *http.Client, method, url, lines string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range fields(lines) {
		r.Header[k] = v
	}
	r.Header.Set("Accept-Encoding", "identity")
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}
