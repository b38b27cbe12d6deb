package main

import (
	"context"
	"net/http"
	"time"

	"github.com/apiconventions/apiconventions/problem"
)

func alive(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNoContent) }

// ready says whether this instance should be sent requests.
func (s *service) ready(w http.ResponseWriter, r *http.Request) error {
	if s.draining.Load() {
		return problem.Unavailable(retryAfter, nil)
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.store.Ping(ctx); err != nil {
		return problem.Unavailable(retryAfter, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// drain answers everything new with 503 for that long.
func (s *service) drain(d time.Duration) {
	s.draining.Store(true)
	s.gate.Drain(retryAfter)
	time.Sleep(d)
}
