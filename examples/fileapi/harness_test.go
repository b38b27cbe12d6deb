//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/examples/fileapi/internal/testserver"
	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

// The tests that need a process of the service, to kill it or to have several, run this binary again.
func TestMain(m *testing.M) {
	if os.Getenv("FILEAPI_TEST_CHILD") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// serve runs the service in this process, on a data file of its own, and returns its URL.
func serve(t *testing.T) string {
	t.Helper()
	base := serveFrom(t, filepath.Join(t.TempDir(), "fileapi.db"))
	if front != nil {
		return front(t, base)
	}
	return base
}

func serveFrom(t *testing.T, data string) string {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), data)
	if err != nil {
		t.Fatal(err)
	}
	return serveStore(t, db, nil)
}

// serveStore closes the store when the test ends. change, where it is set, may change the service before it
// starts.
func serveStore(t *testing.T, db *store.Store, change func(*service)) string {
	t.Helper()
	return serveServer(t, db, change, nil)
}

// serveImpatient gives up a client after it has been idle, and returns the addresses of clients whose
// connections have been closed. It serves HTTP/2, too, as behind some proxies.
func serveImpatient(t *testing.T, idle time.Duration) (base string, closed <-chan string) {
	t.Helper()
	db, err := store.OpenSQLite(t.Context(), filepath.Join(t.TempDir(), "fileapi.db"))
	if err != nil {
		t.Fatal(err)
	}
	addresses := make(chan string, 100)
	return serveServer(t, db, func(s *service) { s.idle = idle }, func(server *http.Server) {
		server.Protocols = new(http.Protocols)
		server.Protocols.SetHTTP1(true)
		server.Protocols.SetUnencryptedHTTP2(true)
		server.ConnState = func(c net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				addresses <- c.RemoteAddr().String()
			}
		}
	}), addresses
}

func serveServer(t *testing.T, db *store.Store, change func(*service), configure func(*http.Server)) string {
	t.Helper()
	t.Cleanup(func() { db.Close() })
	s, err := newService(t.Context(), db, zerolog.New(zerolog.NewTestWriter(t)))
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(s)
	}
	s.start()
	server := httptest.NewUnstartedServer(nil)
	server.Config = s.newServer()
	if configure != nil {
		configure(server.Config)
	}
	server.Start()
	t.Cleanup(func() {
		server.Close()
		s.stop()
	})
	return server.URL
}

// onBoth runs the test against the service on SQLite and on PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, base string)) {
	t.Run("SQLite", func(t *testing.T) { test(t, serve(t)) })
	t.Run("PostgreSQL", func(t *testing.T) {
		db, err := store.OpenPostgres(t.Context(), testserver.Postgres(t).DSN)
		if err != nil {
			t.Fatal(err)
		}
		test(t, serveStore(t, db, nil))
	})
}

// process is the service in a process of its own.
type process struct {
	*exec.Cmd
	base string
	out  io.Reader
	log  bytes.Buffer
}

var listens = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// spawn starts a process and returns when it listens.
func spawn(t *testing.T, args ...string) *process {
	t.Helper()
	p := launch(t, args...)
	p.await(t)
	return p
}

func launch(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command(os.Args[0], append([]string{"-addr", "127.0.0.1:0", "-log", "json"}, args...)...)}
	p.Env = append(os.Environ(), "FILEAPI_TEST_CHILD=1", "FILEAPI_POSTGRES_DSN=")
	p.Stderr = &p.log
	out, err := p.StdoutPipe()
	if err == nil {
		p.out = out
		err = p.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Process.Kill()
		p.Wait()
		if t.Failed() {
			lines := strings.Split(p.log.String(), "\n")
			t.Log(strings.Join(lines[max(0, len(lines)-20):], "\n"))
		}
	})
	return p
}

func (p *process) await(t *testing.T) {
	t.Helper()
	for lines := bufio.NewScanner(p.out); lines.Scan(); {
		if p.base = listens.FindString(lines.Text()); p.base != "" {
			go io.Copy(io.Discard, p.out)
			return
		}
	}
	p.Wait()
	t.Fatalf("the process does not listen: %s", &p.log)
}

// caller is a client with a token. Its fields are to be changed on copies.
type caller struct {
	base, token, tenant string
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}

// json returns a member of the body, which dots may reach into.
func (a answer) json(t *testing.T, path string) any {
	t.Helper()
	var v any
	a.decode(t, &v)
	for name := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("no %s in %s", path, a.body)
		}
		v = m[name]
	}
	return v
}

// want fails the test unless the answer has the status, and a document if it is an error.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %v %.300s", a.status, status, a.header, a.body)
	}
	if status >= 400 && (a.json(t, "status") != float64(status) || a.json(t, "requestId") == "") {
		t.Fatalf("no problem document: %s", a.body)
	}
	return a
}

func login(t *testing.T, base, client, secret string) caller {
	t.Helper()
	a := caller{base: base}.do(t, "POST", tokenPath, url.Values{"grant_type": {"client_credentials"},
		"client_id": {client}, "client_secret": {secret}}.Encode(),
		"Content-Type: application/x-www-form-urlencoded", "Cache-Control: no-cache").want(t, http.StatusOK)
	return caller{base: base, token: a.json(t, "access_token").(string)}
}

func single(t *testing.T, base string) caller { return login(t, base, "demo-single", "single-secret") }

// multi acts for a tenant with a token that is good for three.
func multi(t *testing.T, base, tenant string) caller {
	c := login(t, base, "demo-multi", "multi-secret")
	c.tenant = tenant
	return c
}

// try sends a request with header fields written as in a request.
func (c caller) try(method, path string, body io.Reader, fields ...string) (answer, error) {
	r, err := http.NewRequest(method, c.base+path, body)
	if err != nil {
		return answer{}, err
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.tenant != "" {
		r.Header.Set("X-Raet-Tenant-Id", c.tenant)
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		r.Header.Add(name, value)
	}
	response, err := noRedirects.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text)}, err
}

// noRedirects shows a 308, and a body as it was sent, compressed or not.
var noRedirects = http.Client{
	Timeout:       time.Minute,
	Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16, ExpectContinueTimeout: time.Minute},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (c caller) do(t *testing.T, method, path, body string, fields ...string) answer {
	t.Helper()
	a, err := c.try(method, path, strings.NewReader(body), fields...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const boundary = "foo_bar_baz"

// envelope is a multipart/related body around the content.
func envelope(metadata string, content io.Reader) io.Reader {
	return io.MultiReader(
		strings.NewReader("--"+boundary+"\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n"+metadata+"\r\n--"+boundary+"\r\n\r\n"),
		content, strings.NewReader("\r\n--"+boundary+"--\r\n"))
}

func (c caller) tryUpload(name string, content io.Reader, fields ...string) (answer, error) {
	return c.try("POST", filesPath+"?uploadType=multipart",
		envelope(fmt.Sprintf(`{"name":%q,"businesstypeid":"7100"}`, name), content),
		append(fields, "Content-Type: multipart/related;boundary="+boundary)...)
}

// upload returns the path of the new file.
func (c caller) upload(t *testing.T, name, content string) string {
	t.Helper()
	a, err := c.tryUpload(name, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return filesPath + "/" + a.want(t, http.StatusCreated).json(t, "id").(string)
}

const (
	acceptJSON  = "Accept: application/json"
	acceptBytes = "Accept: application/octet-stream"
	mergePatch  = "Content-Type: application/merge-patch+json"
)

func (p *process) kill() {
	p.Process.Signal(syscall.SIGKILL)
	p.Wait()
}
