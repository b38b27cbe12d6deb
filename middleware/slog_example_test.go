package middleware_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/rs/zerolog"

	"github.com/apiconventions/apiconventions/middleware"
)

// observeSlog writes the access log to log/slog.
func observeSlog(log *slog.Logger) func(middleware.Record) {
	return func(rec middleware.Record) {
		level := slog.LevelInfo
		if rec.Status >= 500 {
			level = slog.LevelError
		}
		attrs := []slog.Attr{
			slog.String("method", rec.Method), slog.String("pattern", rec.Pattern), slog.String("path", rec.Path),
			slog.Int("status", rec.Status), slog.Int64("bytes", rec.Bytes), slog.Duration("duration", rec.Duration),
			slog.String("request_id", rec.RequestID), slog.String("tenant", rec.Tenant), slog.Bool("aborted", rec.Aborted),
		}
		if rec.Err != nil {
			attrs = append(attrs, slog.Any("error", rec.Err))
		}
		log.LogAttrs(rec.Context, level, "request", attrs...)
	}
}

// A service that logs with log/slog: the edge's own logger is silent.
func ExampleOptions_slog() {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" || a.Key == "request_id" {
			return slog.Attr{} // another one each time
		}
		return a
	}}))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("hello")) })
	mux.HandleFunc("GET /fails", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no connection", http.StatusServiceUnavailable)
	})
	service := middleware.Default(zerolog.Nop(), &middleware.Options{Observe: observeSlog(log)}).Then(mux)
	for _, path := range []string{"/hello/ada", "/fails"} {
		service.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", path, nil))
	}
	// Output:
	// level=INFO msg=request method=GET pattern="GET /hello/{name}" path=/hello/ada status=200 bytes=5 tenant="" aborted=false
	// level=ERROR msg=request method=GET pattern="GET /fails" path=/fails status=503 bytes=184 tenant="" aborted=false error="no connection"
}
