package middleware_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/apiconventions/apiconventions/internal/servertest"
	"github.com/apiconventions/apiconventions/middleware"
)

// typed is a request with content and these Content-Type lines.
func typed(method string, types ...string) *http.Request {
	r := httptest.NewRequest(method, "/", strings.NewReader("{}"))
	if len(types) > 0 {
		r.Header["Content-Type"] = types
	}
	return r
}

// answer is the status of h's answer, 204 if the handler ran, -1 if it ran and
// the layer answered as well, or neither.
func answer(layer func(http.Handler) http.Handler, r *http.Request) int {
	ran := 0
	w := httptest.NewRecorder()
	layer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ran++
		w.WriteHeader(http.StatusNoContent)
	})).ServeHTTP(w, r)
	if (w.Code == http.StatusNoContent) != (ran == 1) {
		return -1
	}
	return w.Code
}

func TestContentType(t *testing.T) {
	const ok, malformed, unsupported = http.StatusNoContent, http.StatusBadRequest, http.StatusUnsupportedMediaType
	json := []string{"application/json"}
	form := []string{"multipart/related", "multipart/form-data"}
	for _, tt := range []struct {
		rule  string
		takes []string
		types []string
		want  int
	}{
		{"to the byte", json, []string{"application/json"}, ok},
		{"no case", json, []string{"Application/JSON"}, ok},
		{"no case", []string{"Application/JSON"}, json, ok},
		{"white space around the field", json, []string{" \tapplication/json\t "}, ok},
		{"a parameter that the list does not name", json, []string{"application/json; charset=utf-8"}, ok},
		{"a parameter that the list does not name", json, []string{"application/json;charset=\"utf-8\";odata=verbose"}, ok},
		{"empty parameters", json, []string{"application/json; ;"}, ok},
		{"empty parameters", []string{"application/json; ;"}, json, ok},
		{"one of several", []string{"text/csv", "application/json"}, []string{"application/json;x=1"}, ok},
		{"not in the list", json, []string{"text/plain"}, unsupported},
		{"not in the list", json, []string{"application/jso"}, unsupported},
		{"not in the list", json, []string{"application/jsonx"}, unsupported},
		{"not in the list", json, []string{"text/json"}, unsupported},
		{"none", json, nil, unsupported},
		{"none of anything", []string{"*/*"}, nil, unsupported},
		{"two", json, []string{"application/json", "application/json"}, malformed},
		{"two", json, []string{"text/plain", "application/json"}, malformed},
		{"two in one line", json, []string{"application/json, application/json"}, malformed},
		{"empty", json, []string{""}, malformed},
		{"malformed", json, []string{"json"}, malformed},
		{"malformed", json, []string{"application/"}, malformed},
		{"malformed", json, []string{"/json"}, malformed},
		{"malformed", json, []string{"application /json"}, malformed},
		{"malformed", json, []string{"application/json/x"}, malformed},
		{"malformed", json, []string{"application;json"}, malformed},
		{"malformed", json, []string{"application/json charset=utf-8"}, malformed},
		{"malformed", json, []string{"application/json; charset"}, malformed},
		{"malformed", json, []string{"application/json; charset="}, malformed},
		{"malformed", json, []string{"application/json; charset = utf-8"}, malformed},
		{"malformed", json, []string{"application/json; =utf-8"}, malformed},
		{"malformed", json, []string{`application/json; charset="utf-8`}, malformed},
		{"malformed", json, []string{`application/json; charset="utf-8\"`}, malformed},
		{"malformed", json, []string{`application/json; charset="utf-8"x`}, malformed},
		{"malformed", json, []string{"application/json; x=\"\x00\""}, malformed},
		{"malformed", json, []string{"application/json; x=\"\\\x00\""}, malformed},
		{"malformed", json, []string{"application/json; x=\u212a"}, malformed},
		{"malformed before unsupported", json, []string{"text/plain; charset"}, malformed},
		{"the Kelvin sign is no k", []string{"text/k"}, []string{"text/\u212a"}, malformed},

		{"a type's all", []string{"image/*"}, []string{"IMAGE/png"}, ok},
		{"a type's all", []string{"image/*"}, []string{"image/svg+xml; charset=utf-8"}, ok},
		{"not a type's", []string{"image/*"}, []string{"imagex/png"}, unsupported},
		{"not a type's", []string{"image/*"}, []string{"imag/png"}, unsupported},
		{"all", []string{"*/*"}, []string{"application/json"}, ok},
		{"all that is well-formed", []string{"*/*"}, []string{"application"}, malformed},
		{"a structured suffix", []string{"application/*+json"}, []string{"application/hal+json"}, ok},
		{"a structured suffix", []string{"application/*+JSON"}, []string{"Application/vnd.a+b+Json;v=1"}, ok},
		{"not the suffix", []string{"application/*+json"}, []string{"application/json"}, unsupported},
		{"not the suffix", []string{"application/*+json"}, []string{"application/+json"}, unsupported},
		{"not the suffix", []string{"application/*+json"}, []string{"application/hal+jsonx"}, unsupported},
		{"not the suffix", []string{"application/*+json"}, []string{"application/hal-json"}, unsupported},
		{"the suffix of another type", []string{"application/*+json"}, []string{"model/gltf+json"}, unsupported},

		{"a parameter that the list names", []string{"text/csv;charset=utf-8"}, []string{"text/csv;charset=utf-8"}, ok},
		{"quoted, in another case", []string{"text/csv;charset=utf-8"}, []string{`text/csv; header=present; Charset="UTF-8"`}, ok},
		{"missing", []string{"text/csv;charset=utf-8"}, []string{"text/csv"}, unsupported},
		{"other", []string{"text/csv;charset=utf-8"}, []string{"text/csv;charset=latin1"}, unsupported},
		{"both", []string{"text/csv;charset=utf-8"}, []string{"text/csv;charset=utf-8;charset=latin1"}, unsupported},
		{"of a pattern", []string{"application/*+json;v=1"}, []string{"application/a+json;v=1"}, ok},
		{"of a pattern", []string{"application/*+json;v=1"}, []string{"application/a+json;v=2"}, unsupported},
		{"values have case", []string{"a/b;v=x"}, []string{"a/b;v=X"}, unsupported},
		{"two of them", []string{"a/b;v=1;w=2"}, []string{"a/b;w=2;v=1"}, ok},
		{"two of them", []string{"a/b;v=1;w=2"}, []string{"a/b;w=2"}, unsupported},

		{"a boundary", form, []string{"multipart/related;boundary=foo_bar_baz"}, ok},
		{"a boundary", form, []string{"multipart/related; boundary=file_info"}, ok},
		{"a boundary", form, []string{`multipart/related; type="application/json"; boundary="file_info"`}, ok},
		{"a boundary", form, []string{"Multipart/Form-Data;Boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW"}, ok},
		{"a boundary, quoted with all that may be in it", form, []string{`multipart/form-data; boundary="'()+_,-./:=? a"`}, ok},
		{"a boundary, with a quoted pair", form, []string{`multipart/form-data; boundary="a\b"`}, malformed},
		{"1 character", form, []string{"multipart/form-data; boundary=a"}, ok},
		{"70 characters", form, []string{"multipart/form-data; boundary=" + strings.Repeat("a", 70)}, ok},
		{"71 characters", form, []string{"multipart/form-data; boundary=" + strings.Repeat("a", 71)}, malformed},
		{"70 characters in quotes", form, []string{`multipart/form-data; boundary="` + strings.Repeat("a", 70) + `"`}, ok},
		{"71 characters in quotes", form, []string{`multipart/form-data; boundary="` + strings.Repeat("a", 71) + `"`}, malformed},
		{"no boundary", form, []string{"multipart/form-data"}, malformed},
		{"no boundary", form, []string{"multipart/form-data; charset=utf-8"}, malformed},
		{"an empty boundary", form, []string{"multipart/form-data; boundary="}, malformed},
		{"an empty boundary", form, []string{`multipart/form-data; boundary=""`}, malformed},
		{"a blank at its end", form, []string{`multipart/form-data; boundary="a "`}, malformed},
		{"a blank alone", form, []string{`multipart/form-data; boundary=" "`}, malformed},
		{"a colon needs quotes", form, []string{"multipart/form-data; boundary=a:b"}, malformed},
		{"not of the alphabet", form, []string{"multipart/form-data; boundary=a*b"}, malformed},
		{"not of the alphabet", form, []string{`multipart/form-data; boundary="a;b"`}, malformed},
		{"not of the alphabet", form, []string{"multipart/form-data; boundary=\"a\u00e4\""}, malformed},
		{"not of the alphabet", form, []string{"multipart/form-data; boundary=\"a\tb\""}, malformed},
		{"two boundaries", form, []string{"multipart/form-data; boundary=a; boundary=a"}, malformed},
		{"two boundaries", form, []string{"multipart/form-data; boundary=a; BOUNDARY=b"}, malformed},
		{"the boundary of RFC 2231", form, []string{"multipart/form-data; boundary*0=a"}, malformed},
		{"the boundary and that of RFC 2231", form, []string{"multipart/form-data; boundary=a; boundary*=utf-8''b"}, malformed},
		{"the boundary of RFC 2231 and that", form, []string{"multipart/form-data; Boundary*=utf-8''b; boundary=a"}, malformed},
		{"the boundary and that in pieces", form, []string{"multipart/form-data; boundary=a; boundary*0=b; boundary*1=c"}, malformed},
		{"another parameter of RFC 2231", []string{"text/csv;charset=utf-8"}, []string{"text/csv;charset=utf-8;headers*=utf-8''x"}, ok},
		{"another parameter of RFC 2231", form, []string{"multipart/form-data; boundary=a; filename*=utf-8''b"}, ok},
		{"another parameter of RFC 2231", form, []string{"multipart/form-data; boundary=a; boundary-name*=utf-8''b; x*0=c"}, ok},
		{"multipart by a pattern", []string{"*/*"}, []string{"multipart/mixed"}, malformed},
		{"multipart by a pattern", []string{"multipart/*"}, []string{"MULTIPART/mixed"}, malformed},
		{"multipart by a pattern", []string{"multipart/*"}, []string{"multipart/mixed;boundary=a"}, ok},
		{"multipart that is not taken", json, []string{"multipart/form-data"}, unsupported},
		{"the boundary of what is not multipart", json, []string{`application/json; boundary=""`}, ok},
	} {
		layer := middleware.ContentType(tt.takes...)
		for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodGet} {
			if got := answer(layer, typed(method, tt.types...)); got != tt.want {
				t.Errorf("%s: %s of %q where it takes %q: %d, want %d", tt.rule, method, tt.types, tt.takes, got, tt.want)
			}
		}
	}
}

