//go:build unix

package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apiconventions/apiconventions/examples/fileapi/internal/testserver"
	"github.com/apiconventions/apiconventions/examples/fileapi/store"
)

const (
	intending   = 8               // clients
	intendFor   = 5 * time.Second // unless FILEAPI_INTENTS says how many intents there are
	uploadEvery = 5               // of so many intents one makes a file
)

// intents is what clients want, and what they have been told.
type intents struct {
	counter string // the path of the file in whose name they count
	left    func() bool

	mu        sync.Mutex
	steps     map[string]int // tag of a version: client who made it
	conflicts []conflict
	uploaded  []string // names
	lost      int      // responses
	err       error    // the first
}

// conflict is a 409 that a client got: the current version is said to be another's.
type conflict struct {
	client  int
	current string
}

// newIntents lets clients go on for a while, or until there have been as many as FILEAPI_INTENTS says.
func newIntents(t *testing.T, counter string) *intents {
	n := &intents{counter: counter, steps: map[string]int{}}
	end := time.Now().Add(intendFor)
	n.left = func() bool { return time.Now().Before(end) }
	if text := os.Getenv("FILEAPI_INTENTS"); text != "" {
		most, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		var begun atomic.Int64
		n.left = func() bool { return begun.Add(1) <= int64(most) }
	}
	return n
}

// run has all clients do what they want. They spread over the services at bases, and leave one that is gone.
func (n *intents) run(c caller, bases ...string) {
	var all sync.WaitGroup
	for i := range intending {
		all.Go(func() {
			client := &intender{intents: n, caller: c, id: i, bases: bases, random: rand.New(rand.NewPCG(17, uint64(i)))}
			client.base = bases[i%len(bases)]
			for intent := 0; n.left(); intent++ {
				do := client.countUp
				if intent%uploadEvery == uploadEvery-1 {
					do = client.uploadOne
				}
				if err := do(intent); err != nil {
					n.mu.Lock()
					n.err = errors.Join(n.err, fmt.Errorf("client %d, intent %d: %w", i, intent, err))
					n.mu.Unlock()
					return
				}
			}
		})
	}
	all.Wait()
}

// intender is a client that loses half of the responses to its changes.
type intender struct {
	*intents
	caller
	id     int
	bases  []string
	random *rand.Rand
}

// countUp adds one to what it reads. When another was faster it reads again, and asks for another change.
func (c *intender) countUp(int) error {
	for {
		read, err := c.deliver(func() (answer, error) { return c.try("GET", c.counter, nil, acceptJSON) })
		var file fileView
		var count int
		if err == nil {
			err = json.Unmarshal([]byte(read.body), &file)
		}
		if err == nil {
			_, err = fmt.Sscanf(file.Name, "counter-%d", &count)
		}
		if err != nil {
			return err
		}
		a, err := c.change("PATCH", c.counter, fmt.Sprintf(`{"name":"counter-%d"}`, count+1), mergePatch, "If-Match: "+read.header.Get("ETag"), key())
		if err != nil {
			return err
		}
		c.mu.Lock()
		tag := a.header.Get("ETag")
		switch a.status {
		case http.StatusOK, http.StatusNoContent:
			if other, ok := c.steps[tag]; ok {
				err = fmt.Errorf("the version %s is that of client %d, too", tag, other)
			}
			c.steps[tag] = c.id
		case http.StatusConflict:
			c.conflicts = append(c.conflicts, conflict{c.id, tag})
		default:
			err = fmt.Errorf("%d %s", a.status, a.body)
		}
		c.mu.Unlock()
		if err != nil || a.status != http.StatusConflict {
			return err
		}
	}
}

// uploadOne makes a file of its own.
func (c *intender) uploadOne(intent int) error {
	name := fmt.Sprintf("of %d, %d", c.id, intent)
	a, err := c.change("POST", whole, body(name, name), relatedB, key())
	if err == nil && a.status != http.StatusCreated {
		err = fmt.Errorf("%d %s", a.status, a.body)
	}
	c.mu.Lock()
	c.uploaded = append(c.uploaded, name)
	c.mu.Unlock()
	return err
}

// change sends a request until there is a response that it does not lose.
func (c *intender) change(method, path, content string, fields ...string) (answer, error) {
	for c.random.IntN(2) == 0 {
		c.loseOne(method, path, content, fields)
		c.mu.Lock()
		c.lost++
		c.mu.Unlock()
	}
	return c.deliver(func() (answer, error) { return c.try(method, path, strings.NewReader(content), fields...) })
}

