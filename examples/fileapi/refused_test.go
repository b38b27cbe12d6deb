//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/apiconventions/apiconventions/examples/fileapi/internal/testserver"
)

// nginx sends content on as fast as it can, and makes a 502 of a connection that is reset before it has read
// the response. With its defaults it speaks HTTP/1.0 to its upstreams.
func TestRefusedUploadsBehindNginx(t *testing.T) {
	base := serve(t)
	for _, lines := range []string{"proxy_http_version 1.0;", "proxy_http_version 1.1;", `proxy_set_header Connection "";`, "proxy_request_buffering off;"} {
		front := testserver.Nginx(t, strings.TrimPrefix(base, "http://"), "client_max_body_size 64m;", lines)
		for _, size := range []int{100 << 10, 300 << 10, 24 << 20} {
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for range min(10, 48<<20/size) {
						if err := refusedUpload(front, size); err != nil {
							t.Errorf("%s, %d KiB: %v", lines, size>>10, err)
							return
						}
					}
				})
			}
			wg.Wait()
		}
	}
}

func refusedUpload(front string, size int) error {
	r, err := http.NewRequest("POST", front+filesPath+"?uploadType=multipart", bytes.NewReader(make([]byte, size)))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer bad")
	r.Header.Set("Content-Type", "multipart/related; boundary=b")
	r.Close = true // nginx keeps no connection whose content it has not read
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != http.StatusUnauthorized {
		return fmt.Errorf("%d %s, %v", resp.StatusCode, body, err)
	}
	return nil
}