// The alphabet of a boundary (RFC 2046 §5.1.1), and nothing else.
func TestContentTypeBoundaryAlphabet(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? "
	layer := middleware.ContentType("multipart/form-data")
	for c := range 256 {
		want := http.StatusBadRequest
		if strings.IndexByte(alphabet, byte(c)) >= 0 {
			want = http.StatusNoContent
		}
		field := `multipart/form-data; boundary="` + string([]byte{byte(c)}) + `x"`
		if got := answer(layer, typed(http.MethodPost, field)); got != want {
			t.Errorf("%q: %d, want %d", field, got, want)
		}
	}
}

func TestContentEncoding(t *testing.T) {
	layer := middleware.ContentType("application/json")
	for _, tt := range []struct {
		codings []string
		want    int
	}{
		{nil, http.StatusNoContent},
		{[]string{""}, http.StatusNoContent},
		{[]string{" , ,"}, http.StatusNoContent},
		{[]string{"identity"}, http.StatusNoContent},
		{[]string{"Identity, ", "IDENTITY"}, http.StatusNoContent},
		{[]string{"gzip"}, http.StatusUnsupportedMediaType},
		{[]string{"GZIP"}, http.StatusUnsupportedMediaType},
		{[]string{"identity, br"}, http.StatusUnsupportedMediaType},
		{[]string{"identity", "zstd"}, http.StatusUnsupportedMediaType},
		{[]string{"identity;q=1"}, http.StatusUnsupportedMediaType},
		{[]string{`"`}, http.StatusUnsupportedMediaType},
		{[]string{"identit\u0131"}, http.StatusUnsupportedMediaType},
	} {
		for _, contentType := range []string{"application/json", "application/json; charset=utf-8"} {
			r := typed(http.MethodPut, contentType)
			r.Header["Content-Encoding"] = tt.codings
			if got := answer(layer, r); got != tt.want {
				t.Errorf("%q: %d, want %d", tt.codings, got, tt.want)
			}
		}
	}
	r := typed(http.MethodPut, "text/plain")
	r.Header.Set("Content-Encoding", "gzip")
	w := httptest.NewRecorder()
	layer(http.NotFoundHandler()).ServeHTTP(w, r)
	if h := w.Header(); h.Get("Accept") == "" || h.Get("Accept-Encoding") != "" {
		t.Errorf("the media type is wrong in the first place: %v", h)
	}
}

