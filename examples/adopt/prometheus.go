package main

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// withPromhttp has the instruments outside the edge, where they see the status
// that the client sees. They do not see the route, nor a response that is broken
// off: feeding a counter from Options.Observe has both.
func withPromhttp(s *service) http.Handler {
	registry := prometheus.NewRegistry()
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total"}, []string{"code", "method"})
	registry.MustRegister(requests)
	mux := newMux(s)
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return promhttp.InstrumentHandlerCounter(requests, s.edge(mux, limit))
}
