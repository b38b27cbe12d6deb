package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getsentry/sentry-go"
	sentryhttp "github.com/getsentry/sentry-go/http"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/apiconventions/apiconventions/middleware"
)

// fetch serves h, and returns the response to a GET.
func fetch(t *testing.T, h http.Handler, path string) (*http.Response, string, error) {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	return fetchFrom(t, server.URL+path)
}

func fetchFrom(t *testing.T, url string, header ...string) (*http.Response, string, error) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, string(body), err
}

func newService(observe func(middleware.Record)) *service {
	return &service{people: newPeople(), log: zerolog.Nop(), observe: observe}
}

// A framework's own recovery takes half a body for a whole one: README says to
// drop it.
func TestRecoveriesInside(t *testing.T) {
	for name, program := range map[string]program{
		"chi": func(s *service) http.Handler {
			r := chi.NewRouter()
			r.Use(chimiddleware.Recoverer)
			r.Get("/half", half)
			return s.edge(r)
		},
		"gin": func(s *service) http.Handler {
			g := gin.New()
			g.Use(gin.RecoveryWithWriter(io.Discard))
			g.GET("/half", gin.WrapF(half))
			return s.edge(g)
		},
		"echo": func(s *service) http.Handler {
			e := echo.New()
			e.HTTPErrorHandler = func(error, echo.Context) {}
			e.Logger.SetOutput(io.Discard)
			e.Use(echomiddleware.Recover())
			e.GET("/half", echo.WrapHandler(http.HandlerFunc(half)))
			return s.edge(e)
		},
		"sentry": func(s *service) http.Handler {
			return s.edge(newMux(s), sentryhttp.New(sentryhttp.Options{}).Handle)
		},
	} {
		if resp, body, err := fetch(t, program(newService(nil)), "/half"); err != nil || resp.StatusCode != 200 || body != "half" {
			t.Errorf("%s no longer ends a broken response as a whole one: %v %q; its line in README can go", name, err, body)
		}
	}
}

func TestSentryReports(t *testing.T) {
	reported := new(transport)
	if err := sentry.Init(sentry.ClientOptions{Dsn: "https://key@sentry.example.com/1", Transport: reported}); err != nil {
		t.Fatal(err)
	}
	defer sentry.CurrentHub().BindClient(nil)
	resp, _, _ := fetch(t, withSentry(newService(nil)), "/panic")
	if resp.StatusCode != 500 || len(reported.events) != 1 || !strings.Contains(reported.events[0].Message, "hunter2") {
		t.Errorf("%d, %d events", resp.StatusCode, len(reported.events))
	}
}

// transport keeps sentry's events.
type transport struct {
	mu     sync.Mutex
	events []*sentry.Event
}

func (t *transport) SendEvent(e *sentry.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, e)
}
func (*transport) Configure(sentry.ClientOptions)        {}
func (*transport) Flush(time.Duration) bool              { return true }
func (*transport) FlushWithContext(context.Context) bool { return true }
func (*transport) Close()                                {}

// The span has the status that the client sees and the route, of a panic, too, and
// the access log has the span's trace.
func TestOtelSees(t *testing.T) {
	spans, reader := tracetest.NewSpanRecorder(), metric.NewManualReader()
	var records []middleware.Record
	server := httptest.NewServer(withOtel(
		otelhttp.WithTracerProvider(trace.NewTracerProvider(trace.WithSpanProcessor(spans))),
		otelhttp.WithMeterProvider(metric.NewMeterProvider(metric.WithReader(reader))),
	)(newService(func(r middleware.Record) { records = append(records, r) })))
	requests := []struct {
		path, route string
		status      int
	}{
		{"/people/7", "GET /people/{id}", 200},
		{"/people/9", "GET /people/{id}", 404},
		{"/panic", "GET /panic", 500},
		{"/error", "GET /error", 503},
		{"/nowhere", "", 404},
	}
	for _, q := range requests {
		if resp, _, _ := fetchFrom(t, server.URL+q.path, editor); resp.StatusCode != q.status {
			t.Errorf("%s: %d", q.path, resp.StatusCode)
		}
	}
	server.Close()
	if len(spans.Ended()) != len(requests) || len(records) != len(requests) {
		t.Fatalf("%d spans, %d records", len(spans.Ended()), len(records))
	}
	for i, q := range requests {
		span := spans.Ended()[i]
		attributes := attribute.NewSet(span.Attributes()...)
		status, _ := attributes.Value("http.response.status_code")
		route, _ := attributes.Value("http.route")
		if status.AsInt64() != int64(q.status) || route.AsString() != q.route {
			t.Errorf("%s: the span has %d and %q", q.path, status.AsInt64(), route.AsString())
		}
		if id := span.SpanContext().TraceID().String(); records[i].TraceID != id {
			t.Errorf("%s: the access line has the trace %q, the span %q", q.path, records[i].TraceID, id)
		}
	}
	var data metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	var labelled []string
	for _, m := range data.ScopeMetrics[0].Metrics {
		if h, ok := m.Data.(metricdata.Histogram[float64]); ok && m.Name == "http.server.request.duration" {
			for _, p := range h.DataPoints {
				route, _ := p.Attributes.Value("http.route")
				status, _ := p.Attributes.Value("http.response.status_code")
				labelled = append(labelled, route.AsString()+" "+status.String())
			}
		}
	}
	for _, want := range []string{"GET /people/{id} 200", "GET /people/{id} 404", "GET /panic 500", " 404"} {
		if !slices.Contains(labelled, want) {
			t.Errorf("no duration of %q in %q", want, labelled)
		}
	}
}

func TestPromhttpCounts(t *testing.T) {
	h := withPromhttp(newService(nil))
	server := httptest.NewServer(h)
	for _, path := range []string{"/panic", "/nowhere", "/half", "/empty"} {
		_, _, _ = fetchFrom(t, server.URL+path)
	}
	server.Close() // which waits for the counters
	_, body, _ := fetch(t, h, "/metrics")
	for _, want := range []string{`{code="500",method="get"} 1`, `{code="404",method="get"} 1`, `{code="200",method="get"} 1`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
}

func TestTimeout(t *testing.T) {
	resp, body, err := fetch(t, withTimeout(50*time.Millisecond)(newService(nil)), "/slow")
	if err != nil || resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v %q %v", resp.StatusCode, resp.Header, body, err)
	}
}

// chi's NoCache takes the conditions out of requests: README says to drop it.
func TestNoCacheOfChi(t *testing.T) {
	s := newService(nil)
	h := s.edge(newMux(s), chimiddleware.NoCache)
	r := httptest.NewRequest(http.MethodPut, "/people/7", strings.NewReader(grace))
	for _, line := range []string{editor, isJSON, "If-Match: *"} {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != http.StatusPreconditionRequired {
		t.Errorf("%d: its line in README can go", w.Code)
	}
}
