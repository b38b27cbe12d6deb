package main

import (
	"log"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/go-chi/httplog/v3"
	"github.com/justinas/alice"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/hlog"
)

// A nowhere takes log lines. It is not io.Discard, which a logger may know.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// accessLogs write one line a request, with a request id on it, and give the
// handler a logger that has the id.
var accessLogs = []library[*http.Request]{
	{ours, accessLogOurs},
	{"hlog", func(r *http.Request) op {
		return serve(hlogChain(zerolog.New(nowhere{})).Then(small), r)
	}},
	{"httplog", func(r *http.Request) op {
		logger := slog.New(slog.NewJSONHandler(nowhere{}, nil))
		id := func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				httplog.SetAttrs(r.Context(), slog.String("request_id", middleware.GetReqID(r.Context())))
				next.ServeHTTP(w, r)
			})
		}
		return serve(alice.New(middleware.RequestID, httplog.RequestLogger(logger, nil), id).Then(small), r)
	}},
	{"chi", func(r *http.Request) op {
		f := &middleware.DefaultLogFormatter{Logger: log.New(nowhere{}, "", 0), NoColor: true}
		return serve(alice.New(middleware.RequestID, middleware.RequestLogger(f)).Then(small), r)
	}},
}

// hlogChain has the fields that our line has.
func hlogChain(logger zerolog.Logger) alice.Chain {
	return alice.New(
		hlog.NewHandler(logger),
		hlog.RequestIDHandler("request_id", "X-Request-Id"),
		hlog.AccessHandler(func(r *http.Request, status, size int, duration time.Duration) {
			hlog.FromRequest(r).Info().
				Str("method", r.Method).
				Str("path", r.URL.Path).
				Int("status", status).
				Int("bytes", size).
				Dur("duration", duration).
				Msg("request")
		}))
}

// wholeChains are a service's whole edge and route: request id, access log,
// problems (ours only), recover, tenant, content type, accept, computed tag.
// The input is the status that the client shall see, 200 or 304.
var wholeChains = []library[int]{
	{ours, chainOurs},
	{"assembled", func(want int) op {
		h := hlogChain(zerolog.New(nowhere{})).Append(middleware.Recoverer).
			Extend(plainRoute(typeJSON, typeJSON, typeXML)).Append(plainETag).Then(small)
		return revalidating(h, want)
	}},
}

// revalidating serves the request of a client that has the tag if want is
// 304, and of one that has none if it is 200.
func revalidating(h http.Handler, want int) op {
	r := request(http.MethodGet, http.Header{
		"Accept":           {"application/json"},
		"X-Raet-Tenant-Id": {"1234567"},
		"User-Agent":       {"bench"},
	})
	if want == http.StatusNotModified {
		w := &recorder{header: http.Header{}}
		h.ServeHTTP(w, r)
		r.Header["If-None-Match"] = []string{w.header.Get("Etag")}
	}
	return serve(h, r)
}
