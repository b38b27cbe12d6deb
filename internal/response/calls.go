package response

import (
	"sync"
	"sync/atomic"
)

// Calls lets one call at a time into a writer, and ends the writer. A handler may
// return while a goroutine of its own still uses the writer, which the server then
// no longer has.
//
// A call is inside while it uses what another one or the end uses: the writer
// below, the fields of the writer. It is not inside while it runs third-party code,
// such as the Read of what it copies.
type Calls struct {
	mu    sync.Mutex
	ended atomic.Bool
}

// Enter waits for the call inside, if there is one, and reports whether the writer
// still lets calls in. If so, the call has to Leave.
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