// loseOne sends a request and cuts the connection, somewhere.
func (c *intender) loseOne(method, path, content string, fields []string) {
	at := c.random.IntN(5)
	but := 0
	if at == 0 {
		but = 1 // before the request is whole
	}
	s, err := c.send(but, method, path, content, fields...)
	if err != nil {
		c.move()
		return
	}
	defer s.Close()
	switch at {
	case 1: // while it is under way
		time.Sleep(time.Duration(c.random.IntN(3000)) * time.Microsecond)
	case 2:
		_ = s.read(firstByte)
	case 3:
		_ = s.read(afterHeader)
	case 4:
		_ = s.read(withinBody)
	}
}

// deliver asks until there is a response.
func (c *intender) deliver(ask func() (answer, error)) (a answer, err error) {
	for range 100 {
		if a, err = ask(); err == nil && a.status != http.StatusServiceUnavailable {
			return a, nil
		}
		c.move()
	}
	return a, errors.Join(err, fmt.Errorf("no response but %d", a.status))
}

// move goes to another instance.
func (c *intender) move() { c.base = c.bases[c.random.IntN(len(c.bases))] }

// check compares what the clients were told with what is there.
func (n *intents) check(t *testing.T, c caller, db *sql.DB) {
	t.Helper()
	if n.err != nil {
		t.Fatal(n.err)
	}
	if count := c.counted(t, n.counter); count != int64(len(n.steps)) {
		t.Errorf("the counter stands at %d after %d intents", count, len(n.steps))
	}
	if tag := c.seen(t, n.counter); !strings.Contains(tag, fmt.Sprintf(`"%d.`, len(n.steps)+1)) {
		t.Errorf("the version is %s after %d intents", tag, len(n.steps))
	}
	for _, conflict := range n.conflicts {
		if by, ok := n.steps[conflict.current]; !ok || by == conflict.client {
			t.Errorf("client %d was told that another had made %s, which client %d did (%t)", conflict.client, conflict.current, by, ok)
		}
	}
	files := map[string]int{}
	for _, f := range c.all(t) {
		files[f.FileName]++
	}
	for _, name := range n.uploaded {
		if files[name] != 1 {
			t.Errorf("%d files %s", files[name], name)
		}
		delete(files, name)
	}
	if len(files) != 1 { // the counter
		t.Errorf("there is more than was asked for: %v", files)
	}
	// No intent that was refused is on record.
	var onRecord int
	if err := db.QueryRow(`SELECT COUNT(*) FROM changes`).Scan(&onRecord); err != nil {
		t.Fatal(err)
	}
	if done := len(n.steps) + len(n.uploaded); onRecord != done {
		t.Errorf("%d changes on record, of %d intents", onRecord, done)
	}
	if len(n.conflicts) == 0 || n.lost == 0 || len(n.uploaded) == 0 {
		t.Error("the test did not test")
	}
	t.Logf("%d steps, %d files, %d responses lost, %d times another was faster", len(n.steps), len(n.uploaded), n.lost, len(n.conflicts))
}

// Clients that lose half of the responses, and send their requests again, count right: none is told that
// another was faster where it was itself, none makes a change twice, and none loses one.
func TestIntents(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "fileapi.db")
		s, err := store.OpenSQLite(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open("sqlite", "file:"+path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		base := serveStore(t, s, func(s *service) { s.log = s.log.Level(99) })
		me := single(t, base)
		n := newIntents(t, me.upload(t, "counter-0", ""))
		n.run(me, base)
		n.check(t, me, db)
	})

	// Of three instances one is killed in the middle of it.
	t.Run("PostgreSQL", func(t *testing.T) {
		dsn := testserver.Postgres(t).DSN
		db, err := sql.Open("pgx", dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		processes := make([]*process, 3)
		bases := make([]string, len(processes))
		for i := range processes {
			processes[i] = spawn(t, "-postgres", dsn)
			bases[i] = processes[i].base
		}
		me := single(t, bases[0])
		n := newIntents(t, me.upload(t, "counter-0", ""))
		killed := make(chan int, 1)
		go func() {
			time.Sleep(intendFor / 4)
			for t.Context().Err() == nil {
				time.Sleep(10 * time.Millisecond)
				n.mu.Lock()
				made := len(n.steps)
				n.mu.Unlock()
				if made >= 20 {
					processes[2].kill()
					killed <- made
					return
				}
			}
		}()
		n.run(me, bases...)
		select {
		case at := <-killed:
			t.Logf("killed after %d steps", at)
		case <-time.After(10 * time.Second):
			t.Error("no instance was killed")
		}
		n.check(t, me, db)
	})
}
