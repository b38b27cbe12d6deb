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

// Forms are bounded by BodyLimit alone: net/http's own limit of 10 MB is for bodies
// that nobody has bounded. What is wrong with a form is the client's fault.
func TestFormsBehindBodyLimit(t *testing.T) {
	forms := problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		var err error
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
			err = r.ParseMultipartForm(1 << 10)
		} else {
			err = r.ParseForm()
		}
		if err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
		return err
	})
	const urlencoded, multipart = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
	part := func(name string, size int) string {
		return "--b\r\nContent-Disposition: form-data; name=f" + name + "\r\n\r\n" + strings.Repeat("x", size) + "\r\n--b--\r\n"
	}
	for _, tt := range []struct {
		name        string
		limit       int64
		contentType string
		body        string
		chunked     bool
		status      int
	}{
		{"11 MiB under 64", 64 << 20, urlencoded, "a=" + strings.Repeat("x", 11<<20), false, 204},
		{"11 MiB under 64", 64 << 20, urlencoded, "a=" + strings.Repeat("x", 11<<20), true, 204},
		{"21 MiB over 20", 20 << 20, urlencoded, "a=" + strings.Repeat("x", 21<<20), false, 413},
		{"21 MiB over 20", 20 << 20, urlencoded, "a=" + strings.Repeat("x", 21<<20), true, 413},
		{"11 MiB of files under 64", 64 << 20, multipart, part("; filename=f", 11<<20), true, 204},
		{"11 MiB of a file over 10", 10 << 20, multipart, part("; filename=f", 11<<20), true, 413},
		{"a bad escape", 64 << 20, urlencoded, "a=%zz", false, 400},
		{"parts that do not end", 64 << 20, multipart, strings.TrimSuffix(part("", 2), "--b--\r\n"), false, 400},
	} {
		h := middleware.Default(zerolog.Nop(), nil).Append(middleware.BodyLimit(tt.limit)).Then(forms)
		for name, h := range map[string]http.Handler{
			"": h, ", in http.MaxBytesHandler": http.MaxBytesHandler(h, 1<<30), ", in two limits": middleware.BodyLimit(1 << 30)(h), ", no edge": middleware.BodyLimit(tt.limit)(forms),
		} {
			servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
				var body io.Reader = strings.NewReader(tt.body)
				if tt.chunked {
					body = io.MultiReader(body)
				}
				resp, err := s.Client().Post(s.URL, tt.contentType, body)
				if err != nil {
					t.Fatalf("%s%s: %v", tt.name, name, err)
				}
				got, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if resp.StatusCode != tt.status {
					t.Errorf("%s%s, chunked %v: %d %s", tt.name, name, tt.chunked, resp.StatusCode, got)
				}
			})
		}
	}
}

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
