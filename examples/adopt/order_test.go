package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"
	"github.com/labstack/echo/v4"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/middleware"
	"github.com/apiconventions/apiconventions/tenant"
)

// Whatever way a framework puts layers together, those in the wrong order do not
// serve: it does not start, or each request is a 500, and the log has both names.
func TestWrongOrder(t *testing.T) {
	ok := func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "ok") }
	routers := map[string]func(layers []layer) http.Handler{
		"chi, With": func(layers []layer) http.Handler {
			r := chi.NewRouter()
			r.With(layers...).Get("/people/{id}", ok)
			return r
		},
		"chi, Use": func(layers []layer) http.Handler {
			r := chi.NewRouter()
			r.Use(layers[0])
			r.Route("/people", func(r chi.Router) { r.With(layers[1:]...).Get("/{id}", ok) })
			return r
		},
		"gorilla": func(layers []layer) http.Handler {
			r := mux.NewRouter()
			for _, l := range layers {
				r.Use(mux.MiddlewareFunc(l))
			}
			r.HandleFunc("/people/{id}", ok)
			return r
		},
		"gin": func(layers []layer) http.Handler {
			gin.SetMode(gin.ReleaseMode)
			g := gin.New()
			g.GET("/people/:id", append(ginLayers(layers), gin.WrapF(ok))...)
			return g
		},
		"echo": func(layers []layer) http.Handler {
			e := echo.New()
			e.HTTPErrorHandler = echoError
			e.GET("/people/:id", echo.WrapHandler(http.HandlerFunc(ok)), echoLayers(layers)...)
			return e
		},
		"echo.WrapMiddleware": func(layers []layer) http.Handler {
			e := echo.New()
			for _, l := range layers {
				e.Use(echo.WrapMiddleware(l))
			}
			e.GET("/people/:id", echo.WrapHandler(http.HandlerFunc(ok)))
			return e
		},
		"http.TimeoutHandler": func(layers []layer) http.Handler {
			return layers[0](http.TimeoutHandler(wrap(http.HandlerFunc(ok), layers[1:]...), time.Minute, ""))
		},
	}
	for name, router := range routers {
		for order, want := range map[string]int{"right": 200, "wrong": 500} {
			records := make(chan middleware.Record, 10)
			s := newService(func(r middleware.Record) { records <- r })
			layers := []layer{
				middleware.Bearer(verify, nil), tenant.Require(grants, nil), middleware.Accept("application/json"),
				etag.Guard(func(*http.Request) (etag.State, error) { return etag.State{Tag: etag.Version(1)}, nil }, nil),
			}
			if order == "wrong" {
				slices.Reverse(layers)
			}
			h, message := start(func() http.Handler { return s.edge(router(layers)) })
			if h == nil {
				if order == "right" || !strings.Contains(message, "must stand outside") {
					t.Errorf("%s, %s: %s", name, order, message)
				}
				continue
			}
			server := httptest.NewServer(h)
			for range 3 {
				resp, body, err := fetchFrom(t, server.URL+"/people/7", editor)
				record := <-records
				named := record.Err != nil && strings.Contains(record.Err.Error(), "must stand outside")
				if err != nil || resp.StatusCode != want || named != (want == 500) {
					t.Errorf("%s, %s: %d %s, %v, %v", name, order, resp.StatusCode, body, record.Err, err)
				}
			}
			server.Close()
		}
	}
}

// start returns what build returns, or the text with which it panics.
func start(build func() http.Handler) (h http.Handler, message string) {
	defer func() {
		if v := recover(); v != nil {
			message, _ = v.(string)
		}
	}()
	return build(), ""
}
