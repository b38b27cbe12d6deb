package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/middleware"
)

// The responses of an old route are what they were.
func TestRouteByRoute(t *testing.T) {
	old := http.NewServeMux()
	old.HandleFunc("GET /error", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "old text", http.StatusConflict) })
	server := httptest.NewServer(routeByRoute(newService(nil), old))
	defer server.Close()
	for _, path := range []string{"/error", "/nowhere"} {
		was, wasBody, _ := fetch(t, old, path)
		is, isBody, _ := fetchFrom(t, server.URL+path)
		was.Header.Del("Date")
		is.Header.Del("Date")
		if was.StatusCode != is.StatusCode || wasBody != isBody || !sameHeader(was.Header, is.Header) {
			t.Errorf("%s: %v %q was %v %q", path, is.Header, isBody, was.Header, wasBody)
		}
	}
	if resp, _, _ := fetchFrom(t, server.URL+"/people/7"); resp.StatusCode != 401 || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("the new route: %d %v", resp.StatusCode, resp.Header)
	}
}

func sameHeader(a, b http.Header) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// The edge around some routes of a router: the others are as they were.
func TestEdgeWithinARouter(t *testing.T) {
	chiRouter := chi.NewRouter()
	chiRouter.Get("/old", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "old text", http.StatusConflict) })
	chiRouter.Group(func(r chi.Router) {
		r.Use(middleware.Default(newService(nil).log, nil).Then)
		r.Get("/new", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "text", http.StatusConflict) })
	})
	ginRouter := gin.New()
	ginRouter.GET("/old", func(c *gin.Context) { http.Error(c.Writer, "old text", http.StatusConflict) })
	group := ginRouter.Group("", ginLayers([]layer{middleware.Default(newService(nil).log, nil).Then})...)
	group.GET("/new", func(c *gin.Context) { http.Error(c.Writer, "text", http.StatusConflict) })
	for name, h := range map[string]http.Handler{"chi": chiRouter, "gin": ginRouter} {
		if resp, body, _ := fetch(t, h, "/old"); resp.StatusCode != 409 || body != "old text\n" || resp.Header.Get("X-Request-Id") != "" {
			t.Errorf("%s: /old: %d %v %q", name, resp.StatusCode, resp.Header, body)
		}
		resp, body, _ := fetch(t, h, "/new")
		if resp.StatusCode != 409 || !strings.HasPrefix(body, `{"type":`) || resp.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: /new: %d %v %q", name, resp.StatusCode, resp.Header, body)
		}
	}
}

// A layer with a writer of its own before gin's.
func TestComputedInGin(t *testing.T) {
	s := newService(nil)
	g := gin.New()
	g.GET("/list", append(ginLayers([]layer{etag.Computed(nil)}), func(c *gin.Context) { c.JSON(http.StatusOK, []int{1, 2}) })...)
	g.GET("/none", append(ginLayers([]layer{etag.Computed(nil)}), func(c *gin.Context) { c.Status(http.StatusNoContent) })...)
	server := httptest.NewServer(s.edge(g))
	defer server.Close()
	resp, body, _ := fetchFrom(t, server.URL+"/list")
	tag := resp.Header.Get("Etag")
	if resp.StatusCode != 200 || body != "[1,2]" || tag == "" {
		t.Errorf("%d %v %q", resp.StatusCode, resp.Header, body)
	}
	if resp, body, _ := fetchFrom(t, server.URL+"/list", "If-None-Match: "+tag); resp.StatusCode != 304 || body != "" {
		t.Errorf("%d %v %q", resp.StatusCode, resp.Header, body)
	}
	if resp, body, _ := fetchFrom(t, server.URL+"/none"); resp.StatusCode != 204 || body != "" {
		t.Errorf("%d %v %q", resp.StatusCode, resp.Header, body)
	}
}

// An error that a handler returns is an error behind every layer.
func TestErrorBehindALayerOfEcho(t *testing.T) {
	s := newService(nil)
	e := echo.New()
	e.HTTPErrorHandler = echoError
	fails := func(echo.Context) error { return errors.New("boom") }
	e.GET("/wrapped", fails, echo.WrapMiddleware(etag.Computed(nil)))
	e.GET("/here", fails, echoLayers([]layer{etag.Computed(nil)})...)
	if resp, _, _ := fetch(t, s.edge(e), "/wrapped"); resp.StatusCode != 200 {
		t.Errorf("echo.WrapMiddleware gives %d: echoLayer can go", resp.StatusCode)
	}
	five := echo5.New()
	five.HTTPErrorHandler = echo5Error
	five.GET("/here", func(*echo5.Context) error { return errors.New("boom") }, echo5Layers([]layer{etag.Computed(nil)})...)
	for name, h := range map[string]http.Handler{"4": e, "5": five} {
		if resp, _, _ := fetch(t, s.edge(h), "/here"); resp.StatusCode != 500 {
			t.Errorf("echo %s: %d", name, resp.StatusCode)
		}
	}
}
