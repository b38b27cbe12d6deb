//go:build unix

package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a client gets wrong is answered with a document that says what, and leaves nothing behind.
func TestBadInput(t *testing.T) {
	data := filepath.Join(t.TempDir(), "fileapi.db")
	base := serveFrom(t, data)
	me, other := single(t, base), multi(t, base, "7654321")
	path := me.upload(t, "there.txt", "there")

	a, err := me.try("POST", filesPath+"?uploadType=resumable", envelope(`{"name":"open.txt","businesstypeid":1}`, strings.NewReader("x")),
		"Content-Type: multipart/related;boundary="+boundary)
	if err != nil {
		t.Fatal(err)
	}
	upload := filesPath + "?uploadType=resumable&uploadToken=" + a.want(t, http.StatusPartialContent).json(t, "uploadToken").(string)
	a, err = me.try("POST", filesPath+"?uploadType=resumable", envelope(`{"name":"closed.txt","businesstypeid":1}`, strings.NewReader("x")),
		"Content-Type: multipart/related;boundary="+boundary)
	if err != nil {
		t.Fatal(err)
	}
	closed := filesPath + "?uploadType=resumable&uploadToken=" + a.want(t, http.StatusPartialContent).json(t, "uploadToken").(string)
	me.do(t, "PUT", closed+"&position=1&close=true", "x", "Content-Type: application/octet-stream").want(t, http.StatusCreated)
	unknown := filesPath + "?uploadType=resumable&uploadToken=8d5d0f0e-6c5b-4d6e-9f86-0c5b1f2a3b4c"

	const related = "Content-Type: multipart/related;boundary=" + boundary
	const octet = "Content-Type: application/octet-stream"
	const whole = filesPath + "?uploadType=multipart"
	const list = filesPath + "?role=subscriber&"
	parts := func(metadata string) string {
		return "--" + boundary + "\r\n\r\n" + metadata + "\r\n--" + boundary + "\r\n\r\ncontent\r\n--" + boundary + "--"
	}
	named := func(name string) string { return parts(fmt.Sprintf(`{"name":%q,"businesstypeid":1}`, name)) }

	for _, test := range []struct {
		name   string
		who    caller
		method string
		path   string
		body   string
		fields []string
		status int
		says   string // a part of the body
	}{
		{"other boundary", me, "POST", whole, strings.ReplaceAll(named("x"), boundary, "bar"), []string{related}, 400, "metadata, is missing"},
		{"no closing boundary", me, "POST", whole, strings.TrimSuffix(named("x"), "--"+boundary+"--"), []string{related}, 400, "ends too early"},
		{"closing boundary cut", me, "POST", whole, strings.TrimSuffix(named("x"), "--"), []string{related}, 400, "closing boundary"},
		{"a third part", me, "POST", whole, strings.TrimSuffix(named("x"), "--") + "\r\n\r\nx\r\n--" + boundary + "--", []string{related}, 400, "closing boundary"},
		{"one part", me, "POST", whole, "--" + boundary + "\r\n\r\n{\"name\":\"x\",\"businesstypeid\":1}\r\n--" + boundary + "--", []string{related}, 400, "content, is missing"},
		{"no part", me, "POST", whole, "--" + boundary + "--", []string{related}, 400, "metadata, is missing"},
		{"no body", me, "POST", whole, "", nil, 400, "body is missing"},
		{"no JSON", me, "POST", whole, parts("name=x"), []string{related}, 400, "expected JSON"},
		{"JSON of another kind", me, "POST", whole, parts("[]"), []string{related}, 400, "expected JSON"},
		{"metadata without end", me, "POST", whole, parts(strings.Repeat(" ", maxMetadata+1)), []string{related}, 413, `"limit":65536`},
		{"empty metadata", me, "POST", whole, parts("{}"), []string{related}, 400,
			`[{"pointer":"#/name","detail":"must not be empty"},{"pointer":"#/businessTypeId","detail":"must be a positive whole number"}]`},
		{"path as a name", me, "POST", whole, named("../x"), []string{related}, 400, "#/name"},
		{"control in a name", me, "POST", whole, parts(`{"name":"a\u000db","businesstypeid":1}`), []string{related}, 400, "#/name"},
		{"executable", me, "POST", whole, named("virus.txt.EXE"), []string{related}, 400, "executable"},
		{"page", me, "POST", whole, named("x.html"), []string{related}, 400, "executable"},
		{"executable behind a dot", me, "POST", whole, named("x.bat."), []string{related}, 400, "#/name"},
		{"executable behind a blank", me, "POST", whole, named("x.js "), []string{related}, 400, "#/name"},
		{"long name", me, "POST", whole, named(strings.Repeat("x", 256)), []string{related}, 400, "255"},
		{"business type", me, "POST", whole, parts(`{"name":"x","businesstypeid":"71OO"}`), []string{related}, 400, "#/businessTypeId"},
		{"no upload type", me, "POST", filesPath, named("x"), []string{related}, 400, "uploadType"},
		{"other media type", me, "POST", whole, "{}", []string{"Content-Type: application/json"}, 415, "unsupported-media-type"},
		{"related without boundary", me, "POST", whole, named("x"), []string{"Content-Type: multipart/related"}, 400, "boundary"},
		{"encoded content", me, "POST", whole, strings.Replace(named("x"), "\r\n\r\ncontent", "\r\nContent-Transfer-Encoding: Base64\r\n\r\nY29udGVudA==", 1), []string{related}, 400, "Content-Transfer-Encoding"},
		{"a long epilogue", me, "POST", whole, named("x") + strings.Repeat("x", maxEpilogue+5000), []string{related}, 400, "closing boundary"},
		{"if the collection is not there", me, "POST", whole, named("x"), []string{related, "If-None-Match: *"}, 412, "precondition-failed"},
		{"if the collection is another", me, "POST", whole, named("x"), []string{related, `If-Match: "x"`}, 409, "record-changed"},
		{"content that ends an upload", me, "POST", upload, named("x"), []string{related}, 400, "must have no content"},
		{"header of the first part", me, "POST", whole, strings.Replace(named("x"), "\r\n\r\n{", "\r\nX: "+strings.Repeat("x", maxPartHeader)+"\r\n\r\n{", 1), []string{related}, 413, `"limit":16384`},
		{"header of the second part", me, "POST", whole, strings.Replace(named("x"), "\r\n\r\ncontent", strings.Repeat("\r\nX: "+strings.Repeat("x", 100), 300)+"\r\n\r\ncontent", 1), []string{related}, 413, `"limit":16384`},
		{"what precedes the parts", me, "POST", whole, strings.Repeat("x\r\n", maxPartHeader) + named("x"), []string{related}, 413, `"limit":16384`},
		{"the name of a device", me, "POST", whole, named("com1.txt"), []string{related}, 400, "device"},
		{"an invisible name", me, "POST", whole, named("\u3164"), []string{related}, 400, "#/name"},
		{"broken query", me, "POST", whole + "&x=%zz", named("x"), []string{related}, 400, "query"},

		{"chunk too large", me, "PUT", upload + "&position=1", strings.Repeat("x", maxChunk+1), []string{octet}, 413, `"limit":9437184`},
		{"first chunk too large", me, "POST", filesPath + "?uploadType=resumable", strings.Replace(named("x"), "content", strings.Repeat("x", maxChunk+1), 1), []string{related}, 413, `"limit":9437184`},
		{"no position", me, "PUT", upload, "x", []string{octet}, 400, "position"},
		{"position -1", me, "PUT", upload + "&position=-1", "x", []string{octet}, 400, "position"},
		{"position 10000", me, "PUT", upload + "&position=10000", "x", []string{octet}, 400, "position"},
		{"close what", me, "PUT", upload + "&position=1&close=yes", "x", []string{octet}, 400, "close"},
		{"chunk of another type", me, "PUT", upload + "&position=1", "x", []string{"Content-Type: text/plain"}, 415, "unsupported-media-type"},
		{"all twice", me, "PUT", upload + "&position=1&position=2&role=x&role=y&%3Cb%3E=1&%3Cb%3E=2&close=&close=&uploadType=&uploadToken=", "x", []string{octet}, 400,
			`"errors":[{"pointer":"role","detail":"must be there once"},{"pointer":"uploadType","detail":"must be there once"},{"pointer":"uploadToken","detail":"must be there once"},{"pointer":"position","detail":"must be there once"},{"pointer":"close","detail":"must be there once"},{"pointer":"role","detail":"must be subscriber or publisher"}]`},
		{"the last chunk of another size", me, "PUT", closed + "&position=1&close=true", "xx", []string{octet}, 409, "upload-closed"},
		{"a chunk that came too late", me, "PUT", closed + "&position=2&close=true", "x", []string{octet}, 409, "upload-closed"},
		{"a position twice", me, "PUT", upload + "&position=1&position=2", "x", []string{octet}, 400, "must be there once"},
		{"a part of a chunk", me, "PUT", upload + "&position=1", "x", []string{octet, "Content-Range: bytes 0-0/2"}, 400, "Content-Range"},
		{"if the collection is another, a chunk", me, "PUT", upload + "&position=1", "x", []string{octet, `If-Match: "x"`}, 409, "record-changed"},
		{"unknown token", me, "PUT", unknown + "&position=1", "x", []string{octet}, 404, "about:blank"},
		{"unknown token, close", me, "POST", unknown, "", nil, 404, "about:blank"},
		{"token of another tenant", other, "PUT", upload + "&position=1", "x", []string{octet}, 404, "about:blank"},
		{"token of another tenant, close", other, "POST", upload, "", nil, 404, "about:blank"},
		{"a gap", me, "PUT", upload + "&position=3&close=true", "x", []string{octet}, 409, `"missing":[1,2]`},

		{"filter", me, "GET", list + "$filter=businessType+eq+8000+and", "", nil, 400, "position 25: expected a field"},
		{"order", me, "GET", list + "$orderBy=uploadDate+down", "", nil, 400, "position 12"},
		{"pageSize 0", me, "GET", list + "pageSize=0", "", nil, 400, "from 1 to 1000"},
		{"pageSize 1001", me, "GET", list + "pageSize=1001", "", nil, 400, "from 1 to 1000"},
		{"pageIndex -1", me, "GET", list + "pageIndex=-1", "", nil, 400, "pageIndex"},
		{"all wrong", me, "GET", list + "pageIndex=x&pageSize=y&$filter=z", "", nil, 400, `"$filter"`},
		{"role", me, "GET", filesPath + "?role=admin", "", nil, 400, "role"},
		{"list as HTML", me, "GET", filesPath, "", []string{"Accept: text/html"}, 406, "not-acceptable"},

		{"range past the end", me, "GET", path, "", []string{"Range: bytes=5-"}, 416, "Range Not Satisfiable"},
		{"many ranges", me, "GET", path, "", []string{"Range: bytes=" + strings.Repeat("0-0,", maxRanges) + "0-0"}, 416, "too many"},
		{"many ranges of this version", me, "GET", path, "", []string{"Range: bytes=" + strings.Repeat("0-0,", maxRanges) + "0-0",
			"If-Range: " + me.do(t, "GET", path, "", acceptBytes, "Range: bytes=0-0").header.Get("ETag"), acceptBytes}, 416, "too many"},
		{"unknown file", me, "GET", filesPath + "/8d5d0f0e-6c5b-4d6e-9f86-0c5b1f2a3b4c", "", nil, 404, "about:blank"},
		{"file of another tenant", other, "GET", path, "", nil, 404, "about:blank"},
		{"another's file as publisher", login(t, base, "demo-reader", "reader-secret"), "GET", path + "?role=publisher", "", nil, 404, "about:blank"},
		{"delete another's", other, "DELETE", path, "", nil, 404, "about:blank"},
		{"unknown method", me, "POST", path, "", nil, 405, "Method Not Allowed"},
		{"unknown path", me, "GET", "/mft/v2.0/files", "", nil, 404, "about:blank"},

		{"patch without a tag", me, "PATCH", path, `{"name":"y"}`, []string{mergePatch}, 428, "precondition-required"},
		{"patch of another type", me, "PATCH", path, `{"name":"y"}`, []string{"Content-Type: application/json", "If-Match: *"}, 415, "unsupported-media-type"},
		{"patch of another's", other, "PATCH", path, `{"name":"y"}`, []string{mergePatch, "If-Match: *"}, 404, "about:blank"},
		{"patch that is no object", me, "PATCH", path, `null`, []string{mergePatch, "If-Match: *"}, 400, "JSON object"},
		{"patch of what cannot change", me, "PATCH", path, `{"size":0,"name":null,"businessType":7100}`, []string{mergePatch, "If-Match: *"}, 400,
			`[{"pointer":"#/name","detail":"must not be empty"},{"pointer":"#/businessType/id","detail":"must be a positive whole number"},{"pointer":"#","detail":"only name and businessType can be changed"}]`},

		{"no token", caller{base: base}, "GET", filesPath, "", nil, 401, "bearer token"},
		{"false token", caller{base: base, token: me.token + "x"}, "GET", filesPath, "", nil, 401, "not valid"},
		{"no scope", login(t, base, "demo-reader", "reader-secret"), "POST", whole, named("x"), []string{related}, 403, scopeUpload},
		{"no tenant", caller{base: base, token: other.token}, "GET", path, "", nil, 400, "tenant-required"},
		{"tenant that is not granted", caller{base, me.token, "7654321"}, "GET", path, "", nil, 403, "tenant-not-granted"},
		{"tenant that does not exist", caller{base, me.token, "99"}, "GET", path, "", nil, 403, "tenant-not-granted"},
		{"malformed tenant", caller{base, me.token, "1, 2"}, "GET", path, "", nil, 400, "tenant-malformed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := test.who.do(t, test.method, test.path, test.body, test.fields...).want(t, test.status)
			if !strings.Contains(got.body, test.says) {
				t.Errorf("%s does not say %s", got.body, test.says)
			}
			if got.header.Get("Content-Type") != "application/problem+json" || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", got.header)
			}
		})
	}

	db, err := sql.Open("sqlite", data)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for table, want := range map[string]int{"files": 2, "uploads": 3, "chunks": 5, "pieces": 5, "downloads": 0} {
		var rows int
		for range 300 { // what was abandoned is swept a moment later
			if err := db.QueryRow("SELECT COUNT(*) FROM " + table).Scan(&rows); err != nil {
				t.Fatal(err)
			}
			if rows == want {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if rows != want {
			t.Errorf("%d rows in %s, want %d", rows, table, want)
		}
	}
	if name := me.do(t, "GET", path, "", acceptJSON).want(t, 200).json(t, "name"); name != "there.txt" {
		t.Errorf("renamed to %v", name)
	}
}

// A chunk that does not say how long it is may not be longer either.
func TestChunkOfUnknownLength(t *testing.T) {
	me := single(t, serve(t))
	a, err := me.try("POST", filesPath+"?uploadType=resumable", envelope(`{"name":"x","businesstypeid":1}`, strings.NewReader("x")),
		"Content-Type: multipart/related;boundary="+boundary)
	if err != nil {
		t.Fatal(err)
	}
	upload := filesPath + "?uploadType=resumable&position=1&uploadToken=" + a.want(t, http.StatusPartialContent).json(t, "uploadToken").(string)
	unknown := io.MultiReader(strings.NewReader(strings.Repeat("x", maxChunk+1)))
	if a, err = me.try("PUT", upload, unknown, "Content-Type: application/octet-stream"); err != nil {
		t.Fatal(err)
	}
	a.want(t, http.StatusRequestEntityTooLarge)
	closed := me.do(t, "POST", upload, "").want(t, http.StatusCreated)
	if closed.json(t, "size") != 1.0 || closed.json(t, "numChunks") != 1.0 {
		t.Errorf("the chunk that was too large counts: %s", closed.body)
	}
}

// Nothing stays of an upload whose client goes away in the middle.
func TestCutOff(t *testing.T) {
	data := filepath.Join(t.TempDir(), "fileapi.db")
	base := serveFrom(t, data)
	db, err := sql.Open("sqlite", data)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows := func(want func(int) bool) {
		t.Helper()
		var n int
		for range 200 {
			if err := db.QueryRow("SELECT (SELECT COUNT(*) FROM uploads) + (SELECT COUNT(*) FROM pieces)").Scan(&n); err != nil {
				t.Fatal(err)
			}
			if want(n) {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("%d rows", n)
	}

	content, rest := io.Pipe()
	ended := make(chan error)
	me := single(t, base)
	go func() {
		_, err := me.tryUpload("half.bin", content)
		ended <- err
	}()
	rest.Write(make([]byte, 300_000))
	rows(func(n int) bool { return n == 2 }) // the upload and its first piece
	rest.CloseWithError(errors.New("the client goes away"))
	if err := <-ended; err == nil {
		t.Error("the upload ended well")
	}
	rows(func(n int) bool { return n == 0 })
}

// An upload whose client says that there is more of it is not whole, though its last boundary is there (RFC
// 9112 §8).
func TestCutOffBehindTheLastBoundary(t *testing.T) {
	base := serve(t)
	me := single(t, base)
	body := "--b\r\n\r\n{\"name\":\"x\",\"businesstypeid\":1}\r\n--b\r\n\r\ncontent\r\n--b--\r\n"
	for framing, sent := range map[string]string{
		fmt.Sprintf("Content-Length: %d", len(body)+50): body,
		"Transfer-Encoding: chunked":                    fmt.Sprintf("%x\r\n%s\r\n", len(body), body),
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST %s?uploadType=multipart HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: multipart/related;boundary=b\r\n%s\r\n\r\n%s",
			filesPath, me.token, framing, sent)
		_ = conn.(*net.TCPConn).CloseWrite()
		if got, _ := io.ReadAll(conn); !strings.HasPrefix(string(got), "HTTP/1.1 400 ") {
			t.Errorf("%s: %s", framing, got)
		}
		conn.Close()
	}
	if entries := me.all(t); len(entries) > 0 {
		t.Errorf("there is %v", entries)
	}
}

// A content that comes too slowly is given up.
func TestWithin(t *testing.T) {
	read := make(chan error, 1)
	s := httptest.NewServer(within(50 * time.Millisecond)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		read <- err
	})))
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab") // and no more
	if err := <-read; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

