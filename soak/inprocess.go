package main

import (
	"context"
	"io"
	stdlog "log"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"time"
)

const visitors = 16

// soakChain loads a service behind the whole chain in this process.
func soakChain(ctx context.Context, seed uint64, limit int64) (*result, error) {
	t, err := newChainTarget(ctx, seed, nil)
	if err != nil {
		return nil, err
	}
	defer t.close()
	// What is made once and kept is there after some requests. The rest must not grow.
	t.load(ctx, seed, visitors, 2000)
	before := t.usage()
	began := time.Now()
	t.load(ctx, seed+1, visitors, limit)
	r := &result{name: "the whole chain, in process", target: t.target, took: time.Since(began), before: before}
	if err := t.settle(context.Background()); err != nil {
		return nil, err
	}
	r.after = t.usage()
	r.compare(0, heapSlack)
	return r, nil
}

// heapSlack is for what the soak itself remembers.
const heapSlack = 16 << 20

// chainTarget is the service in this process.
type chainTarget struct {
	*target
	server *http.Server
}

// newChainTarget starts the service with its items in it. around, if it is set, stands around the handler.
func newChainTarget(ctx context.Context, seed uint64, around func(*world, http.Handler) http.Handler) (*chainTarget, error) {
	rng := rand.New(rand.NewPCG(seed, 0))
	w := newWorld(rng)
	t := &target{world: w, dialect: chained, single: letters(rng, 40), multi: letters(rng, 40), reader: letters(rng, 40)}
	t.log = &secretLog{found: func(line string) { t.add(secretInLog, "%s", line) }}
	for _, secret := range []string{t.single, t.multi, t.reader, w.stamp} {
		t.log.watch(secret)
	}
	handler := newChain(w, t.single, t.multi, t.reader).handler(t.log)
	if around != nil {
		handler = around(w, handler)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{
		Handler:   handler,
		Protocols: new(http.Protocols),
		ErrorLog:  stdlog.New(io.Discard, "", 0), // broken connections are meant
	}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	go server.Serve(listener)
	base := "http://" + listener.Addr().String()
	t.doors = []*door{{h1: base, h2: base}}
	if err := t.furnish(ctx); err != nil {
		server.Close()
		return nil, err
	}
	return &chainTarget{t, server}, nil
}

func (t *chainTarget) close() { t.server.Close() }

// usage is what a process holds when nothing is under way.
type usage struct {
	goroutines int
	heap       int64
}

func (t *chainTarget) usage() usage {
	http.DefaultClient.CloseIdleConnections()
	for n := 0; n != runtime.NumGoroutine(); time.Sleep(time.Second) { // connections end in their own time
		n = runtime.NumGoroutine()
	}
	runtime.GC()
	runtime.GC() // what finalizers let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return usage{runtime.NumGoroutine(), int64(m.HeapAlloc)}
}
