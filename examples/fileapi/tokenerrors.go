package main

import (
	"cmp"
	"net/http"

	"github.com/apiconventions/apiconventions/problem"
)

// oauthError is a problem document with the members of RFC 6749 §5.2.
func oauthError(status int, code, description string) *problem.Error {
	e := problem.New(status, description)
	e.Extensions = map[string]any{"error": code, "error_description": description}
	return e
}

// mapTokenError gives those members to what the middleware before the endpoint refuses, too.
func mapTokenError(err error) error {
	e := problem.From(err)
	if e.Status >= 500 || e.Extensions["error"] != nil {
		return mapError(err)
	}
	mapped := *e
	mapped.Extensions = map[string]any{"error": "invalid_request", "error_description": cmp.Or(e.Detail, e.Title)}
	return &mapped
}

// tokenErrors makes client errors application/json, as RFC 6749 §5.2 wants them. Its readers look for
// error, and need not know the other members.
func tokenErrors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(tokenErrorWriter{w}, r)
	})
}

type tokenErrorWriter struct{ http.ResponseWriter }

func (w tokenErrorWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w tokenErrorWriter) WriteHeader(status int) {
	if status >= 400 && status < 500 {
		w.Header().Set("Content-Type", "application/json")
	}
	w.ResponseWriter.WriteHeader(status)
}
