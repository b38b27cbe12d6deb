package main

import (
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/moogar0880/problems"
)

// documents write one problem document with two extensions and answer the
// status.
var documents = []library[struct{}]{
	{ours, documentOurs},
	{"json.Encoder", func(struct{}) op {
		type document struct {
			Type     string `json:"type"`
			Title    string `json:"title"`
			Status   int    `json:"status"`
			Detail   string `json:"detail"`
			Instance string `json:"instance"`
			Balance  int    `json:"balance"`
			Account  string `json:"account"`
		}
		return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusForbidden)
			json.NewEncoder(w).Encode(&document{problemType, problemTitle, http.StatusForbidden, problemDetail, "/files/7", 30, "/account/12345"})
		}), request(http.MethodGet, nil))
	}},
	{"problems", func(struct{}) op {
		type more struct {
			Balance int    `json:"balance"`
			Account string `json:"account"`
		}
		return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p := problems.NewExt[more]().WithType(problemType).WithTitle(problemTitle).WithStatus(http.StatusForbidden).
				WithDetail(problemDetail).WithInstance("/files/7").WithExtension(more{30, "/account/12345"})
			// Its handler takes no extended problem: what it does, done here.
			w.Header().Set("Content-Type", problems.ProblemMediaType)
			w.WriteHeader(p.Status)
			json.NewEncoder(w).Encode(p)
		}), request(http.MethodGet, nil))
	}},
	{"huma", func(struct{}) op {
		return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p := &huma.ErrorModel{Type: problemType, Title: problemTitle, Status: http.StatusForbidden, Detail: problemDetail, Instance: "/files/7",
				Errors: []*huma.ErrorDetail{{Message: "balance", Location: "/account/12345", Value: 30}}}
			w.Header().Set("Content-Type", p.ContentType("application/json"))
			w.WriteHeader(p.Status)
			huma.DefaultJSONFormat.Marshal(w, p)
		}), request(http.MethodGet, nil))
	}},
}

const (
	problemType   = "https://example.com/probs/out-of-credit"
	problemTitle  = "You do not have enough credit."
	problemDetail = "Your current balance is 30, but that costs 50."
)