// The token endpoint speaks RFC 6749 §5.2 and keeps the members of a problem document beside it.
func TestTokenErrors(t *testing.T) {
	base := serve(t)
	const good = "client_id=demo-single&client_secret=single-secret"
	for _, test := range []struct {
		name, body, noCache string
		status              int
		code                string
	}{
		{"wrong secret", "grant_type=client_credentials&client_id=demo-single&client_secret=x", "no-cache", 401, "invalid_client"},
		{"unknown client", "grant_type=client_credentials&client_id=x&client_secret=single-secret", "no-cache", 401, "invalid_client"},
		{"no client", "grant_type=client_credentials", "no-cache", 401, "invalid_client"},
		{"empty grant type", "grant_type=&" + good, "no-cache", 400, "invalid_request"},
		{"wrong grant type", "grant_type=password&" + good, "no-cache", 400, "unsupported_grant_type"},
		{"no grant type", good, "no-cache", 400, "invalid_request"},
		{"repeated", "grant_type=client_credentials&grant_type=client_credentials&" + good, "no-cache", 400, "invalid_request"},
		{"broken form", "grant_type=%zz", "no-cache", 400, "invalid_request"},
		{"tenant of another", "grant_type=client_credentials&tenant_id=sandbox&" + good, "no-cache", 400, "invalid_request"},
		{"scope of another", "grant_type=client_credentials&scope=admin&" + good, "no-cache", 400, "invalid_scope"},
		{"missing no-cache", "grant_type=client_credentials&" + good, "max-age=0", 400, "invalid_request"},
		{"too long", "grant_type=client_credentials&x=" + strings.Repeat("x", maxForm), "no-cache", 413, "invalid_request"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := caller{base: base}.do(t, "POST", tokenPath, test.body,
				"Content-Type: application/x-www-form-urlencoded", "Cache-Control: "+test.noCache).want(t, test.status)
			if got.json(t, "error") != test.code || got.json(t, "error_description") == "" {
				t.Errorf("body %s", got.body)
			}
			if got.header.Get("Content-Type") != "application/json" || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", got.header)
			}
			if challenge := got.header.Get("WWW-Authenticate"); (challenge != "") != (test.status == 401) {
				t.Errorf("WWW-Authenticate: %s", challenge)
			}
		})
	}
}

// A client may send its secret in the header field, and ask for less than it may have.
func TestTokenByBasic(t *testing.T) {
	base, _ := serveImpatient(t, time.Minute)
	overHTTP2 := new(http.Transport)
	overHTTP2.Protocols = new(http.Protocols)
	overHTTP2.Protocols.SetUnencryptedHTTP2(true)
	defer overHTTP2.CloseIdleConnections()
	for name, transport := range map[string]http.RoundTripper{"HTTP/1.1": http.DefaultTransport, "HTTP/2": overHTTP2} {
		for _, space := range []string{"", " ", "\t"} {
			r, _ := http.NewRequest("POST", base+tokenPath, strings.NewReader("grant_type=client_credentials&scope="+scopeList))
			r.SetBasicAuth("demo%2Dsingle", "single-secret")
			r.Header.Set("Authorization", space+r.Header.Get("Authorization")+space)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Cache-Control", "no-cache")
			response, err := transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			var token struct{ Scope string }
			if err := json.NewDecoder(response.Body).Decode(&token); err != nil || token.Scope != scopeList {
				t.Errorf("%s, %q: %s: %+v, %v", name, space, response.Status, token, err)
			}
			response.Body.Close()
		}
	}
}
