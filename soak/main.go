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
	"os/signal"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	var (
		duration = flag.Duration("duration", 20*time.Second, "how long at most under load: half of it for each of the two")
		seed     = flag.Uint64("seed", uint64(time.Now().UnixNano()), "what the random requests follow from")
		b        bounds
	)
	flag.Int64Var(&b.requests, "requests", 0, "requests to the chain; 0 is as many as there is time for")
	flag.Int64Var(&b.writes, "writes", 0, "contended writes to the reference service; 0 is as many as there is time for")
	flag.Int64Var(&b.kills, "kills", 3, "how often an instance of the reference service is killed")
	flag.Parse()
	log.Printf("-seed %d", *seed)
	// The processes and the cluster end with the run, also with one that is interrupted.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	results, err := soak(ctx, *duration, *seed, b)
	if err != nil {
		log.Fatal(err)
	}
	if !report(os.Stdout, results...) {
		os.Exit(1)
	}
	fmt.Println("\nNo findings.")
}

func soak(ctx context.Context, duration time.Duration, seed uint64, b bounds) ([]*result, error) {
	dir, err := os.MkdirTemp("", "soak")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program, err := build(ctx, dir)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	half, cancel := context.WithTimeout(ctx, duration/2)
	defer cancel()
	chain, err := soakChain(half, seed, b.requests)
	if err != nil {
		return nil, err
	}
	reference, err := soakReference(ctx, duration-time.Since(began), seed, program, dir, b)
	if err != nil {
		return nil, err
	}
	return []*result{chain, reference}, nil
}
