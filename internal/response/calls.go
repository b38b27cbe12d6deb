package response

import (
	"sync"
	"sync/atomic"
)

// Calls lets one call at a time into a writer, until the writer ends. A handler may
// return while a goroutine of its own still uses the writer, and the server may not be
// called from then on.
//
// A call is inside while it uses the fields of the writer, or the writer below. It is
// not inside while it runs third-party code, such as the Read of a source that it copies.
type Calls struct {
	mu    sync.Mutex
	ended atomic.Bool
}

// Enter waits for the call inside, if there is one. It reports whether the new call is
// inside, which has to Leave then.
func (c *Calls) Enter() bool {
	c.mu.Lock()
	if c.ended.Load() {
		c.mu.Unlock()
		return false
	}
	return true
}

// Leave ends a call.
func (c *Calls) Leave() { c.mu.Unlock() }

// End waits for the call inside and lets no further call in.
func (c *Calls) End() {
	c.mu.Lock()
	c.ended.Store(true)
	c.mu.Unlock()
}

// Ended reports whether End has been called.
func (c *Calls) Ended() bool { return c.ended.Load() }
