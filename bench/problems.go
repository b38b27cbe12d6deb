package main

import (
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/moogar0880/problems"
)

// documents write one problem document with two extensions. The document is
// made beforehand: the work is the response.
var documents = []library[struct{}]{
	{ours, documentOurs},
	{"json.Encoder", func(struct{}) op {
		return serveDocument(&struct {
			Type     string `json:"type"`
			Title    string `json:"title"`
			Status   int    `json:"status"`
			Detail   string `json:"detail"`
			Instance string `json:"instance"`
			Balance  int    `json:"balance"`
			Account  string `json:"account"`
		}{problemType, problemTitle, http.StatusForbidden, problemDetail, problemInstance, 30, problemAccount})
	}},
	{"problems", func(struct{}) op {
		type more struct {
			Balance int    `json:"balance"`
			Account string `json:"account"`
		}
		// Its handler takes no extended problem, so it is encoded as that
		// handler does it.
		return serveDocument(problems.NewExt[more]().WithType(problemType).WithTitle(problemTitle).WithStatus(http.StatusForbidden).
			WithDetail(problemDetail).WithInstance(problemInstance).WithExtension(more{30, problemAccount}))
	}},
	{"huma", func(struct{}) op {
		p := &huma.ErrorModel{Type: problemType, Title: problemTitle, Status: http.StatusForbidden, Detail: problemDetail, Instance: problemInstance,
			Errors: []*huma.ErrorDetail{{Message: "balance", Location: problemAccount, Value: 30}}}
		return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", p.ContentType("application/json"))
			w.WriteHeader(p.Status)
			huma.DefaultJSONFormat.Marshal(w, p)
		}), request(http.MethodGet, nil))
	}},
}

// serveDocument sets the header fields that ours sets, but for the length,
// which an encoder does not know.
func serveDocument(document any) op {
	return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(http.StatusForbidden)
		json.NewEncoder(w).Encode(document)
	}), request(http.MethodGet, nil))
}

const (
	problemType     = "https://example.com/probs/out-of-credit"
	problemTitle    = "You do not have enough credit."
	problemDetail   = "Your current balance is 30, but that costs 50."
	problemInstance = "/files/7"
	problemAccount  = "/account/12345"
)
