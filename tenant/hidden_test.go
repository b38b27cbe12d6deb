package tenant_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
	"github.com/apiconventions/apiconventions/tenant"
)

// registry is a service with one record, which is another tenant's while
// theirs, and not there else. Each path has its own manner of saying that there
// is nothing for the client, and a cause for the log that tells the two apart.
type registry struct{ theirs atomic.Bool }

func (s *registry) missing() error {
	if s.theirs.Load() {
		return problem.NotFound(errors.New("of tenant b, who is somebody else"))
	}
	return problem.NotFound(errors.New("no rows"))
}

func (s *registry) handler(o *tenant.Options) http.Handler {
	mux := http.NewServeMux()
	handle := func(manner string, h http.Handler) {
		mux.Handle("/"+manner+"/{id}", middleware.ContentType("application/json")(middleware.Accept("application/json", "text/csv")(h)))
	}
	never := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the handler ran") })
	handle("handler", problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error { return s.missing() }))
	handle("guard", etag.Guard(func(*http.Request) (etag.State, error) { return etag.State{}, s.missing() }, nil)(never))
	handle("guard-required", etag.Guard(func(*http.Request) (etag.State, error) {
		return etag.State{Tag: etag.Version(7)}, s.missing()
	}, &etag.Options{Required: true})(never))
	handle("in-haste", problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		if s.theirs.Load() { // the record has been loaded before the tenant was looked at
			etag.Set(w, r, etag.Version(7))
			w.Header().Set("Last-Modified", "Mon, 01 Jun 2026 00:00:00 GMT")
			w.Header().Set("Cache-Control", "public, max-age=60")
			w.Header().Set("Content-Type", "text/csv")
			w.Header().Set("Content-Length", "7")
			w.Header().Set("Content-Disposition", `attachment; filename="b.csv"`)
		}
		return s.missing()
	}))
	handle("status", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.theirs.Load() {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		http.NotFound(w, r)
	}))
	handle("text", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, problem.From(s.missing()).Err.Error(), http.StatusNotFound)
	}))
	handle("computed", etag.Computed(nil)(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error { return s.missing() })))
	handle("leaky", problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		return problem.New(http.StatusNotFound, fmt.Sprintf("%+v", s.missing()))
	}))
	h, _ := serve(o, mux)
	return h
}

// manners are the paths of a registry that must not tell, and the mux's own 404.
var manners = []string{"handler", "guard", "guard-required", "in-haste", "status", "text", "computed", "nowhere"}

// sent are the header lines with which a client may try to find out more.
var sent = [][]string{
	nil,
	{"If-Match: *"},
	{`If-Match: "7"`},
	{`If-Match: W/"7", "8"`},
	{"If-None-Match: *"},
	{`If-None-Match: "7"`},
	{"If-Modified-Since: Mon, 01 Jun 2026 00:00:00 GMT"},
	{"If-Unmodified-Since: Mon, 01 Jun 2026 00:00:00 GMT"},
	{"If-Unmodified-Since: Mon, 01 Jun 2020 00:00:00 GMT"},
	{"Range: bytes=0-1", `If-Range: "7"`},
	{"Accept: text/csv"},
	{"Accept: image/webp"},
	{"Accept: application/problem+json;q=0, */*;q=0"},
	{"Accept: ,;q=,\"", `If-None-Match: "7"`},
	{"Content-Type: text/plain"},
	{"Content-Type: application/json", `If-Match: "7"`},
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}

// requestID matches the ids that RequestID makes: all have one length.
var requestID = regexp.MustCompile(`\b[0-9a-f]{32}\b`)

var date = regexp.MustCompile(`(?m)^Date: .*\r\n`)

// whole is all of a response but for its date and request id: over HTTP/1.1 the
// bytes of the connection, over HTTP/2 what its client makes of them.
func whole(t *testing.T, s *httptest.Server, method, path string, header ...string) string {
	t.Helper()
	body := ""
	if method == "POST" || method == "PUT" || method == "PATCH" {
		body = "{}"
	}
	answer := ""
	if s.TLS == nil {
		answer = bytesOf(t, s, method, path, body, header...)
	} else {
		resp, got := servertest.Do(t, s, method, path, body, header...)
		answer = fmt.Sprintln(resp.Proto, resp.Status, resp.ContentLength, len(got), resp.TransferEncoding, resp.Trailer) +
			servertest.Header(resp) + got
	}
	return requestID.ReplaceAllString(date.ReplaceAllString(answer, ""), "an id of 32 digits")
}

