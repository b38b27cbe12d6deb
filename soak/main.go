// Command soak sends random requests, valid and hostile, to a service behind the whole chain and to the reference
// service, checks every response, and prints what was held as a Markdown table. It exits with status 1 if it finds
// a fault.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"time"
)

func main() {
	log.SetFlags(0)
	var (
		duration = flag.Duration("duration", 20*time.Second, "how long at most, all together")
		requests = flag.Int64("requests", 0, "requests to the chain; 0 is as many as there is time for")
		seed     = flag.Uint64("seed", uint64(time.Now().UnixNano()), "what the random requests follow from")
	)
	flag.Parse()
	log.Printf("-seed %d", *seed)
	ctx, cancel := context.WithTimeout(context.Background(), *duration)
	defer cancel()
	r, err := soakChain(ctx, *seed, *requests)
	if err != nil {
		log.Fatal(err)
	}
	if !report(os.Stdout, r) {
		os.Exit(1)
	}
	fmt.Println("\nNo findings.")
}
