package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apiconventions/apiconventions/examples/adopt/oapi"
	"github.com/apiconventions/apiconventions/middleware"
)

// The layers in README's order, as the generator's list, are inside out: the guard
// is outside of Bearer, and would tell a stranger what exists.
func TestOapiListInTheWrongOrder(t *testing.T) {
	records := make(chan middleware.Record, 3)
	s := newService(func(r middleware.Record) { records <- r })
	var list []oapi.MiddlewareFunc
	for _, l := range s.read() {
		list = append(list, l)
	}
	server := httptest.NewServer(s.edge(oapi.HandlerWithOptions(newOapi(s), oapi.StdHTTPServerOptions{Middlewares: list})))
	defer server.Close()
	for _, header := range [][]string{{editor}, {}, {"If-None-Match: *"}} {
		resp, body, err := fetchFrom(t, server.URL+"/people/7", header...)
		if err != nil || resp.StatusCode != http.StatusInternalServerError || resp.Header.Get("Etag") != "" || strings.Contains(body, "Bearer") {
			t.Errorf("%q: %d %s %v", header, resp.StatusCode, body, err)
		}
		if last := <-records; last.Err == nil || !strings.Contains(last.Err.Error(), "Bearer") || !strings.Contains(last.Err.Error(), "must stand outside") {
			t.Errorf("%q: the log has %v", header, last.Err)
		}
	}
}
