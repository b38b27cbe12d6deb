package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5/middleware"
	"github.com/golang/gddo/httputil"
	"github.com/justinas/alice"
	"github.com/moogar0880/problems"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/hlog"
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
// gddo and problems, with what none of them has written by hand. chi's
// AllowContentType is not in it: it refuses without a document.
func assembledService(s setting) http.Handler {
	route := plainRoute(typeJSON, typeJSON, typeXML)
	mux := http.NewServeMux()
	mux.Handle("GET /files/{id}", route.Append(plainGuard).ThenFunc(getFile))
	mux.Handle("PUT /files/{id}", route.Append(plainGuard).ThenFunc(putFile))
	mux.Handle("GET /computed/{id}", route.Append(plainETag).ThenFunc(getFile))
	content := plainRoute(octets[0], octets[0]).Append(plainGuard)
	mux.Handle("GET /content/{id}", content.ThenFunc(download(s.file)))
	mux.Handle("PUT /content/{id}", content.ThenFunc(upload))
	mux.Handle("GET /events/{id}", plainRoute(typeJSON, eventStream[0]).ThenFunc(events))
	return hlogChain(zerolog.New(s.log)).Append(middleware.Recoverer).Then(mux)
}

// plainRoute is the part of the chain that a route has for itself, without its
// precondition: it takes content of one type and offers some.
func plainRoute(taken string, offers ...string) alice.Chain {
	return alice.New(plainTenant, plainContentType(taken), plainAccept(offers...))
}

// plainRequest is what the layers know of a request.
type plainRequest struct{ tenant, mediaType string }

type plainKey struct{}

func plainFrom(ctx context.Context) *plainRequest { return ctx.Value(plainKey{}).(*plainRequest) }

func plainTenant(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Raet-Tenant-Id")
		if !slices.Contains(granted, id) {
			plainProblem(w, r, http.StatusForbidden, "no such tenant")
			return
		}
		h := w.Header()
		h.Add("Vary", "X-Raet-Tenant-Id")
		h.Set("Cache-Control", "private, no-cache")
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), plainKey{}, &plainRequest{tenant: id})))
	})
}

func plainContentType(taken string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength != 0 {
				mediaType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
				if !strings.EqualFold(strings.TrimSpace(mediaType), taken) {
					plainProblem(w, r, http.StatusUnsupportedMediaType, "the type is not taken")
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	}
}

func plainAccept(offers ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mediaType := httputil.NegotiateContentType(r, offers, "")
			if mediaType == "" {
				plainProblem(w, r, http.StatusNotAcceptable, "not acceptable")
				return
			}
			plainFrom(r.Context()).mediaType = mediaType
			w.Header().Add("Vary", "Accept")
			next.ServeHTTP(w, r)
		})
	}
}

// plainGuard compares one field with the tag.
func plainGuard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if stored[r.PathValue("id")] == nil {
			plainProblem(w, r, http.StatusNotFound, "no such file")
			return
		}
		read := r.Method == http.MethodGet || r.Method == http.MethodHead
		match := r.Header.Get("If-Match")
		if !read && match == "" {
			next.ServeHTTP(w, r)
			return
		}
		known := plainFrom(r.Context())
		tag := fileTag(known.tenant, known.mediaType)
		if read || match != tag {
			w.Header().Set("ETag", tag)
		}
		switch {
		case read && r.Header.Get("If-None-Match") == tag:
			w.WriteHeader(http.StatusNotModified)
			return
		case match != "" && match != tag:
			plainProblem(w, r, http.StatusConflict, "record changed")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// plainDocument is a problem with the request's id. The library's own handler
// takes none with other members.
type plainDocument struct {
	problems.Problem
	RequestID string `json:"requestId"`
}

func plainProblem(w http.ResponseWriter, r *http.Request, status int, detail string) {
	id, _ := hlog.IDFromRequest(r)
	h := w.Header()
	h.Set("Content-Type", problems.ProblemMediaType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(&plainDocument{*problems.NewDetailedProblem(status, detail), id.String()})
}
