//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A header that is too long is refused before it ends: nobody has shown a token yet.
func TestLongHeader(t *testing.T) {
	base := serve(t)
	for name, header := range map[string]string{
		"one field":   "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 100<<10),
		"many fields": "GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X: x\r\n", 20<<10),
		"the target":  "GET /?" + strings.Repeat("x", 100<<10),
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		go io.WriteString(conn, header) // and no more; the server may close before it has read all
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		status, err := bufio.NewReader(conn).ReadString('\n')
		if !strings.HasPrefix(status, "HTTP/1.1 431 ") {
			t.Errorf("%s: %q, %v", name, status, err)
		}
	}
	me := single(t, base)
	me.do(t, "GET", filesPath, "", "X: "+strings.Repeat("x", 16<<10)).want(t, http.StatusOK)
}

// A route that exists answers 405 to another method, and says which it has; the health routes, too.
func TestMethods(t *testing.T) {
	base := serve(t)
	for path, allow := range map[string]string{
		"/livez":                "GET, HEAD",
		"/readyz":               "GET, HEAD",
		tokenPath:               "POST",
		documentPath:            "GET, HEAD",
		pagePath:                "GET, HEAD",
		problemsPath:            "GET, HEAD",
		filesPath:               "GET, HEAD, POST, PUT",
		filesPath + "/x":        "DELETE, GET, HEAD, PATCH",
		uploadsPath + "x":       "GET, HEAD",
		tokenPath + "?a=b":      "POST",
		filesPath + "?role=x;y": "GET, HEAD, POST, PUT",
	} {
		a := caller{base: base}.do(t, "OPTIONS", path, "").want(t, http.StatusMethodNotAllowed)
		if got := a.header.Get("Allow"); got != allow {
			t.Errorf("%s: Allow: %s, want %s", path, got, allow)
		}
	}
	for _, path := range []string{"/", "/live", "/livez/", "/livez/x", "/mft", "/mft/", "/mft/v1.0", "/authentication/", "/metrics"} {
		caller{base: base}.do(t, "POST", path, "").want(t, http.StatusNotFound)
	}
}

// What a client sends or takes may come slowly. A client that stops is given up.
func TestStalledClients(t *testing.T) {
	const idle = 3 * time.Second
	base, closed := serveImpatient(t, idle)
	me := single(t, base)
	large := me.upload(t, "large.bin", strings.Repeat("x", 32<<20))
	open := me.begin(t, "open.bin")

	dial := func(request string) net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(time.Minute))
		fmt.Fprintf(conn, "%s\r\nHost: x\r\nAuthorization: Bearer %s\r\n", request, me.token)
		return conn
	}
	part := "--b\r\n\r\n{\"name\":\"x\",\"businesstypeid\":1}\r\n--b\r\n\r\ncontent"
	for name, request := range map[string]string{
		"upload":   "POST " + filesPath + "?uploadType=multipart HTTP/1.1\r\nContent-Length: 1000\r\nContent-Type: multipart/related;boundary=b\r\n\r\n" + part,
		"metadata": "POST " + filesPath + "?uploadType=multipart HTTP/1.1\r\nContent-Length: 1000\r\nContent-Type: multipart/related;boundary=b\r\n\r\n--b\r\n\r\n{",
		"chunked":  "POST " + filesPath + "?uploadType=multipart HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: multipart/related;boundary=b\r\n\r\n" + fmt.Sprintf("%x\r\n%s", 1000, part),
		"chunk":    "PUT " + open + "&position=1 HTTP/1.1\r\nContent-Length: 1000\r\nContent-Type: application/octet-stream\r\n\r\nx",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			head, body, _ := strings.Cut(request, "\r\n")
			conn := dial(head)
			defer conn.Close()
			io.WriteString(conn, body)
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || response.StatusCode != http.StatusRequestTimeout || !response.Close {
				t.Errorf("%v, %v", response, err)
			}
		})
	}
	t.Run("upload on HTTP/2", func(t *testing.T) {
		t.Parallel()
		protocols := new(http.Protocols)
		protocols.SetUnencryptedHTTP2(true)
		client := http.Client{Transport: &http.Transport{Protocols: protocols}, Timeout: time.Minute}
		body, rest := io.Pipe()
		defer rest.Close()
		r, err := http.NewRequest("PUT", base+open+"&position=3", body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+me.token)
		r.Header.Set("Content-Type", octets)
		go io.WriteString(rest, "x") // and no more
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusRequestTimeout || response.ProtoMajor != 2 {
			t.Errorf("%s %s", response.Proto, response.Status)
		}
	})
	t.Run("unread download", func(t *testing.T) {
		t.Parallel()
		conn := dial("GET " + large + " HTTP/1.1")
		defer conn.Close()
		_ = conn.(*net.TCPConn).SetReadBuffer(4096)
		io.WriteString(conn, "\r\n") // and reads nothing
		for {
			select {
			case address := <-closed:
				if address == conn.LocalAddr().String() {
					return
				}
			case <-time.After(time.Minute):
				t.Fatal("the connection is still open")
			}
		}
	})
	t.Run("slow upload and slow download", func(t *testing.T) {
		t.Parallel()
		conn := dial("PUT " + open + "&position=2 HTTP/1.1")
		defer conn.Close()
		io.WriteString(conn, "Content-Length: 15\r\nContent-Type: application/octet-stream\r\n\r\n")
		for range 15 { // longer than a client may be idle
			time.Sleep(idle / 10)
			io.WriteString(conn, "x")
		}
		if status, err := bufio.NewReader(conn).ReadString('\n'); !strings.HasPrefix(status, "HTTP/1.1 206 ") {
			t.Errorf("%q, %v", status, err)
		}

		slow := dial("GET " + large + " HTTP/1.1")
		defer slow.Close()
		io.WriteString(slow, "Connection: close\r\n\r\n")
		n := int64(0)
		for range 15 {
			time.Sleep(idle / 10)
			m, err := io.CopyN(io.Discard, slow, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			n += m
		}
		m, err := io.Copy(io.Discard, slow)
		if n += m; err != nil || n < 32<<20 {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}
