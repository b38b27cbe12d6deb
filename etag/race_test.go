package etag_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/apiconventions/apiconventions/etag"
	"github.com/apiconventions/apiconventions/problem"
)

// counter is a store of one record with compare-and-swap.
type counter struct {
	mu           sync.Mutex
	version, sum int64
}

func (c *counter) read() (version, sum int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.version, c.sum
}

// update is UPDATE … SET sum = ?, version = version + 1 WHERE version = ?.
func (c *counter) update(seen, sum int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.version != seen {
		return false
	}
	c.version, c.sum = c.version+1, sum
	return true
}

func (c *counter) handler() http.Handler {
	guard := etag.Guard(func(*http.Request) (etag.State, error) {
		version, _ := c.read()
		return etag.State{Tag: etag.Version(version)}, nil
	}, &etag.Options{Required: true})
	mux := http.NewServeMux()
	mux.Handle("GET /", guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		version, sum := c.read()
		etag.Set(w, r, etag.Version(version))
		_, _ = w.Write(strconv.AppendInt(nil, sum, 10))
	})))
	mux.Handle("PUT /{sum}", guard(problem.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		sum, err := strconv.ParseInt(r.PathValue("sum"), 10, 64)
		if err != nil {
			return problem.Wrap(http.StatusBadRequest, err)
		}
		state, _ := etag.FromContext(r.Context())
		seen, _ := state.Tag.Version()
		if !c.update(seen, sum) {
			return etag.ErrConflict
		}
		etag.Set(w, r, etag.Version(seen+1))
		w.WriteHeader(http.StatusNoContent)
		return nil
	})))
	return of("acme").around(mux)
}

// Many clients, one record, one tag: exactly one of them wins each round.
func TestOneWinner(t *testing.T) {
	const clients, rounds = 16, 40
	c := new(counter)
	h := c.handler()
	for range rounds {
		first := serve(h, ask("GET", ""))
		tag := first.Header.Get("ETag")
		_, sum := c.read()
		var won, lost [clients]bool
		var all sync.WaitGroup
		start := make(chan bool)
		for i := range clients {
			all.Go(func() {
				r := ask("PUT", "If-Match: "+tag)
				r.URL.Path = "/" + strconv.FormatInt(sum+1, 10)
				<-start
				resp := serve(h, r)
				switch {
				case resp.StatusCode == 204:
					won[i] = true
				case resp.StatusCode == 409 && slug(resp) == "record-changed":
					lost[i] = true
				default:
					t.Errorf("%d", resp.StatusCode)
				}
			})
		}
		close(start)
		all.Wait()
		if w, l := count(won[:]), count(lost[:]); w != 1 || l != clients-1 {
			t.Fatalf("%d clients won and %d lost", w, l)
		}
	}
	if version, sum := c.read(); version != rounds || sum != rounds {
		t.Errorf("version %d, sum %d after %d rounds", version, sum, rounds)
	}
}

func count(bs []bool) (n int) {
	for _, b := range bs {
		n += boolean(b)
	}
	return n
}

// Clients that read again after a 409 and try again lose no update.
func TestNoLostUpdate(t *testing.T) {
	const clients, each = 8, 25
	c := new(counter)
	onServers(t, c.handler(), func(t *testing.T, url string, client *http.Client) {
		_, before := c.read()
		var all sync.WaitGroup
		for range clients {
			all.Go(func() {
				for done := 0; done < each; {
					read, body := fetch(t, client, "GET", url, "")
					sum, err := strconv.ParseInt(body, 10, 64)
					if err != nil {
						t.Error(err)
						return
					}
					resp, _ := fetch(t, client, "PUT", url+"/"+strconv.FormatInt(sum+1, 10), "If-Match: "+read.Header.Get("ETag"))
					switch resp.StatusCode {
					case 204:
						done++
					case 409:
					default:
						t.Errorf("%d", resp.StatusCode)
						return
					}
				}
			})
		}
		all.Wait()
		if _, sum := c.read(); sum != before+clients*each {
			t.Errorf("the sum is %d, want %d", sum, before+clients*each)
		}
	})
}
