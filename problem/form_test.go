package problem_test

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/problem"
)

// What net/http's readers of forms return is the request's fault, and not a 500.
func TestForms(t *testing.T) {
	const (
		urlencoded = "application/x-www-form-urlencoded"
		form       = "multipart/form-data; boundary=b"
		part       = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"
		fields     = "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n"
	)
	parseForm := func(r *http.Request) error { return r.ParseForm() }
	parseMultipart := func(r *http.Request) error { return r.ParseMultipartForm(1 << 10) }
	formFile := func(r *http.Request) error {
		_, _, err := r.FormFile("file")
		return err
	}
	parts := func(r *http.Request) error {
		mr, err := r.MultipartReader()
		for err == nil {
			var p *multipart.Part
			if p, err = mr.NextPart(); err == nil {
				_, err = io.Copy(io.Discard, p)
			}
		}
		if err == io.EOF {
			return nil
		}
		return err
	}
	for _, tt := range []struct {
		name    string
		parse   func(*http.Request) error
		query   string
		content string // Content-Type
		body    string
		status  int
		detail  string
	}{
		{"well formed", parseForm, "?a=1", urlencoded, "b=2", 200, ""},
		{"well formed", parseMultipart, "", form, part + "--b--\r\n", 200, ""},
		{"well formed", parts, "", form, part + "--b--\r\n", 200, ""},
		{"11 MiB", parseForm, "", urlencoded, "a=" + strings.Repeat("x", 11<<20), 413, "content"},
		{"11 MiB of values", parseMultipart, "", form, part + "--b\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n" + strings.Repeat("x", 11<<20) + "\r\n--b--\r\n", 413, "content"},
		{"1001 parts", parseMultipart, "", form, strings.Repeat(part, 1001) + "--b--\r\n", 413, "content"},
		{"an escape in the content", parseForm, "", urlencoded, "a=%zz", 400, "percent"},
		{"an escape in the query", parseForm, "?a=%zz", urlencoded, "b=2", 400, "percent"},
		{"an escape in the query", parseMultipart, "?a=%zz", form, part + "--b--\r\n", 400, "percent"},
		{"a semicolon", parseForm, "?a;b", urlencoded, "", 400, "ampersands"},
		{"a semicolon in the content", parseForm, "", urlencoded, "a;b", 400, "ampersands"},
		{"too many names", parseForm, "", urlencoded, strings.Repeat("a&", 10_001), 400, "too many"},
		{"no media type", parseForm, "", ";", "a", 400, "Content-Type"},
		{"no slash", parseForm, "", "text a", "a", 400, "Content-Type"},
		{"half a media type", parseForm, "", "text/", "a", 400, "Content-Type"},
		{"two words", parseForm, "", "text/a b", "a", 400, "Content-Type"},
		{"a malformed parameter", parseForm, "", "text/a; b", "a", 400, "Content-Type"},
		{"a parameter twice", parseForm, "", "text/a; b=1; b=2", "a", 400, "Content-Type"},
		{"another type", parseMultipart, "", "text/plain", "a", 415, "multipart/form-data"},
		{"no type", parseMultipart, "", "", "a", 415, "multipart/form-data"},
		{"another type", formFile, "", "text/plain", "a", 415, "multipart/form-data"},
		{"another type", parts, "", "text/plain", "a", 415, "multipart/form-data"},
		{"no boundary", parseMultipart, "", "multipart/form-data", "a", 400, "boundary"},
		{"an empty boundary", parseMultipart, "", `multipart/form-data; boundary=""`, "a", 400, "boundary"},
		{"no file", formFile, "", form, part + "--b--\r\n", 400, "file"},
		{"no part", parseMultipart, "", form, "nothing", 400, "multipart"},
		{"no part", parts, "", form, "nothing", 400, "multipart"},
		{"another boundary", parseMultipart, "", form, strings.ReplaceAll(part, "--b", "--c") + "--c--\r\n", 400, "multipart"},
		{"no end", parseMultipart, "", form, part + "--b\r\n", 200, ""}, // net/http takes it
		{"an end within a part", parseMultipart, "", form, part + "--b\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n1", 400, "ends"},
		{"an end within a file", formFile, "", form, fields + "\r\n1", 400, "ends"},
		{"an end within a part", parts, "", form, part + "--b\r\n\r\n1", 400, "ends"},
		{"an end elsewhere", func(r *http.Request) error {
			if err := r.ParseMultipartForm(1 << 10); err != nil {
				return err
			}
			return io.ErrUnexpectedEOF
		}, "", form, part + "--b--\r\n", 500, "failed"},
		{"an end elsewhere", func(r *http.Request) error { _ = r.ParseForm(); return io.ErrUnexpectedEOF }, "", urlencoded, "a=1", 500, ""},
		{"a header without a colon", parseMultipart, "", form, "--b\r\nnothing\r\n\r\n1\r\n--b--\r\n", 400, "header"},
		{"a header that is continued from nothing", parts, "", form, "--b\r\n continued\r\n\r\n1\r\n--b--\r\n", 400, "header"},
		{"a header of 11 MiB", parts, "", form, fields + "X: " + strings.Repeat("x", 11<<20) + "\r\n\r\n1\r\n--b--\r\n", 413, "content"},
		{"a broken transfer encoding", parts, "", form, "--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\x01\r\n--b--\r\n", 400, "multipart"},
		{"a preamble of a long line", parts, "", form, strings.Repeat("x", 5000), 400, "multipart"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := problem.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error {
				if err := tt.parse(r); err != nil {
					return fmt.Errorf("upload: %w", err)
				}
				return nil
			})
			r := httptest.NewRequest("POST", "/"+tt.query, strings.NewReader(tt.body))
			if tt.content != "" {
				r.Header.Set("Content-Type", tt.content)
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			var doc struct{ Type, Detail string }
			if tt.status != 200 {
				if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil {
					t.Fatal(err)
				}
			}
			want := map[int]string{400: "/problems/invalid-request", 413: "/problems/content-too-large", 415: "/problems/unsupported-media-type", 500: "about:blank"}[tt.status]
			if rec.Code != tt.status || doc.Type != want || tt.status < 413 && !strings.Contains(doc.Detail, tt.detail) {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
		})
	}
}

// The same errors from elsewhere, and errors that are the service's own.
func TestWhatIsNotTheForms(t *testing.T) {
	_, parse := url.Parse(fmt.Sprint("http://example.com/", "%zz"))
	r := httptest.NewRequest("POST", "/", strings.NewReader(""))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	_, _ = r.MultipartReader()
	for name, err := range map[string]error{
		"a URL of the service's":        parse,
		"a reader that was asked twice": r.ParseMultipartForm(1),
		"a mail server's response":      textproto.ProtocolError("short response: "),
		"a type of the service's":       mime.AddExtensionType("a", "b/c"),
		"an end":                        io.ErrUnexpectedEOF,
	} {
		if err == nil {
			t.Fatal(name)
		}
		if got := problem.From(fmt.Errorf("a: %w", err)).Status; got != 500 {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// A form that net/http reads from the wire.
func TestFormOverTheWire(t *testing.T) {
	h := problem.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) error { return r.ParseForm() })
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		resp, body := servertest.Do(t, s, "PUT", "/?a=%zz", "b=2", "Content-Type: application/x-www-form-urlencoded")
		const want = `{"type":"/problems/invalid-request","title":"Invalid request","status":400,"detail":"A name or a value has a malformed percent-encoding."}`
		if resp.StatusCode != 400 || body != want {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	})
}