// never is content that does not come.
type never struct{}

func (*never) Read([]byte) (int, error) { select {} }

// A request without content is not checked.
func TestContentTypeOfNoContent(t *testing.T) {
	layer := middleware.ContentType("application/json")
	for _, tt := range []struct {
		name   string
		body   io.Reader
		length int64
		types  []string
		want   int
	}{
		{"no body", nil, 0, nil, http.StatusNoContent},
		{"no body, but a type", nil, 0, []string{"text/plain"}, http.StatusNoContent},
		{"no body, but two types", nil, 0, []string{"text/plain", "x"}, http.StatusNoContent},
		{"http.NoBody", http.NoBody, 0, []string{"text/plain"}, http.StatusNoContent},
		{"http.NoBody, length unknown", http.NoBody, -1, nil, http.StatusNoContent},
		{"length 0", strings.NewReader(""), 0, []string{"text/plain"}, http.StatusNoContent},
		{"empty, length unknown", strings.NewReader(""), -1, nil, http.StatusNoContent},
		{"empty, length unknown", strings.NewReader(""), -1, []string{"text/plain"}, http.StatusNoContent},
		{"length unknown", strings.NewReader("{}"), -1, nil, http.StatusUnsupportedMediaType},
		{"length unknown", strings.NewReader("{}"), -1, []string{"application/json"}, http.StatusNoContent},
		{"length unknown, and broken off", iotest.ErrReader(io.ErrUnexpectedEOF), -1, nil, http.StatusUnsupportedMediaType},
		{"length unknown, and nothing comes", new(never), -1, nil, http.StatusUnsupportedMediaType},
		{"content", strings.NewReader("{}"), 2, nil, http.StatusUnsupportedMediaType},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", tt.body)
		r.ContentLength = tt.length
		r.Header["Content-Type"] = tt.types
		if got := answer(layer, r); got != tt.want {
			t.Errorf("%s, %q: %d, want %d", tt.name, tt.types, got, tt.want)
		}
	}
	if got := answer(layer, &http.Request{Method: http.MethodPost, ContentLength: -1}); got != http.StatusNoContent {
		t.Errorf("a nil body: %d", got)
	}
	for _, length := range []int64{-1, 2} {
		r := httptest.NewRequest(http.MethodConnect, "/", strings.NewReader("{}"))
		r.ContentLength = length
		if got := answer(layer, r); got != http.StatusNoContent {
			t.Errorf("CONNECT: %d", got)
		}
	}
}

