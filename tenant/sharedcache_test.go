package tenant_test

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/apiconventions/apiconventions/internal/header"
)

// sharedCache is a proxy that keeps whatever RFC 9111 lets a shared cache keep,
// and uses it wherever it may. Its clock stands still.
type sharedCache struct {
	t      *testing.T
	origin string
	client *http.Client

	mu     sync.Mutex
	stored map[string][]*stored
	hits   map[string]int // answers from the cache, by path
	kept   map[string]int // answers that were stored, by path
}

type stored struct {
	status    int
	header    http.Header
	body      []byte
	nominated map[string]string // what the request said in the fields that Vary names
}

func newSharedCache(t *testing.T, origin string, client *http.Client) *sharedCache {
	return &sharedCache{t: t, origin: origin, client: client,
		stored: map[string][]*stored{}, hits: map[string]int{}, kept: map[string]int{}}
}

func (c *sharedCache) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := r.URL.RequestURI()
	if r.Method != http.MethodGet {
		resp, body := c.ask(r, nil)
		if resp.StatusCode < 400 && r.Method != http.MethodHead {
			delete(c.stored, key) // §4.4
		}
		send(w, resp.StatusCode, resp.Header, body)
		return
	}
	variant := c.selected(key, r)
	if variant != nil && variant.fresh() && !header.Contains(r.Header["Cache-Control"], "no-cache") {
		c.hits[r.URL.Path]++
		send(w, variant.status, variant.header, variant.body)
		return
	}
	// §4.3.1: the tags of all that is stored for the URL, be it for this request
	// or not.
	var tags []string
	if len(r.Header["If-None-Match"]) == 0 {
		for _, s := range c.stored[key] {
			if tag := s.header.Get("ETag"); tag != "" && !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
		}
	}
	resp, body := c.ask(r, tags)
	if resp.StatusCode == http.StatusNotModified && len(tags) > 0 {
		for _, s := range c.stored[key] { // §4.3.3, §4.3.4
			if s.header.Get("ETag") == resp.Header.Get("ETag") {
				c.hits[r.URL.Path]++
				for name, v := range resp.Header {
					s.header[name] = v
				}
				send(w, s.status, s.header, s.body)
				return
			}
		}
		c.t.Errorf("%s: 304 with a tag that nobody asked about, %v", key, resp.Header)
	}
	if storable(r, resp) {
		c.kept[r.URL.Path]++
		s := &stored{resp.StatusCode, resp.Header.Clone(), body, map[string]string{}}
		for name := range header.Elements(resp.Header["Vary"]) {
			s.nominated[name] = strings.Join(r.Header.Values(name), ", ")
		}
		c.stored[key] = append(slices.DeleteFunc(c.stored[key], func(old *stored) bool { return old.selects(r) }), s)
	}
	send(w, resp.StatusCode, resp.Header, body)
}

// ask passes the request on.
func (c *sharedCache) ask(r *http.Request, tags []string) (*http.Response, []byte) {
	out, err := http.NewRequest(r.Method, c.origin+r.URL.RequestURI(), r.Body)
	if err != nil {
		c.t.Error(err)
		panic(http.ErrAbortHandler)
	}
	out.Header = r.Header.Clone()
	if len(tags) > 0 {
		out.Header.Set("If-None-Match", strings.Join(tags, ", "))
	}
	resp, err := c.client.Do(out)
	if err != nil {
		c.t.Error(err)
		panic(http.ErrAbortHandler)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Error(err)
	}
	return resp, body
}

// selected is the stored answer that the request selects (§4.1), or nil.
func (c *sharedCache) selected(key string, r *http.Request) *stored {
	for _, s := range c.stored[key] {
		if s.selects(r) {
			return s
		}
	}
	return nil
}

func (s *stored) selects(r *http.Request) bool {
	for name, value := range s.nominated {
		if name == "*" || strings.Join(r.Header.Values(name), ", ") != value {
			return false
		}
	}
	return true
}

// fresh reports whether the response may be used without asking (§4.2, §5.2.2.4).
func (s *stored) fresh() bool {
	control := s.header["Cache-Control"]
	if header.Contains(control, "no-cache") {
		return false
	}
	for _, name := range []string{"s-maxage", "max-age"} {
		if n, ok := seconds(control, name); ok {
			return n > 0
		}
	}
	return false
}

// storable is §3, and §3.5 for requests with credentials.
func storable(r *http.Request, resp *http.Response) bool {
	control := resp.Header["Cache-Control"]
	if header.Contains(control, "no-store") || header.Contains(r.Header["Cache-Control"], "no-store") ||
		header.Contains(control, "private") || header.Contains(resp.Header["Vary"], "*") ||
		resp.StatusCode == http.StatusNotModified {
		return false
	}
	if len(r.Header["Authorization"]) > 0 &&
		!header.Contains(control, "public") && !header.Contains(control, "must-revalidate") && !header.Contains(control, "s-maxage") {
		return false
	}
	_, aged := seconds(control, "max-age")
	_, shared := seconds(control, "s-maxage")
	return aged || shared || header.Contains(control, "public") ||
		resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusNotFound // heuristically, §4.2.2
}

// seconds is the argument of a directive.
func seconds(control []string, directive string) (int, bool) {
	for e := range header.Elements(control) {
		if name, value, ok := strings.Cut(e, "="); ok && header.EqualFold(name, directive) {
			n, err := strconv.Atoi(value)
			return n, err == nil
		}
	}
	return 0, false
}

func send(w http.ResponseWriter, status int, h http.Header, body []byte) {
	for name, v := range h {
		w.Header()[name] = slices.Clone(v)
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
