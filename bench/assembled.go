package main

import (
	"context"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/golang/gddo/httputil"
	"github.com/justinas/alice"
	"github.com/moogar0880/problems"
	"github.com/rs/zerolog"
)

// hlogService is one route behind hlog and chi's Recoverer.
func hlogService(s setting) http.Handler {
	return quietPanic(hlogChain(zerolog.New(s.log)).Append(middleware.Recoverer).Then(edgeRoutes()))
}

// quietPanic keeps Recoverer from printing the stack of the panic that is meant.
func quietPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/files/panic" {
			r = middleware.WithLogEntry(r, quietEntry{})
		}
		next.ServeHTTP(w, r)
	})
}

// assembledService is the service that a team puts together from alice, hlog, chi,
// gddo and problems, with what none of them has written by hand.
func assembledService(s setting) http.Handler {
	route := plainRoute("application/json", "application/xml")
	mux := http.NewServeMux()
	mux.Handle("GET /files/{id}", route.Append(plainGuard).ThenFunc(getFile))
	mux.Handle("PUT /files/{id}", route.Append(plainGuard).ThenFunc(putFile))
	mux.Handle("GET /computed/{id}", route.Append(plainETag).ThenFunc(getFile))
	content := alice.New(plainTenant, middleware.AllowContentType(octets[0]), plainAccept(octets[0]))
	mux.Handle("GET /content/{id}", content.ThenFunc(download(s.file)))
	mux.Handle("PUT /content/{id}", content.ThenFunc(upload))
	mux.Handle("GET /events/{id}", plainRoute(eventStream[0]).ThenFunc(events))
	return hlogChain(zerolog.New(s.log)).Append(middleware.Recoverer).Then(mux)
}

// plainRoute is the part of the chain that a route has for itself, without its
// precondition.
func plainRoute(offers ...string) alice.Chain {
	return alice.New(plainTenant, middleware.AllowContentType("application/json"), plainAccept(offers...))
}

type tenantKey struct{}

func plainTenant(next http.Handler) http.Handler {
	granted := []string{"1234567", "7654321"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Raet-Tenant-Id")
		if !slices.Contains(granted, id) {
			plainProblem(w, http.StatusForbidden, "no such tenant")
			return
		}
		w.Header().Add("Vary", "X-Raet-Tenant-Id")
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), tenantKey{}, id)))
	})
}

func plainAccept(offers ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if httputil.NegotiateContentType(r, offers, "") == "" {
				plainProblem(w, http.StatusNotAcceptable, "not acceptable")
				return
			}
			w.Header().Add("Vary", "Accept")
			next.ServeHTTP(w, r)
		})
	}
}

// plainGuard compares one field with the version's tag.
func plainGuard(next http.Handler) http.Handler {
	const tag = `"7"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if stored[r.PathValue("id")] == nil {
			plainProblem(w, http.StatusNotFound, "no such file")
			return
		}
		read := r.Method == http.MethodGet || r.Method == http.MethodHead
		match := r.Header.Get("If-Match")
		if read || match != "" && match != tag {
			w.Header().Set("ETag", tag)
		}
		switch {
		case read && r.Header.Get("If-None-Match") == tag:
			w.WriteHeader(http.StatusNotModified)
			return
		case match != "" && match != tag:
			plainProblem(w, http.StatusConflict, "record changed")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func plainProblem(w http.ResponseWriter, status int, detail string) {
	problems.ProblemHandler(problems.NewDetailedProblem(status, detail)).ServeHTTP(w, nil)
}