// What the layer answers, to the byte, and that the handler does not run.
func TestContentTypeOnTheWire(t *testing.T) {
	const before = "Cache-Control: no-store\nContent-Length: %d\nContent-Type: application/problem+json\n" + "X-Content-Type-Options: nosniff\n"
	const list = `{"type":"/problems/unsupported-media-type","title":"Unsupported media type","status":415,"detail":"The content of the request has a type or a coding that is not taken here.",` +
		`"accept":["application/json","application/*+json","multipart/form-data"]}`
	encoded := `{"type":"/problems/unsupported-media-type","title":"Unsupported media type","status":415,` +
		`"detail":"The content must not have a Content-Encoding."}`
	invalid := func(detail string) string {
		return `{"type":"/problems/invalid-request","title":"Invalid request","status":400,"detail":"` + detail + `"}`
	}
	ran := make(chan string, 10)
	h := middleware.ContentType("application/json", "application/*+json", "multipart/form-data")(
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			ran <- string(body)
			w.WriteHeader(http.StatusNoContent)
		}))
	servertest.Both(t, h, func(t *testing.T, s *httptest.Server) {
		for _, tt := range []struct {
			method string
			header []string
			status int
			field  string // beside the fields of every problem
			body   string
		}{
			{"POST", []string{"Content-Type: text/plain"}, 415, "Accept: application/json, application/*+json, multipart/form-data\n", list},
			{"PUT", nil, 415, "Accept: application/json, application/*+json, multipart/form-data\n", list},
			{"PATCH", []string{"Content-Type: text/plain"}, 415, "Accept-Patch: application/json, multipart/form-data\n", list},
			{"PATCH", nil, 415, "Accept-Patch: application/json, multipart/form-data\n", list},
			{"QUERY", []string{"Content-Type: text/plain"}, 415, "Accept-Query: \"application/json\", \"multipart/form-data\"\n", list},
			{"QUERY", nil, 400, "", invalid("QUERY needs a Content-Type.")},
			{"POST", []string{"Content-Type: application/json", "Content-Encoding: gzip"}, 415, "Accept-Encoding: identity\n", encoded},
			{"PATCH", []string{"Content-Type: application/json", "Content-Encoding: gzip"}, 415, "Accept-Encoding: identity\n", encoded},
			{"POST", []string{"Content-Type: application/json", "Content-Type: application/json"}, 400, "", invalid("There must be one Content-Type.")},
			{"POST", []string{"Content-Type: application/json;"}, 204, "", ""},
			{"POST", []string{"Content-Type: json"}, 400, "", invalid("The Content-Type is malformed.")},
			{"POST", []string{"Content-Type: multipart/form-data"}, 400, "", invalid("A multipart Content-Type needs one boundary of 1 to 70 allowed characters.")},
		} {
			resp, body := servertest.Do(t, s, tt.method, "/", "{}", tt.header...)
			want := ""
			if tt.status != http.StatusNoContent {
				want = tt.field + fmt.Sprintf(before, len(tt.body))
			}
			if resp.StatusCode != tt.status || servertest.Header(resp) != want || body != tt.body {
				t.Errorf("%s %q: %d\n%s\n%s\nwant %d\n%s\n%s", tt.method, tt.header, resp.StatusCode, servertest.Header(resp), body, tt.status, want, tt.body)
			}
			if tt.status == http.StatusNoContent {
				if got := <-ran; got != "{}" {
					t.Errorf("the handler read %q", got)
				}
			}
		}
		// The end of an upload in chunks: no body, no Content-Type.
		if resp, body := servertest.Do(t, s, "POST", "/", ""); resp.StatusCode != http.StatusNoContent {
			t.Errorf("POST without content: %d %s", resp.StatusCode, body)
		} else {
			<-ran
		}
		// A body of unknown length is content, but for an empty one.
		for _, content := range []string{"", "{}"} {
			for _, contentType := range []string{"application/json", ""} {
				r, err := http.NewRequest("POST", s.URL, io.NopCloser(strings.NewReader(content)))
				if err != nil {
					t.Fatal(err)
				}
				r.ContentLength = -1
				want := http.StatusNoContent
				switch {
				case contentType != "":
					r.Header.Set("Content-Type", contentType)
				case content != "":
					want = http.StatusUnsupportedMediaType
				}
				resp, err := s.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode != want {
					t.Errorf("chunked %q of type %q: %d, want %d", content, contentType, resp.StatusCode, want)
				}
				if want == http.StatusNoContent {
					<-ran
				}
			}
		}
		if len(ran) > 0 {
			t.Errorf("the handler ran for a request that was refused, with %q", <-ran)
		}
	})
}

