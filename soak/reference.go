package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// bounds say when a run ends: when there is no more time, or when all the rest is done.
type bounds struct {
	requests int64 // 0 is no bound
	writes   int64 // acknowledged; 0 is no bound
	kills    int64
}

// build makes the program of the reference service in dir.
func build(ctx context.Context, dir string) (program string, err error) {
	program = filepath.Join(dir, "fileapi")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	cmd.Dir = filepath.Join("..", "examples", "fileapi")
	cmd.Stderr = os.Stderr
	return program, cmd.Run()
}

// soakReference loads the reference service: three instances on one PostgreSQL, or one on SQLite where there is
// no PostgreSQL. It kills instances meanwhile, but not the first of several. The time begins when they serve.
func soakReference(ctx context.Context, duration time.Duration, seed uint64, program, dir string, b bounds) (*result, error) {
	rng := rand.New(rand.NewPCG(seed, 1))
	t := &target{world: newWorld(rng), dialect: files}
	t.log = &secretLog{found: func(line string) { t.add(secretInLog, "%s", line) }}
	t.log.watch(t.world.stamp)

	name, n, args := "the reference service, one instance on SQLite", 1, []string{"-data", filepath.Join(dir, "fileapi.db")}
	switch dsn, stop, err := startPostgres(filepath.Join(dir, "postgres"), freeAddr(rng)); {
	case err != nil:
		return nil, err
	case dsn != "":
		defer stop()
		name, n, args = "the reference service, three instances on PostgreSQL", 3, []string{"-postgres", dsn}
	}
	var instances []*instance
	defer func() {
		for _, i := range instances {
			i.kill()
		}
	}()
	for range n {
		i, err := newInstance(t, program, freeAddr(rng), args)
		if err != nil {
			return nil, err
		}
		instances = append(instances, i)
		t.doors = append(t.doors, &i.door)
	}
	if err := t.login(ctx); err != nil {
		return nil, err
	}
	if err := t.furnish(ctx); err != nil {
		return nil, err
	}
	// What a fresh instance holds is the measure for one that has had all the requests.
	steady := instances[0]
	before, err := steady.quit()
	if err == nil {
		err = steady.start()
	}
	if err != nil {
		return nil, err
	}

	began := time.Now()
	loaded, end := context.WithTimeout(ctx, duration)
	defer end()
	victims := instances[min(1, n-1):]
	killing := make(chan error, 1)
	go func() {
		err := t.killAll(loaded, victims, b.kills, rng)
		for err == nil && loaded.Err() == nil && (b.writes == 0 || t.writes.Load() < b.writes) {
			time.Sleep(10 * time.Millisecond)
		}
		end()
		killing <- err
	}()
	t.load(loaded, seed, visitors, 0)
	took := time.Since(began)
	if err := <-killing; err != nil {
		return nil, err
	}
	if err := t.settle(context.Background()); err != nil {
		return nil, err
	}
	http.DefaultClient.CloseIdleConnections()
	for _, i := range instances {
		i.proxied.CloseIdleConnections()
	}
	after, err := steady.quit()
	if err != nil {
		return nil, err
	}
	r := &result{name: name, target: t, took: took, before: before, after: after}
	r.compare(goroutineSlack, heapSlack)
	return r, nil
}

// goroutineSlack is for the connections to the database that an idle service keeps.
const goroutineSlack = 20

// killAll kills instances, one after the other, evenly spread over the time that ctx leaves.
func (t *target) killAll(ctx context.Context, victims []*instance, kills int64, rng *rand.Rand) error {
	deadline, _ := ctx.Deadline()
	for left := kills; left > 0; left-- {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Until(deadline) / time.Duration(left+1)): // to start again takes its time, too
		}
		victim := victims[rng.IntN(len(victims))]
		victim.door.kills.Add(1)
		victim.kill()
		t.kills.Add(1)
		if err := victim.start(); err != nil {
			return err
		}
		victim.door.kills.Add(1)
	}
	return nil
}

// freeAddr returns a loopback address on which nobody listens, and which no outgoing connection gets while an
// instance is down.
func freeAddr(rng *rand.Rand) string {
	for {
		addr := fmt.Sprintf("127.0.0.1:%d", 10_000+rng.IntN(20_000))
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
}
