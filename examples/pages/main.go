// The pages of the problem types, with one type of the service's own, on
// http://127.0.0.1:8080/problems/.
package main

import (
	"log"
	"net/http"
	"time"

	"github.com/apiconventions/apiconventions/problem"
)

var outOfCredit = &problem.Type{
	Slug:    "out-of-credit",
	Status:  http.StatusForbidden,
	Title:   "Out of credit",
	Detail:  "The account has too little credit for the order.",
	Meaning: "The order costs more than the credit of the account. Nothing was ordered.",
	Action:  "Order less, or add credit to the account and send the order again.",
	Members: []problem.Member{
		{Name: "balance", Meaning: "The credit of the account.", Example: 30},
		{Name: "account", Meaning: "Where the account is.", Example: "/accounts/12345"},
	},
}

func service() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/problems/", problem.Pages("", outOfCredit))
	mux.Handle("POST /orders", problem.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
		e := outOfCredit.Problem()
		e.Extensions = map[string]any{"balance": 30, "account": "/accounts/12345"}
		return e
	}))
	return mux
}

func main() {
	server := &http.Server{Addr: "127.0.0.1:8080", Handler: service(), ReadHeaderTimeout: 5 * time.Second}
	log.Print("http://", server.Addr, "/problems/")
	log.Fatal(server.ListenAndServe())
}
