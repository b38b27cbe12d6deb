package main

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/rs/zerolog"
)

// leastEdge is the least edge that can be written by hand, and the floor: a request
// id in the response, in the context and on the log line; a writer that knows
// the status and the size; one log line; a recovered panic.
func leastEdge(out io.Writer, next http.Handler) http.Handler {
	log := zerolog.New(out)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		id := leastID()
		w.Header()["X-Request-Id"] = []string{id}
		rec := &leastWriter{ResponseWriter: w}
		defer func() {
			failed := recover()
			if failed != nil && failed != http.ErrAbortHandler && rec.status == 0 {
				http.Error(rec, "internal server error", http.StatusInternalServerError)
				failed = nil
			}
			if rec.status == 0 {
				rec.status = http.StatusOK
			}
			log.Info().
				Str("request_id", id).
				Str("method", r.Method).
				Str("path", r.URL.Path).
				Int("status", rec.status).
				Int64("bytes", rec.bytes).
				Dur("duration", time.Since(start)).
				Msg("request")
			if failed != nil {
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), leastKey{}, id)))
	})
}

type leastKey struct{}

func leastID() string {
	var b [16]byte
	binary.NativeEndian.PutUint64(b[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(b[8:], rand.Uint64())
	return hex.EncodeToString(b[:])
}

// leastWriter counts what is written.
type leastWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *leastWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *leastWriter) WriteHeader(code int) {
	if w.status == 0 && code >= 200 {
		w.status = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *leastWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// leastService is one route behind the least edge.
func leastService(s setting) http.Handler {
	return leastEdge(s.log, edgeRoutes())
}

// edgeRoutes are the routes of a service that is an edge and nothing else. The
// file with the id "panic" is one whose handler panics.
func edgeRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /files/{id}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == "panic" {
			panic("early")
		}
		getFile(w, r)
	})
	return mux
}
