package main

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// withOtel has otelhttp outside the edge, where it sees the status that the client
// sees, a panic's included, and two small layers: one gives the edge the trace id,
// for the log, one gives the span the route.
func withOtel(o ...otelhttp.Option) program {
	return func(s *service) http.Handler {
		return otelhttp.NewMiddleware("http.server", o...)(otelTraceparent(s.edge(newMux(s), limit, otelRoute)))
	}
}

// otelTraceparent puts the span into the header field from which the access log
// takes its trace_id.
func otelTraceparent(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(r.Context())
		r.Header = r.Header.Clone()
		propagation.TraceContext{}.Inject(r.Context(), propagation.HeaderCarrier(r.Header))
		next.ServeHTTP(w, r)
	})
}

// otelRoute stands right around the mux, which writes the route into the request
// that it gets. On a panic, too, the span has it.
func otelRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if r.Pattern == "" {
				return
			}
			route := attribute.String("http.route", r.Pattern)
			span := trace.SpanFromContext(r.Context())
			span.SetName(r.Pattern)
			span.SetAttributes(route)
			if labels, ok := otelhttp.LabelerFromContext(r.Context()); ok {
				labels.Add(route)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
