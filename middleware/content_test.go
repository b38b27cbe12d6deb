package middleware_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// A look at the first byte leaves the content, the context and the deadlines of the
// connection as they are.
func TestContentTypeLooksWithoutATrace(t *testing.T) {
	t.Parallel()
	h, _ := edge(middleware.ContentType("application/json")(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		if b, err := io.ReadAll(r.Body); len(b) > 0 || err != nil {
			return err
		}
		// A deadline that was forgotten cancels the context, when the server
		// watches the connection for the end of the client.
		select {
		case <-r.Context().Done():
			return errors.New("canceled")
		case <-time.After(1500 * time.Millisecond):
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		r, err := http.NewRequest("POST", s.URL, io.MultiReader())
		if err != nil {
			t.Fatal(err)
		}
		resp, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNoContent {
			t.Errorf("%d", resp.StatusCode)
		}
	})
}

// A client that sends nothing is refused all the same, and so is one that sends
// the end a moment later than the rest.
func TestContentTypeOfContentThatIsLate(t *testing.T) {
	t.Parallel()
	h, _ := edge(middleware.BodyLimit(100)(middleware.ContentType("application/json")(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))))
	s := httptest.NewUnstartedServer(h)
	s.Config.ReadTimeout = 1200 * time.Millisecond
	s.Start()
	defer s.Close()
	for name, tt := range map[string]struct {
		after time.Duration
		sent  string
		want  int
	}{
		"nothing":             {0, "", 415},
		"an end that is late": {50 * time.Millisecond, "0\r\n\r\n", 204},
		"a byte that is late": {50 * time.Millisecond, "1\r\nx\r\n0\r\n\r\n", 415},
	} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
		time.Sleep(tt.after)
		_, _ = io.WriteString(conn, tt.sent)
		if resp, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || resp.StatusCode != tt.want {
			t.Errorf("%s: %v, %v", name, resp, err)
		}
	}
}

// What is looked at and reported is all there for the handler, also what comes late.
func TestContentTypeReportsOnWhatItLooksAt(t *testing.T) {
	t.Parallel()
	h, log := edge(middleware.ReportOnly(middleware.ContentType("application/json"))(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, wait := range []time.Duration{0, 1200 * time.Millisecond} {
			body, send := io.Pipe()
			go func() {
				time.Sleep(wait)
				_, _ = io.WriteString(send, "content")
				send.Close()
			}()
			path := "/" + t.Name() + wait.String()
			r, err := http.NewRequest("POST", s.URL+path, body)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || string(got) != "content" {
				t.Errorf("after %v: %q, %v", wait, got, err)
			}
			if line := log.access(t, path, 1); line["would_refuse"] == nil {
				t.Errorf("after %v: %v", wait, line)
			}
		}
	})
}

// A WebSocket over HTTP/2 (RFC 8441) is a tunnel, of which no byte is content.
// net/http has it by a setting of the process alone.
func TestExtendedConnect(t *testing.T) {
	const setting = "GODEBUG=http2xconnect=1"
	if os.Getenv("GODEBUG") != strings.TrimPrefix(setting, "GODEBUG=") {
		cmd := exec.Command(os.Args[0], "-test.run=^TestExtendedConnect$")
		cmd.Env = append(os.Environ(), setting)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	h, _ := edge(middleware.BodyLimit(5)(middleware.ContentType("application/json")(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		b := make([]byte, 16)
		for {
			n, err := r.Body.Read(b)
			_, _ = w.Write(b[:n])
			_ = http.NewResponseController(w).Flush()
			if err != nil {
				return
			}
		}
	}))))
	s := httptest.NewUnstartedServer(h)
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))

	// net/http's client sends no such request.
	const settings, headers, data, endStream, endHeaders = 4, 1, 0, 1, 4
	var fields []byte
	for _, f := range [][2]string{{":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", "http"}, {":path", "/"}, {":authority", "x"}} {
		fields = append(fields, 0) // literal, not indexed (RFC 7541 §6.2.2)
		for _, text := range f {
			fields = append(append(fields, byte(len(text))), text...)
		}
	}
	const message = "more than the limit"
	_, _ = io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	_, _ = conn.Write(frame(settings, 0, 0, nil))
	_, _ = conn.Write(frame(headers, endHeaders, 1, fields))
	_, _ = conn.Write(frame(data, endStream, 1, []byte(message)))
	got := ""
	for {
		var h [9]byte
		if _, err := io.ReadFull(conn, h[:]); err != nil {
			t.Fatalf("%v after %q", err, got)
		}
		p := make([]byte, int(h[0])<<16|int(h[1])<<8|int(h[2]))
		if _, err := io.ReadFull(conn, p); err != nil {
			t.Fatal(err)
		}
		if h[3] == data {
			got += string(p)
		}
		if (h[3] == data || h[3] == headers) && h[4]&endStream != 0 {
			break
		}
	}
	if got != message {
		t.Errorf("%q", got)
	}
}

// frame is one of HTTP/2 (RFC 9113 §4.1).
func frame(kind, flags, stream byte, p []byte) []byte {
	return append([]byte{0, byte(len(p) >> 8), byte(len(p)), kind, flags, 0, 0, 0, stream}, p...)
}
