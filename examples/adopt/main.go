// Command adopt serves one small service in each of several frameworks, and with
// each of several layers around it:
//
//	go run . chi
//
// README.md says what to take from it. A request to begin with:
//
//	curl -i localhost:8080/people/7 -H 'Authorization: Bearer editor'
package main

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// program makes the service in one framework.
type program = func(*service) http.Handler

var frameworks = map[string]program{
	"mux":       bareMux,
	"chi":       chiRouter,
	"gorilla":   gorillaMux,
	"gin":       ginEngine,
	"echo":      echoRouter,
	"huma":      humaAPI,
	"oapi":      oapiStrict,
	"oapi-list": oapiList,
	"connect":   connectRPC,
}

func main() {
	log := zerolog.New(os.Stderr).With().Timestamp().Logger()
	name := strings.Join(os.Args[1:], " ")
	h, ok := frameworks[name]
	if !ok {
		var names []string
		for n := range frameworks {
			names = append(names, n)
		}
		slices.Sort(names)
		fmt.Fprintln(os.Stderr, "usage: go run . "+strings.Join(names, "|"))
		os.Exit(2)
	}
	server := http.Server{
		Addr:              "localhost:8080",
		Handler:           h(&service{people: newPeople(), log: log}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	log.Fatal().Err(server.ListenAndServe()).Msg("the server has ended")
}
