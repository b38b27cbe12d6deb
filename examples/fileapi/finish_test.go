//go:build unix

package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/examples/fileapi/internal/testserver"
)

// The POST that ends an upload has no content. How its framing says so differs by client and proxy.
func TestFinishFramings(t *testing.T) {
	base := serve(t)
	me := single(t, base)
	for name, framing := range map[string]string{
		"nothing":                     "",
		"a length of 0":               "Content-Length: 0\r\n",
		"a type and a length of 0":    "Content-Type: application/octet-stream\r\nContent-Length: 0\r\n",
		"an empty chunked body":       "Transfer-Encoding: chunked\r\n",
		"a type and an empty chunked": "Content-Type: multipart/related;boundary=b\r\nTransfer-Encoding: chunked\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			body := ""
			if strings.Contains(framing, "chunked") {
				body = "0\r\n\r\n"
			}
			request := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer %s\r\n%s\r\n%s",
				me.begin(t, "finish.txt"), me.token, framing, body)
			got := raw(t, base, request)
			if !strings.HasPrefix(got, "HTTP/1.1 201 ") {
				t.Error(got)
			}
		})
	}
}

// So it arrives through proxies that make another framing of it.
func TestFinishBehindProxies(t *testing.T) {
	for name, proxy := range map[string]func(t *testing.T, base string) string{
		"nginx": func(t *testing.T, base string) string {
			return testserver.Nginx(t, strings.TrimPrefix(base, "http://"), "", "proxy_request_buffering off;")
		},
		"varnish": func(t *testing.T, base string) string {
			return testserver.Varnish(t, strings.TrimPrefix(base, "http://"), "")
		},
		"Go, HTTP/2 outside": func(t *testing.T, base string) string {
			target, err := url.Parse(base)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(target))
			server.EnableHTTP2 = true
			server.StartTLS()
			t.Cleanup(server.Close)
			return server.URL
		},
	} {
		t.Run(name, func(t *testing.T) {
			base := serve(t)
			me := single(t, base)
			front := proxy(t, base)
			for _, body := range []func() io.Reader{
				func() io.Reader { return nil },
				func() io.Reader { return io.MultiReader(strings.NewReader("")) }, // of a length that is not known
			} {
				request, err := http.NewRequest("POST", front+me.begin(t, "finish.txt"), body())
				if err != nil {
					t.Fatal(err)
				}
				request.Header.Set("Authorization", "Bearer "+me.token)
				client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, DisableKeepAlives: true,
					TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
				response, err := client.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				response.Body.Close()
				if response.StatusCode != http.StatusCreated || name == "Go, HTTP/2 outside" && response.ProtoMajor != 2 {
					t.Errorf("%s %s", response.Proto, response.Status)
				}
			}
		})
	}
}
