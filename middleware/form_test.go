package middleware_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/problem"
)

// The files of a form go with its request, although the request is a copy.
func TestFormsLeaveNoFiles(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	parses := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error { return r.ParseMultipartForm(1) })
	for name, h := range map[string]http.Handler{"the chain": middleware.Default(zerolog.Nop(), nil).Then(parses), "no chain": parses} {
		s := httptest.NewServer(h)
		defer s.Close()
		body := "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + strings.Repeat("x", 12<<20) + "\r\n--b--\r\n"
		if resp, got := servertest.Do(t, s, "POST", "/", body, "Content-Type: multipart/form-data; boundary=b"); resp.StatusCode != 200 {
			t.Fatalf("%s: %d %s", name, resp.StatusCode, got)
		}
		s.Close()
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: %d files are left", name, len(left))
		}
	}
}

// The files of a form belong to whoever has parsed it.
func TestFormFilesOfTheOuterRequest(t *testing.T) {
	check := problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })
	for name, inside := range map[string]func(http.ResponseWriter, *http.Request){
		"a part of a batch": func(_ http.ResponseWriter, r *http.Request) {
			check.ServeHTTP(httptest.NewRecorder(), r.Clone(r.Context()))
		},
		"a snooper": func(w http.ResponseWriter, r *http.Request) { snoop(check).ServeHTTP(w, r) },
	} {
		h := middleware.Default(zerolog.Nop(), nil).ThenFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseMultipartForm(1); err != nil {
				t.Error(err)
				return
			}
			inside(w, r)
			f, err := r.MultipartForm.File["f"][0].Open()
			if err != nil {
				t.Errorf("%s: %v", name, err)
				return
			}
			defer f.Close()
			n, _ := io.Copy(io.Discard, f)
			fmt.Fprint(w, n)
		})
		var form bytes.Buffer
		m := multipart.NewWriter(&form)
		p, _ := m.CreateFormFile("f", "f")
		_, _ = io.WriteString(p, strings.Repeat("x", 11<<20)) // more than is held in memory
		m.Close()
		s := httptest.NewServer(h)
		resp, body := servertest.Do(t, s, "POST", "/", form.String(), "Content-Type: "+m.FormDataContentType())
		if resp.StatusCode != 200 || body != fmt.Sprint(11<<20) {
			t.Errorf("%s: %d %s", name, resp.StatusCode, body)
		}
		s.Close()
	}
}