func bytesOf(t *testing.T, s *httptest.Server, method, path, body string, header ...string) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	w := bufio.NewWriter(conn)
	_, _ = fmt.Fprintf(w, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", method, path)
	if body != "" {
		_, _ = fmt.Fprintf(w, "Content-Length: %d\r\n", len(body))
	}
	_, _ = fmt.Fprint(w, strings.Join(append(header, "\r\n"+body), "\r\n"))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// An absent record and another tenant's are one answer, whoever gives it and
// whatever the client sends to tell them apart.
func TestNotThereAndNotYours(t *testing.T) {
	service := new(registry)
	servertest.Both(t, service.handler(nil), func(t *testing.T, s *httptest.Server) {
		for _, method := range methods {
			for _, header := range sent {
				header := append([]string{"Authorization: Bearer token-of-several", "X-Raet-Tenant-Id: a"}, header...)
				same := ""
				for _, manner := range manners {
					ask := func(theirs bool) string {
						service.theirs.Store(theirs)
						return whole(t, s, method, "/"+manner+"/7", header...)
					}
					absent, theirs := ask(false), ask(true)
					if absent != theirs {
						t.Errorf("%s %s with %q: a record that is not there:\n%s\nanother tenant's:\n%s", method, manner, header, absent, theirs)
					}
					// Neither does the response tell by which layer it was given.
					if manner == "nowhere" {
						continue // the mux knows nothing of what the routes vary by
					}
					if same == "" {
						same = absent
					}
					if absent != same {
						t.Errorf("%s %s with %q:\n%s\nbut elsewhere\n%s", method, manner, header, absent, same)
					}
				}
			}
		}

		service.theirs.Store(false)
		absent := whole(t, s, "GET", "/leaky/7", "Authorization: Bearer token-of-one")
		service.theirs.Store(true)
		if absent == whole(t, s, "GET", "/leaky/7", "Authorization: Bearer token-of-one") {
			t.Errorf("a service that does tell is not seen to:\n%s", absent)
		}
	})
}

// A tenant that is not granted and one that does not exist are one answer, and
// it is another question whether there is a record.
func TestTenantNotGrantedAndNoTenant(t *testing.T) {
	for _, o := range []*tenant.Options{nil, {Hide: true}} {
		status := map[bool]string{true: "404", false: "403"}[o != nil]
		t.Run(status, func(t *testing.T) {
			service := new(registry)
			servertest.Both(t, service.handler(o), func(t *testing.T, s *httptest.Server) {
				for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
					for _, header := range sent {
						same := ""
						for i, who := range []string{
							"token-of-one b", "token-of-one zz9", "token-of-several b", "token-multi 1234567", "token-of-none a",
						} {
							service.theirs.Store(i%2 == 0)
							token, id, _ := strings.Cut(who, " ")
							answer := whole(t, s, method, "/handler/7",
								append([]string{"Authorization: Bearer " + token, "X-Raet-Tenant-Id: " + id}, header...)...)
							if same == "" {
								same = answer
							}
							if answer != same {
								t.Errorf("%s by %s with %q:\n%s\nwant\n%s", method, who, header, answer, same)
							}
						}
						if !strings.Contains(same, " "+status+" ") {
							t.Fatalf("%s with %q:\n%s, want %s", method, header, same, status)
						}
					}
				}
			})
		})
	}
}

// All 404s are one document: of the mux, of whatever a handler calls, and of
// Require.
func TestOneDocumentFor404(t *testing.T) {
	service := new(registry)
	servertest.Both(t, service.handler(&tenant.Options{Hide: true}), func(t *testing.T, s *httptest.Server) {
		for _, manner := range manners {
			for _, who := range []string{"token-of-one a", "token-of-one b", "token-of-none a"} {
				token, id, _ := strings.Cut(who, " ")
				resp, body := servertest.Do(t, s, "GET", "/"+manner+"/7", "",
					"X-Request-Id: id-1", "Authorization: Bearer "+token, "X-Raet-Tenant-Id: "+id)
				want := `{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing here for this request.","requestId":"id-1"}`
				if resp.StatusCode != 404 || body != want {
					t.Errorf("%s of %s: %d %s, want %s", manner, who, resp.StatusCode, body, want)
				}
			}
		}
	})
}