// What a client that speaks HTTP/1.1 by hand may leave out.
func TestContentTypeWithoutContentLength(t *testing.T) {
	s := httptest.NewServer(middleware.ContentType("application/json")(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})))
	defer s.Close()
	for request, want := range map[string]int{
		"POST / HTTP/1.1\r\nHost: a\r\n\r\n":                                                                      204,
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n":                                                 204,
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n\r\n":                                          204,
		"QUERY / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n":                              400,
		"POST / HTTP/1.0\r\n\r\n":                                                                                 204,
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n":                               204,
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n":                415, // without a 100 before it
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n":                    415,
		"DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: a/b\r\n\r\n0\r\n\r\n":        204,
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-type:\tapplication/json \t\r\n\r\n{}":         204,
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Type:\r\n\r\n{}":                              400,
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Type: a/b\r\ncontent-type: a/b\r\n\r\n{}":     400,
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Type: application/json; x=\"\xff\"\r\n\r\n{}": 204,
	} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%q: %v", request, err)
		}
		if resp.StatusCode != want {
			t.Errorf("%q: %d, want %d", request, resp.StatusCode, want)
		}
		conn.Close()
	}
}

func TestContentTypeAllocations(t *testing.T) {
	if servertest.Race {
		t.Skip("the race detector allocates")
	}
	ran := 0
	h := middleware.ContentType("application/json", "multipart/*", "text/*;charset=utf-8")(
		http.HandlerFunc(func(http.ResponseWriter, *http.Request) { ran++ }))
	w := &blank{header: http.Header{}}
	for _, contentType := range []string{
		"application/json", "Application/JSON", "application/json; charset=utf-8", `text/csv; charset="UTF-8"`,
		"multipart/related;boundary=foo_bar_baz", `multipart/related; boundary="foo bar baz"`,
		"application/json" + strings.Repeat(";v=1", 1<<18),
		"application/json;v=\"" + strings.Repeat(`\"`, 1<<19) + `"`,
		"multipart/mixed;boundary=a" + strings.Repeat(";boundarz=a", 1<<16),
	} {
		r := typed(http.MethodPost, contentType)
		r.Header.Set("Content-Encoding", "identity")
		before := ran
		if n := testing.AllocsPerRun(5, func() { h.ServeHTTP(w, r) }); n > 0 || ran == before {
			t.Errorf("%.60q: %g allocations, the handler ran %d times", contentType, n, ran-before)
		}
	}
	// And what is refused costs no more for being long.
	for _, contentType := range hostile {
		r := typed(http.MethodPost, contentType)
		if got := answer(middleware.ContentType("application/json"), r); got != http.StatusNoContent && got != http.StatusBadRequest && got != http.StatusUnsupportedMediaType {
			t.Errorf("%.40q: %d", contentType, got)
		}
	}
}

