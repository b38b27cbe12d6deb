package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Whatever is wrong with a body, no error repeats what the client sent: neither a
// value nor the name of a member.
func TestErrorsRepeatNothing(t *testing.T) {
	const sent = "SENT"
	for _, sub := range subjects {
		if sub.name == "connect" {
			continue // whose protocol quotes the message that it cannot read
		}
		server := httptest.NewServer(sub.program(newService(nil)))
		for _, body := range []string{
			`{"name":"Grace","SENT":1}`, `{"SENT":"x"}`, `{"name":{"SENT":7}}`, `{"name":"SENT`, `{"name":"a"} SENT`, `{"name":"a","a.SENT.b":1}`, `[{"SENT":1}]`, `"SENT"`,
		} {
			r, err := http.NewRequest("PUT", server.URL+"/people/7", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range []string{editor, isJSON, "If-Match: *"} {
				name, value, _ := strings.Cut(line, ": ")
				r.Header.Set(name, value)
			}
			resp, err := server.Client().Transport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if err != nil || strings.Contains(string(got), sent) || resp.StatusCode < 400 || resp.StatusCode > 499 {
				t.Errorf("%s, %s: %d %s, %v", sub.name, body, resp.StatusCode, got, err)
			}
		}
		server.Close()
	}
}
