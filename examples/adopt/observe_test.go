package main

import (
	"cmp"
	"fmt"
	"net/http/httptest"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/apiconventions/apiconventions/middleware"
)

// observePrometheus feeds a histogram from the access log. The route comes from the
// mux, so a client cannot make series; requests that no route took share one.
func observePrometheus(registry prometheus.Registerer) func(middleware.Record) {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "http_request_duration_seconds",
		Help: "Time to the end of the response, by route and status.",
	}, []string{"route", "code"})
	registry.MustRegister(seconds)
	return func(rec middleware.Record) {
		code := strconv.Itoa(rec.Status)
		if rec.Aborted {
			code = "aborted"
		}
		seconds.WithLabelValues(rec.Pattern, code).Observe(rec.Duration.Seconds())
	}
}

func Example_prometheus() {
	registry := prometheus.NewRegistry()
	s := newService(observePrometheus(registry))
	for _, path := range []string{"/people/7", "/panic", "/empty", "/empty", "/nowhere"} {
		bareMux(s).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
	}
	families, _ := registry.Gather()
	for _, m := range families[0].GetMetric() {
		fmt.Println(cmp.Or(m.GetLabel()[1].GetValue(), "none"), m.GetLabel()[0].GetValue(), m.GetHistogram().GetSampleCount())
	}
	// Unordered output:
	// none 404 1
	// GET /empty 200 2
	// GET /panic 500 1
	// GET /people/{id} 401 1
}
