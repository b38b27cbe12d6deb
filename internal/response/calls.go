package response

import "sync/atomic"

// Calls counts the calls that are inside a writer, and ends the writer. A handler
// may return while a goroutine of its own still uses the writer, which the server
// then no longer has.
//
// A call is inside while it uses what the end will use: the writer below, the
// header, the fields of the writer. It is not inside while it runs third-party
// code, such as a Read of what it copies.
type Calls struct {
	state atomic.Int64  // twice the calls inside, plus ended
	idle  chan struct{} // closed by the last call inside, after the end
}

const (
	ended  = 1
	inside = 2
)

// Enter reports whether a call may go on. It then has to Leave.
func (c *Calls) Enter() bool {
	for {
		n := c.state.Load()
		if n&ended != 0 {
			return false
		}
		if c.state.CompareAndSwap(n, n+inside) {
			return true
		}
	}
}

// Leave ends a call.
func (c *Calls) Leave() {
	if c.state.Add(-inside) == ended {
		close(c.idle)
	}
}

// End lets no further call in and waits for those inside. It is called once.
func (c *Calls) End() {
	if c.state.CompareAndSwap(0, ended) {
		return
	}
	c.idle = make(chan struct{})
	if c.state.Or(ended) != 0 {
		<-c.idle
	}
}

// Ended reports whether End has been called.
func (c *Calls) Ended() bool { return c.state.Load()&ended != 0 }
