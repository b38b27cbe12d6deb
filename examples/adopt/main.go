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
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// program makes the service in one framework.
type program = func(*service) http.Handler

var programs = map[string]program{
	"mux":       bareMux,
	"chi":       chiRouter,
	"gorilla":   gorillaMux,
	"gin":       ginEngine,
	"echo":      echoRouter,
	"echo5":     echo5Router,
	"huma":      humaAPI,
	"oapi":      oapiStrict,
	"oapi-list": oapiList,
	"connect":   connectRPC,

	"cors":        withCORS,
	"crossorigin": withCrossOriginProtection,
	"gzip":        withGzip,
	"limit":       withRateLimit(100),
	"otel":        withOtel(),
	"prometheus":  withPromhttp,
	"sentry":      withSentry,
	"timeout":     withTimeout(2 * time.Second),
}

func main() {
	log := zerolog.New(os.Stderr).With().Timestamp().Logger()
	h, ok := programs[strings.Join(os.Args[1:], " ")]
	if !ok {
		fmt.Fprintln(os.Stderr, "usage: go run . "+strings.Join(slices.Sorted(maps.Keys(programs)), "|"))
		os.Exit(2)
	}
	server := http.Server{
		Addr:              "localhost:8080",
		Handler:           h(&service{people: newPeople(), log: log}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	log.Fatal().Err(server.ListenAndServe()).Msg("the server has ended")
}