func TestContentTypeMistakesPanicWhenTheChainIsBuilt(t *testing.T) {
	for _, types := range [][]string{
		{}, {""}, {"json"}, {"application/json", "application"}, {"*"}, {"*/json"}, {"*/*+json"}, {"app*/json"},
		{"application/js*"}, {"application/*json"}, {"application/*+"}, {"application/*+*"}, {"application/*+a*"}, {"application/**"},
		{"application/json, text/csv"}, {" application/json"}, {"application/json "}, {"a/b;c"}, {"a/b;c="}, {"a/b;c=1;C=1"}, {`a/b;c="`},
		{"a/b;q=1"}, {"a/*;c=1;Q=0.5"},
	} {
		if builds(func() { middleware.ContentType(types...) }) {
			t.Errorf("ContentType(%q) builds", types)
		}
	}
	for _, types := range [][]string{{"a/b"}, {"a/b;"}, {"a/b ; c=1"}, {`a/b;c="d e"`}, {"a/*"}, {"*/*"}, {"a/*+b"}, {"a/*+b+c;d=e"}, {"a/*;b=c"}, {"a/b", "A/B"}} {
		if !builds(func() { middleware.ContentType(types...) }) {
			t.Errorf("ContentType(%q) does not build", types)
		}
	}
}

func TestContentTypeKeepsNoSlice(t *testing.T) {
	types := []string{"application/json", "text/csv"}
	layer := middleware.ContentType(types...)
	types[0], types[1] = "image/png", "image/gif"
	for range 2 {
		w := httptest.NewRecorder()
		layer(http.NotFoundHandler()).ServeHTTP(w, typed("POST", "image/png"))
		if w.Code != http.StatusUnsupportedMediaType || !slices.Equal(w.Header()["Accept"], []string{"application/json, text/csv"}) ||
			!strings.Contains(w.Body.String(), `"accept":["application/json","text/csv"]`) {
			t.Fatalf("%d, Accept: %q, %s", w.Code, w.Header()["Accept"], w.Body)
		}
		w.Header()["Accept"][0] = "changed by somebody outside"
	}
	if got := answer(layer, typed("POST", "text/csv")); got != http.StatusNoContent {
		t.Errorf("text/csv: %d", got)
	}
}
