// Command serve serves a key set, and prints a token, to try the todos with.
package main

import (
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/apiconventions/apiconventions/examples/todos/issuer"
)

func main() {
	i, err := issuer.New()
	if err != nil {
		log.Fatal(err)
	}
	token, err := i.Token(map[string]any{"scope": "todos:read todos:write", "tenants": []string{"1234567"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("JWKS_URL=http://localhost:8081/keys go run .")
	fmt.Println("curl -i localhost:8080/todos -H 'Authorization: Bearer " + token + "'")
	server := http.Server{Addr: "localhost:8081", ReadTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jwk-set+json")
		_, _ = w.Write(i.Keys())
	})}
	log.Fatal(server.ListenAndServe())
}
