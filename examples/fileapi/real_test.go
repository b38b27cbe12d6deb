//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

// exchange writes the request's bytes, with the Host and Content-Length that every client adds, on a
// connection of its own.
func exchange(t *testing.T, base, request string) answer {
	t.Helper()
	head, body, _ := strings.Cut(strings.ReplaceAll(strings.TrimPrefix(request, "\n"), "\n", "\r\n"), "\r\n\r\n")
	if body != "" || strings.HasPrefix(head, "POST") || strings.HasPrefix(head, "PUT") {
		head += fmt.Sprintf("\r\nContent-Length: %d", len(body))
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, head+"\r\nHost: localhost\r\n\r\n"+body); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(head, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// raw writes the request on a connection of its own and returns what comes back until the server closes it.
func raw(t *testing.T, base, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// The conversation of a real client, step by step. {name} stands for what the group of that name matched in
// an earlier answer.
func TestRealRequests(t *testing.T) {
	base := serve(t)
	const id = `[0-9a-f-]{36}`
	const date = `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`
	known := map[string]string{}
	for _, step := range []struct {
		name, request string
		status        int
		body          string // a regular expression for all of it
	}{
		{"token", `
POST /authentication/token HTTP/1.1
Content-Type: application/x-www-form-urlencoded
Cache-Control: no-cache

grant_type=client_credentials&client_id=demo-single&client_secret=single-secret`,
			200, `\{"access_token":"(?P<token>[\w.-]+)","expires_in":3600,"scope":"youforce-fileapi:files:list youforce-fileapi:files:upload","token_type":"Bearer"\}`},
		{"token for one of several tenants", `
POST /authentication/token HTTP/1.1
Content-Type: application/x-www-form-urlencoded
Cache-Control: no-cache

grant_type=client_credentials&client_id=demo-multi&client_secret=multi-secret&tenant_id=sandbox`,
			200, `\{"access_token":"(?P<sandbox>[\w.-]+)",.*\}`},
		{"upload, content without a header", `
POST /mft/v1.0/files?uploadType=multipart HTTP/1.1
Authorization: Bearer {token}
x-raet-tenant-id: 1234567
Content-Type: multipart/related;boundary=foo_bar_baz

--foo_bar_baz
Content-Type: application/json; charset=UTF-8

{"name":"TestFile.txt","businesstypeid":"7100"}
--foo_bar_baz

This is a test file
--foo_bar_baz--
`, 201, `\{"id":"(?P<file>` + id + `)","name":"TestFile.txt","size":19,"creationDate":"` + date + `","tenantId":"1234567","businessType":\{"id":7100,"name":"7100"\},"numChunks":1\}`},
		{"upload, other boundary, other names, content with a type", `
POST /mft/v1.0/files?uploadType=multipart HTTP/1.1
Authorization: Bearer {token}
X-Client-Id: demo-single
Content-Type: multipart/related; boundary="file_info"

--file_info
Content-Type: application/json; charset=UTF-8

{"FileName":"employee_profile.csv","BusinessTypeId":8003}
--file_info
Content-Type: application/octet-stream

a;b
--file_info--
`, 201, `\{"id":"(?P<profile>` + id + `)","name":"employee_profile.csv","size":3,.*"businessType":\{"id":8003,"name":"8003"\},"numChunks":1\}`},
		{"upload for the sandbox without a tenant header", `
POST /mft/v1.0/files?uploadType=multipart HTTP/1.1
Authorization: Bearer {sandbox}
Content-Type: multipart/related;boundary=file_info

--file_info

{"fileName":"x","businessTypeId":"1"}
--file_info


--file_info--
`, 201, `\{"id":"` + id + `","name":"x","size":0,.*"tenantId":"sandbox",.*\}`},
		{"first chunk", `
POST /mft/v1.0/files?uploadType=resumable HTTP/1.1
Authorization: Bearer {token}
Content-Type: multipart/related;boundary=foo_bar_baz

--foo_bar_baz
Content-Type: application/json; charset=UTF-8

{"name":"Chunks.txt","businesstypeid":"7101"}
--foo_bar_baz

one
--foo_bar_baz--
`, 206, `\{"uploadToken":"(?P<upload>` + id + `)"\}`},
		{"third chunk before the second", `
PUT /mft/v1.0/files?uploadType=resumable&uploadToken={upload}&position=2 HTTP/1.1
Authorization: Bearer {token}
Content-Type: application/octet-stream

three`, 206, `\{"uploadToken":"{upload}"\}`},
		{"second and last chunk", `
PUT /mft/v1.0/files?uploadType=resumable&uploadToken={upload}&position=1&close=true HTTP/1.1
Authorization: Bearer {token}
Content-Type: application/octet-stream

two`, 201, `\{"id":"(?P<chunks>` + id + `)","name":"Chunks.txt","size":11,.*"numChunks":3\}`},
		{"the last chunk once more", `
PUT /mft/v1.0/files?uploadType=resumable&uploadToken={upload}&position=1&close=true HTTP/1.1
Authorization: Bearer {token}
Content-Type: application/octet-stream

two`, 201, `\{"id":"{chunks}","name":"Chunks.txt","size":11,.*"numChunks":3\}`},
		{"close without a body and without a type", `
POST /mft/v1.0/files?uploadType=resumable&uploadToken={upload} HTTP/1.1
Authorization: Bearer {token}

`, 201, `\{"id":"{chunks}",.*\}`},
		{"download", `
GET /mft/v1.0/files/{chunks}?role=subscriber HTTP/1.1
Authorization: Bearer {token}
Accept: application/octet-stream

`, 200, `onetwothree`},
		{"download without Accept", `
GET /mft/v1.0/files/{file}?role=publisher HTTP/1.1
Authorization: Bearer {token}

`, 200, `This is a test file`},
		{"download in pieces", `
GET /mft/v1.0/files/{file}?role=publisher HTTP/1.1
Authorization: Bearer {token}
Accept: */*
Range: bytes=0-104857599

`, 206, `This is a test file`},
		{"the rest", `
GET /mft/v1.0/files/{file}?role=publisher HTTP/1.1
Authorization: Bearer {token}
Accept: application/octet-stream
Range: bytes=5-104857599

`, 206, `is a test file`},
		{"metadata", `
GET /mft/v1.0/files/{file}?role=subscriber HTTP/1.1
Authorization: Bearer {token}
Accept: application/json

`, 200, `\{"id":"{file}","name":"TestFile.txt",.*\}`},
		{"list, blanks as %20", `
GET /mft/v1.0/files?role=subscriber&pageIndex=0&pageSize=20&$filter=businessType%20eq%208003&$orderBy=uploadDate%20desc HTTP/1.1
Authorization: Bearer {token}
Accept: application/json

`, 200, `\{"data":\[\{"downloaded":false,"fileId":"{profile}","fileName":"employee_profile.csv","fileSize":3,"tenantId":"1234567","businessType":\{"id":8003,"name":"8003"\},"publisherId":"demo-single","uploadDate":"` + date + `"\}\],"pageIndex":0,"pageSize":20,"count":1\}`},
		{"list, blanks as +, a page past the end", `
GET /mft/v1.0/files?role=subscriber&pageIndex=3&pageSize=2&$filter=status+eq+'all'+and+(businessType+eq+7100+or+businessType+eq+7101) HTTP/1.1
Authorization: Bearer {token}

`, 200, `\{"data":\[\],"pageIndex":3,"pageSize":2,"count":2\}`},
		{"list of the downloaded", `
GET /mft/v1.0/files?role=subscriber&$filter=status%20eq%20%27downloaded%27 HTTP/1.1
Authorization: Bearer {token}
Accept: */*

`, 200, `\{"data":\[\{"downloaded":true,"fileId":"{chunks}",.*\],"pageIndex":0,"pageSize":20,"count":1\}`},
		{"list by date", `
GET /mft/v1.0/files?$filter=uploadDate+gt+2022-02-15T16:42:30.000Z+and+uploadDate+lt+2022-06-10T00:00:00.000Z HTTP/1.1
Authorization: Bearer {token}

`, 200, `\{"data":\[\],.*"count":0\}`},
		{"list by name", `
GET /mft/v1.0/files?role=subscriber&$filter=startsWith(FileName,+'employee_profile')+eq+false HTTP/1.1
Authorization: Bearer {token}

`, 200, `\{"data":\[\{"downloaded":false,"fileId":"{file}".*"count":1\}`},
		{"list by the start of the name", `
GET /mft/v1.0/files?role=subscriber&$filter=startsWith(FileName,%20'employee_profile') HTTP/1.1
Authorization: Bearer {token}

`, 200, `\{"data":\[\{"downloaded":false,"fileId":"{profile}".*"count":1\}`},
		{"list by a part of the name", `
GET /mft/v1.0/files?role=subscriber&$filter=contains(FileName,%20'profile') HTTP/1.1
Authorization: Bearer {token}

`, 200, `\{"data":\[\{"downloaded":false,"fileId":"{profile}".*"count":1\}`},
		{"list by the end of the name", `
GET /mft/v1.0/files?role=subscriber&$filter=endsWith(FileName,%20'.txt') HTTP/1.1
Authorization: Bearer {token}

`, 200, `\{"data":\[\{"downloaded":false,"fileId":"{file}".*"count":1\}`},
		{"moved", `
GET /mft/v1/files?role=subscriber&$filter=businessType+eq+8003 HTTP/1.1
Authorization: Bearer {token}

`, 308, `(?s).*`},
		{"delete", `
DELETE /mft/v1.0/files/{file}?role=subscriber HTTP/1.1
Authorization: Bearer {token}

`, 204, ``},
		{"gone", `
GET /mft/v1.0/files/{file}?role=subscriber HTTP/1.1
Authorization: Bearer {token}
Accept: application/octet-stream

`, 404, `\{"type":"about:blank","title":"Not Found","status":404,"detail":"There is nothing here for this request.","requestId":".*"\}`},
	} {
		fill := strings.NewReplacer(pairs(known)...)
		got := exchange(t, base, fill.Replace(step.request))
		want := regexp.MustCompile(`^` + fill.Replace(step.body) + `\n?$`)
		if got.status != step.status || !want.MatchString(got.body) {
			t.Fatalf("%s: %d %s\nwant %d %s", step.name, got.status, got.body, step.status, want)
		}
		for i, value := range want.FindStringSubmatch(got.body) {
			if name := want.SubexpNames()[i]; name != "" {
				known["{"+name+"}"] = value
			}
		}
		if step.name == "moved" && got.header.Get("Location") != "/mft/v1.0/files?role=subscriber&$filter=businessType+eq+8003" {
			t.Errorf("moved to %s", got.header.Get("Location"))
		}
	}
}

func pairs(m map[string]string) (list []string) {
	for k, v := range m {
		list = append(list, k, v)
	}
	return list
}
